"""The decision log: one JSON line for each distinct decision and each refusal, and recounts.

A line says how many calls it stands for. Those that are made later are counted (:mod:`.tally`), and
written as lines of their own: hourly when the log is used, and when the process ends or the log
goes. Nothing runs on a timer, and a process that is killed loses what was not written yet.

Here is how often it is written; where, is :mod:`endpoint_router.log_targets`, and what a line says
of a decision is :func:`endpoint_router.routing.rendering.as_data`. Lines are rare, so the file is
opened for each one: that opens lazily and survives rotation by rename and by truncation, and
``fork``. A log that cannot be written costs a warning, never a call. Nothing unmasked may be
written here.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import hashlib
import json
import logging
import os
import sys
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from .caller import Caller, caller_of
from .log_targets import Behind, File, Standard, to_logger
from .policy.loaded import LoadedPolicy
from .printable import printable
from .process import Lock, renew_in_children
from .routing.case import Decision
from .routing.masking import Mask
from .routing.rendering import as_data
from .tally import UNCOUNTED, Tally

__all__ = ["VERSION", "DecisionLog"]

#: Of the record. Adding a key does not change it; renaming, removing or changing one does.
VERSION = 1
#: Seconds after which later calls are written.
_RECOUNT = 3600.0
#: Lines of a recount that one call writes: it is not to wait for thousands.
_AT_ONCE = 16

logger = logging.getLogger("endpoint_router")


class DecisionLog:
    """Where the decisions of one policy are written. Thread-safe and fork-safe.

    :param target: as the policy's ``log.decisions``: a path, ``stderr``, ``stdout`` or ``logger``.
    :param wall: Unix time in seconds.
    :param caller: who makes the calls; asked with the first line.
    :param capacity: how many distinct decisions are remembered as written; the oldest is forgotten.
    """

    def __init__(
        self,
        target: str,
        loaded: LoadedPolicy,
        *,
        wall: Callable[[], float] = time.time,
        caller: Callable[[], Caller] = caller_of,
        capacity: int = 4096,
    ) -> None:
        self.target = target
        self._mode = loaded.policy.mode
        self._policy = {"hash": loaded.digest(), "origin": list(loaded.sources())}
        self._wall, self._find_caller, self._capacity = wall, caller, capacity
        self._caller: Caller | None = None
        self._write = self._writer()
        self._tallies: OrderedDict[bytes, Tally] = OrderedDict()
        #: Unix time of the last recount, and what is left of it.
        self._recounted_at = wall()
        self._left: list[Tally] = []
        self._works = True
        #: Set while this thread writes: a logging handler may make calls of its own.
        self._writing = threading.local()
        self._lock = Lock()
        renew_in_children(self)
        _logs.add(self)

    def _writer(self) -> Callable[[str], None]:
        if self.target in ("stderr", "stdout"):
            return Standard(self.target, self._complain, self._miss).write
        if self.target == "logger":
            return to_logger
        # Absolute, because a daemon changes its directory.
        return File(os.path.abspath(self.target)).write

    def begin_anew(self) -> None:
        """In a child, whose parent writes what it has counted."""
        for tally in [*self._tallies.values(), *self._left]:
            tally.calls = 0
        self._left = []
        self._recounted_at = self._wall()
        # There ``multiprocessing`` leaves out what else is done when a process ends.
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.register_after_fork(self, _recount_at_exit)

    def __del__(self) -> None:
        # When the process ends it was done already, and little is left that could write.
        if not sys.is_finalizing() and hasattr(self, "_lock"):
            self.recount()

    # --- what is written

    def record(self, decision: Decision, *, peer: str = "", sent: str = "") -> Tally:
        """Write *decision*, unless it was written already. Never raises, never waits.

        A refusal that ``enforce`` raises is written each time.

        :param peer: IP address of the connection, when it is known.
        :param sent: host that the request went to, where that is not the decision's.
        :returns: where to count further calls that come to the same.
        """
        if getattr(self._writing, "now", False):
            return UNCOUNTED
        tally = UNCOUNTED
        with self._quietly():
            tally = self._tally_of(decision, sent)
            tally.decision, tally.peer, tally.sent = decision, peer, sent
            tally.calls += 1
            with self._lock.here:
                is_new, tally.written = not tally.written, True
            if is_new:
                self._put(tally)
            self._recount_if_due()
        return tally

    def recount(self) -> None:
        """Write of each decision the calls that no line stands for. Never raises, never waits."""
        if getattr(self._writing, "now", False):
            return
        with self._quietly():
            with self._lock.here:
                tallies, self._left = list(self._tallies.values()), []
            for tally in tallies:
                self._put(tally)

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        self._writing.now = True
        try:
            yield
        except Behind:
            pass  # said later
        # Broad on purpose: streams and logging handlers are the application's, and may raise
        # anything; no call may be lost for the sake of its record.
        except Exception as error:
            self._complain(error)
        finally:
            self._writing.now = False

    def _tally_of(self, decision: Decision, sent: str) -> Tally:
        if decision.outcome == "denied" and self._mode == "enforce":
            return Tally()
        key = _distinct(as_data(decision, masked=True), Mask(decision)(sent))
        forgotten = None
        with self._lock.here:
            tally = self._tallies.get(key)
            if tally is None:
                tally = self._tallies[key] = Tally()
                if len(self._tallies) > self._capacity:
                    _, forgotten = self._tallies.popitem(last=False)
        if forgotten is not None:
            self._put(forgotten)
        return tally

    def _put(self, tally: Tally) -> None:
        """Write the line that stands for what *tally* has counted, if that is anything."""
        calls, decision = tally.calls, tally.decision
        if not calls or decision is None:
            return
        tally.calls -= calls  # others go on counting
        try:
            self._write(self._line(decision, tally.peer, Mask(decision)(tally.sent), calls))
        except Exception:
            # To be written when that is possible again.
            tally.calls += calls
            tally.written = False
            raise
        tally.written = self._works = True

    def _line(self, decision: Decision, peer: str, sent: str, calls: int) -> str:
        caller = self._caller = self._caller or self._find_caller()
        return json.dumps(
            {
                "version": VERSION,
                "time": _utc(self._wall()),
                "application": caller.application,
                "machine": caller.machine,
                "process": os.getpid(),
                "versions": caller.versions,
                "calls": calls,
                "mode": self._mode,
                "policy": self._policy,
                "peer": peer,
                "sent": sent,
                **as_data(decision, masked=True),
            },
            separators=(",", ":"),
        )

    def _recount_if_due(self) -> None:
        now = self._wall()
        if not 0 <= now - self._recounted_at < _RECOUNT:
            self._recounted_at = now
            with self._lock.here:
                self._left = list(self._tallies.values())
        for _ in range(_AT_ONCE):
            if not self._left:
                return
            self._put(self._left.pop())

    # --- what is said when it does not work

    def _miss(self, count: int) -> None:
        """Say that lines were lost: by now whoever reads does so again."""
        # As below: the application's handlers may raise.
        with contextlib.suppress(Exception):
            logger.warning(
                "endpoint_router: %d line(s) of the decision log were lost, since nobody read "
                "%s for so long; let log.decisions name a file instead",
                count,
                self.target,
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


#: Whose calls may not all be written when the process ends.
_logs: weakref.WeakSet[DecisionLog] = weakref.WeakSet()


# Behind what waits for the readers of lines (:mod:`.log_targets`), hence before it.
@atexit.register
def _finish() -> None:
    for log in list(_logs):
        log.recount()


def _recount_at_exit(_log: DecisionLog) -> None:
    """Have all logs recount when this child of ``multiprocessing`` ends."""
    from multiprocessing.util import Finalize  # loaded: it is what forked

    Finalize(None, _finish, exitpriority=0)


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
