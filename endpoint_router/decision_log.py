"""The decision log: one JSON line for each distinct decision and each refusal.

Here is where and how often it is written; what a line says of a decision is
:func:`endpoint_router.routing.rendering.as_data`. Lines are rare, so the file is opened for each
one: that opens lazily and survives rotation by rename and by truncation, and ``fork``. A log that
cannot be written costs a warning, never a call. Nothing unmasked may be written here.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .policy.loaded import LoadedPolicy
from .printable import printable
from .process import Lock
from .routing.case import Decision
from .routing.masking import Mask
from .routing.rendering import as_data

__all__ = ["VERSION", "DecisionLog"]

#: Of the record. Adding a key does not change it; renaming, removing or changing one does.
VERSION = 1

logger = logging.getLogger("endpoint_router")
_decisions = logging.getLogger("endpoint_router.decisions")

#: Not to be hung by a FIFO that nobody reads; without effect on files. Windows has neither.
_FLAGS = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
#: Hosts of an organisation are nobody else's business.
_PERMISSIONS = 0o640


class DecisionLog:
    """Where the decisions of one policy are written. Thread-safe and fork-safe.

    :param target: as the policy's ``log.decisions``: a path, ``stderr`` or ``logger``.
    :param wall: Unix time in seconds.
    :param capacity: how many distinct decisions are remembered as written; the oldest is forgotten.
    """

    def __init__(
        self,
        target: str,
        loaded: LoadedPolicy,
        *,
        wall: Callable[[], float] = time.time,
        capacity: int = 4096,
    ) -> None:
        self.target = target
        self._mode = loaded.policy.mode
        self._policy = {"hash": loaded.digest(), "origin": list(loaded.sources())}
        self._wall, self._capacity = wall, capacity
        writers = {"stderr": _to_stderr, "logger": _to_logger}
        # Absolute, because a daemon changes its directory.
        self._write = writers.get(target) or _File(os.path.abspath(target)).write
        self._written: OrderedDict[str, None] = OrderedDict()
        self._works = True
        #: Set while this thread writes: a logging handler may make calls of its own.
        self._writing = threading.local()
        self._lock = Lock()

    def record(self, decision: Decision, *, peer: str = "", sent: str = "") -> None:
        """Write *decision*, unless it was written already. Never raises, never waits.

        A refusal that ``enforce`` raises is written each time.

        :param peer: IP address of the connection, when it is known.
        :param sent: host that the request went to, where that is not the decision's.
        """
        if getattr(self._writing, "now", False):
            return
        self._writing.now = True
        try:
            self._record(decision, peer, sent)
        # Broad on purpose: streams and logging handlers are the application's, and may raise
        # anything; no call may be lost for the sake of its record.
        except Exception as error:
            self._complain(error)
        finally:
            self._writing.now = False

    def _record(self, decision: Decision, peer: str, sent: str) -> None:
        data = as_data(decision, masked=True)
        sent = Mask(decision)(sent)
        again = decision.outcome == "denied" and self._mode == "enforce"
        key = "" if again else _distinct(data, sent)
        if not again and not self._is_new(key):
            return
        line = json.dumps(
            {
                "version": VERSION,
                "time": _utc(self._wall()),
                "process": os.getpid(),
                "mode": self._mode,
                "policy": self._policy,
                "peer": peer,
                "sent": sent,
                **data,
            },
            separators=(",", ":"),
        )
        try:
            self._write(line)
        except Exception:
            with self._lock.here:
                self._written.pop(key, None)  # to be written when that is possible again
            raise
        self._works = True

    def _is_new(self, key: str) -> bool:
        with self._lock.here:
            if key in self._written:
                return False
            self._written[key] = None
            if len(self._written) > self._capacity:
                self._written.popitem(last=False)
            return True

    def _complain(self, error: Exception) -> None:
        """Say once that it does not work; again only after it has worked in between."""
        if not self._works:
            return
        self._works = False
        # As above: the application's handlers may raise.
        with contextlib.suppress(Exception):
            logger.warning(
                "endpoint_router: the decision log %s cannot be written, calls go on without it: "
                "%s: %s",
                printable(self.target),
                type(error).__name__,
                printable(str(error)),
            )


class _File:
    """Appends lines to the file at *path*, whichever file that is at the moment."""

    def __init__(self, path: str) -> None:
        self._path = path
        #: The last line was cut off: a full disk.
        self._broken_off = False

    def write(self, line: str) -> None:
        """:raises OSError: when not all of *line* could be written."""
        # One write for each line: O_APPEND keeps those of other threads and processes apart.
        data = f"{line}\n".encode()
        if self._broken_off:
            data = b"\n" + data
        file = os.open(self._path, _FLAGS, _PERMISSIONS)
        try:
            written = os.write(file, data)
        finally:
            os.close(file)
        self._broken_off = written < len(data)
        if self._broken_off:
            raise OSError(f"only {written} of {len(data)} bytes were written")


def _to_stderr(line: str) -> None:
    if sys.stderr is None:  # pythonw, and daemons that closed it
        raise OSError("there is no stderr")
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _to_logger(line: str) -> None:
    _decisions.info("%s", line)


def _utc(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _distinct(data: dict[str, Any], sent: str) -> str:
    """What two decisions have in common that need one line: no times, servers or addresses."""
    names = (
        "service", "operation", "region", "outcome", "code", "rule", "host", "signing_name",
        "signing_region", "fips_basis", "proxy", "presigned",
    )  # fmt: skip
    parts = [data[name] for name in names]
    parts += [[one["host"], one["place"], one["code"]] for one in data["candidates"]]
    parts += [[one["name"], one["verdict"]] for one in data["evidence"]]
    return json.dumps([sent, *parts])
