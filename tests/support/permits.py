"""How many packets a resolver gets, judged by when they may be sent and not by when they arrive.

Pacing in a time of its own, which stands still: nobody sleeps, and each look-up is stamped with the
moment at which it would have been allowed. A busy machine, which holds packets up and then lets
them go together, changes nothing about that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from endpoint_router.probe.pacing import Lookup, Pace, paced
from endpoint_router.routing.answer import Answer


class Permits:
    """The look-ups of one process, by when they were permitted."""

    def __init__(self) -> None:
        #: Seconds, by name.
        self.at: dict[str, float] = {}
        self._mine = threading.local()

    def paced(self, lookup: Lookup) -> Lookup:
        """*lookup*, as often as a process may, without the waiting."""

        def stamped(name: str, timeout: float) -> Answer:
            self.at[name] = getattr(self._mine, "waited", 0.0)
            self._mine.waited = 0.0
            return lookup(name, timeout)

        return paced(stamped, Pace(), clock=lambda: 0.0, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self._mine.waited = seconds

    def most_in_a_second(self, packets: Iterable[str]) -> int:
        """The most packets within one second; *packets* are the names that they asked for."""
        stamps = sorted(self.at[name] for name in packets)
        return max(sum(first <= other < first + 1 for other in stamps) for first in set(stamps))
