"""The availability zone that this process runs in: found out once, never waited for at length.

Here lives the thread that finds it out; how the platform is asked is
:mod:`endpoint_router.probe.metadata`. A zone is a preference among endpoints that are all allowed,
so a look-up that fails is no error: the zone is unknown then, and nothing is preferred.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable

from ..aws.zone import Zone

__all__ = ["OwnZone"]


_NOT_YET = Zone(source="no answer yet")

_everyone: weakref.WeakSet[OwnZone] = weakref.WeakSet()


class OwnZone:
    """The zone of this process, looked up once. Thread-safe and fork-safe.

    A zone once found is inherited through ``fork``; a look-up under way is not, and a child that
    wants to know begins its own.

    :param find: ``(seconds) -> Zone``; what it raises becomes an unknown zone.
    :param timeout: for the look-up; seconds.
    """

    def __init__(
        self,
        find: Callable[[float], Zone],
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find, self._timeout, self._clock = find, timeout, clock
        #: Written once, and read without the lock.
        self._found: Zone | None = None
        self._begin_anew()
        _everyone.add(self)

    @classmethod
    def of(cls, zone: Zone) -> OwnZone:
        """One with nothing to look up."""
        settled = cls(lambda _timeout: zone, 0.0)
        settled._found = zone
        return settled

    def _begin_anew(self) -> None:
        """No look-up, a new lock: at birth, and in a child after ``fork``."""
        # Re-entrant: a signal handler may make a call while this thread holds the lock.
        self._lock = threading.RLock()
        self._begun = False
        self._landed = threading.Event()

    def start(self) -> None:
        """Begin the look-up unless it has begun; never waits. Without threads, ``wait`` does it."""
        if self._found is None and self._take_turn() and not self._hire():
            self._begun = False

    def at_once(self) -> Zone:
        """What is known now; begins nothing, never waits."""
        found = self._found
        return _NOT_YET if found is None else found

    def wait(self, until: float) -> Zone:
        """The zone, or an unknown one where there is no answer by *until* (monotonic).

        Begins the look-up unless it has begun. What is not there in time may be there for the next
        call: the look-up goes on. Where no thread can be started it is done here, until then.
        """
        found = self._found
        if found is not None:
            return found
        if self._take_turn() and not self._hire():
            left = min(self._timeout, until - self._clock())
            if left > 0:
                self._look_up(left)
            else:
                self._begun = False
        self._landed.wait(max(0.0, until - self._clock()))
        return self.at_once()

    def _take_turn(self) -> bool:
        """Is it for the caller to begin? ``True`` for one of all who ask."""
        with self._lock:
            mine, self._begun = not self._begun, True
        return mine

    def _hire(self) -> bool:
        if sys.is_finalizing():  # Thread.start would wait for ever for the thread to come up.
            return False
        work = threading.Thread(
            target=self._look_up, args=(self._timeout,), name="endpoint_router-zone", daemon=True
        )
        try:
            work.start()
        except RuntimeError:  # can't start new thread
            return False
        return True

    def _look_up(self, timeout: float) -> None:
        found = Zone(source="the look-up was broken off")
        try:
            found = self._find(timeout)
        # Broad on purpose: find is handed in, and no zone is worth a call.
        except Exception as error:
            found = Zone(source=f"the look-up failed: {type(error).__name__}")
        finally:
            self._found = found
            self._landed.set()


def _forked() -> None:
    for own_zone in _everyone:
        own_zone._begin_anew()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forked)
