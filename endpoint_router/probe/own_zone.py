"""The availability zone that this process runs in: found out once, never waited for at length.

Here lives the thread that finds it out; how the platform is asked is
:mod:`endpoint_router.probe.metadata`. A zone is a preference among endpoints that are all allowed,
so a look-up that fails is no error: the zone is unknown then, and nothing is preferred. Only
:meth:`OwnZone.wait` waits; who waits otherwise starts, listens, and takes what is there in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..aws.zone import Zone
from ..process import Lock, renew_in_children
from .crew import Crew
from .landing import Landing

__all__ = ["OwnZone"]


_NOT_YET = Zone(source="no answer yet")


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
        #: Held by whoever looks it up in his own thread.
        self._here = Lock()
        self._lock = Lock()
        self._crew = Crew(self._look_up_once, 1, "endpoint_router-zone", self._lock)
        self.begin_anew()
        renew_in_children(self)

    @classmethod
    def of(cls, zone: Zone) -> OwnZone:
        """One with nothing to look up."""
        settled = cls(lambda _timeout: zone, 0.0)
        settled._settle(zone)
        return settled

    def begin_anew(self) -> None:
        """No look-up, unless it has ended: at birth, and in a child after ``fork``."""
        self._crew.begin_anew()
        self._landing = Landing()
        if self._found is not None:
            self._landing.land()

    def start(self) -> bool:
        """Begin the look-up unless it has begun; never waits.

        ``False``: no thread is to be had, so nobody will look it up.
        """
        return self._found is not None or self._crew.employ(1)

    @property
    def landing(self) -> Landing:
        """Lands as soon as there is an answer, for who waits by a listener."""
        return self._landing

    def at_once(self) -> Zone:
        """What is known now; begins nothing, never waits."""
        zone = self._found
        return _NOT_YET if zone is None else zone

    def wait(self, until: float) -> Zone:
        """The zone, or an unknown one where there is no answer by *until* (monotonic).

        Begins the look-up unless it has begun. What is not there in time may be there for the next
        call: the look-up goes on. Where no thread can be started it is done here, until then.
        """
        zone = self._found
        if zone is not None:
            return zone
        if not self.start():
            self._look_up_here(until)
        self._landing.wait(until - self._clock())
        return self.at_once()

    def _look_up_once(self) -> None:
        if self._found is None:
            self._look_up(self._timeout)
        with self._lock.here:
            self._crew.leave()

    def _look_up_here(self, until: float) -> None:
        """Do the thread's job in the caller's, if there is time."""
        with self._here.here:
            timeout = min(self._timeout, until - self._clock())
            if self._found is None and timeout > 0:
                self._look_up(timeout)

    def _look_up(self, timeout: float) -> None:
        try:
            zone = self._find(timeout)
        # Broad on purpose: find is handed in, and no zone is worth a call. What a signal handler
        # raises is no answer, however: whoever asks next begins anew.
        except Exception as error:
            zone = Zone(source=f"the look-up failed: {type(error).__name__}")
        self._settle(zone)

    def _settle(self, zone: Zone) -> None:
        self._found = zone
        self._landing.land()
        self._landing.announce()
