"""A monotonic clock that notices when the machine stood still.

Evidence is believed for so many seconds, and those must pass while nobody runs, too. Which clocks
count what:

=================================  ====================================  ==========
meanwhile                          ``time.monotonic``                    wall clock
=================================  ====================================  ==========
process stopped, cgroup frozen     counts                                counts
laptop asleep                      stands on Linux and macOS             counts
VM paused, snapshot restored       stands, or goes on from the snapshot  set right on waking
Lambda between two invocations     may stand: a frozen microVM           set right on waking
somebody sets the time             counts on                             jumps either way
=================================  ====================================  ==========

``CLOCK_BOOTTIME`` counts a laptop's sleep, but not the pause of a VM; only the wall clock, which
comes from outside, tells of that. So the two are compared: a wall clock that has run ahead means
lost time, at worst evidence that is renewed too early. One that was set back means nothing.

Nothing here knows what the time is used for.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..process import Lock

__all__ = ["SLACK", "freeze_aware"]

#: So far the wall clock may run ahead unnoticed: leap seconds, and corrections by NTP. Seconds.
SLACK = 1.0

# One for all clocks: hardly ever taken.
_lock = Lock()


def freeze_aware(
    monotonic: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
    slack: float = SLACK,
) -> Callable[[], float]:
    """A clock: seconds of *monotonic*, plus whatever *wall* has run ahead of it at once.

    It never goes back. Reading it takes no lock unless the two have come apart by *slack* seconds.
    A closure, because each call of AWS reads it twice: a method would cost a third more.
    """

    def apart(ahead: float, lost: float) -> tuple[float, float, float]:
        return ahead - slack, ahead + slack, lost

    #: How far the wall clock may be ahead, from and to, and the time lost until now. One value,
    #: because it is read without the lock.
    state = apart(wall() - monotonic(), 0.0)

    def clock() -> float:
        # This order: a thread that is interrupted in between has not seen time being lost.
        at = wall()
        now = monotonic()
        low, high, lost = state
        ahead = at - now
        if ahead < high and ahead > low:  # chained it takes half as much again
            return now + lost
        return compare()

    def compare() -> float:
        nonlocal state
        with _lock.here:
            before = monotonic()
            at = wall()
            now = monotonic()
            low, high, lost = state
            if at - now >= high:
                lost += at - now - (high - slack)
                state = apart(at - now, lost)
            # By *before*, lest an interruption passes for a wall clock that was set back.
            elif at - before <= low:
                # Measured from here on: else the next freeze would have to make up for it first.
                state = apart(at - before, lost)
            return now + lost

    return clock
