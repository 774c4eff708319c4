"""The decision log: one JSON line for each distinct decision and each refusal.

Here is how often it is written; where, is :mod:`endpoint_router.log_targets`, and what a line says
of a decision is :func:`endpoint_router.routing.rendering.as_data`. Lines are rare, so the file is
opened for each one: that opens lazily and survives rotation by rename and by truncation, and
``fork``. A log that cannot be written costs a warning, never a call. Nothing unmasked may be
written here.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .log_targets import Behind, File, Stderr, to_logger
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
        self._write = self._writer()
        self._written: OrderedDict[bytes, None] = OrderedDict()
        self._works = True
        #: Set while this thread writes: a logging handler may make calls of its own.
        self._writing = threading.local()
        self._lock = Lock()

    def _writer(self) -> Callable[[str], None]:
        if self.target == "stderr":
            return Stderr(self._complain, self._miss).write
        if self.target == "logger":
            return to_logger
        # Absolute, because a daemon changes its directory.
        return File(os.path.abspath(self.target)).write

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
        except Behind:
            pass  # said later
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
        key = b"" if again else _distinct(data, sent)
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

    def _is_new(self, key: bytes) -> bool:
        with self._lock.here:
            if key in self._written:
                return False
            self._written[key] = None
            if len(self._written) > self._capacity:
                self._written.popitem(last=False)
            return True

    def _miss(self, count: int) -> None:
        """Say that lines were lost: by now whoever reads does so again."""
        # As below: the application's handlers may raise.
        with contextlib.suppress(Exception):
            logger.warning(
                "endpoint_router: %d line(s) of the decision log were lost, since nobody read "
                "stderr for so long; let log.decisions name a file instead",
                count,
            )

    def _complain(self, error: Exception) -> None:
        """Say once that it does not work; again only after it has worked in between."""
        if not self._works:
            return
        self._works = False
        if self.target == "stderr" and not logger.hasHandlers():
            # Logging's last resort is stderr, too. What stays in that buffer fails once more when
            # the process ends, and changes its exit status.
            return
        # As above: the application's handlers may raise.
        with contextlib.suppress(Exception):
            logger.warning(
                "endpoint_router: the decision log %s cannot be written, calls go on without it: "
                "%s: %s",
                printable(self.target),
                type(error).__name__,
                printable(str(error)),
            )


def _utc(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _distinct(data: dict[str, Any], sent: str) -> bytes:
    """What two decisions have in common that need one line: no times, servers or addresses.

    A digest, because thousands are kept.
    """
    names = (
        "service", "operation", "region", "outcome", "code", "rule", "host", "signing_name",
        "signing_region", "fips_basis", "proxy", "presigned",
    )  # fmt: skip
    parts = [data[name] for name in names]
    parts += [[one["host"], one["place"], one["code"]] for one in data["candidates"]]
    parts += [[one["name"], one["verdict"]] for one in data["evidence"]]
    text = json.dumps([sent, *parts])
    return hashlib.sha256(text.encode()).digest()
