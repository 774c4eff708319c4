"""How many look-ups a process makes: a burst, then so many per second.

The VPC resolver drops what exceeds 1,024 packets per second and network interface, for all of the
machine's processes together, and a client that touches 10,000 buckets has 10,000 names to ask for.
Here live the token bucket, which is pure, and the look-up that waits for it. The wait is spent
where the look-up would be made: in a worker's thread, never under a lock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from contextlib import closing

from ..process import Lock
from ..routing.answer import Answer
from .listening import Heard, Lookup, due, listen

__all__ = ["BURST", "RATE", "Pace", "paced"]

#: Look-ups at once, after a quiet time: an application that starts asks for dozens of names.
BURST = 64
#: Look-ups per second after that: 200 questions (A and AAAA), a fifth of what the VPC resolver
#: takes, so that there is room for four more processes and for everybody else's names.
RATE = 100.0
#: What a look-up counts for that failed, or half failed: it asked each server, or one twice.
FAILURE = 4


class Pace:
    """A token bucket: *burst* tokens, refilled by *rate* per second. Not thread-safe.

    Times are seconds of any monotonic clock, the same for all methods.
    """

    __slots__ = ("_full_at", "_step", "_window")

    def __init__(self, burst: int = BURST, rate: float = RATE) -> None:
        self._step, self._window = 1 / rate, burst / rate
        self._full_at = -math.inf

    def take(self, now: float, patience: float = math.inf) -> float | None:
        """Take a token that is there in so many seconds; none if that is more than *patience*."""
        full_at = max(self._full_at, now) + self._step
        wait = max(0.0, full_at - self._window - now)
        if wait > patience:
            return None
        self._full_at = full_at
        return wait

    def charge(self, now: float, tokens: int) -> None:
        """Take *tokens* that were used already; whoever comes next waits for them."""
        self._full_at = max(self._full_at, now) + tokens * self._step


#: Of the process, however many policies are in force in it.
_process = Pace()
_lock = Lock()


class _Paced:
    """A look-up that waits for its turn."""

    def __init__(
        self,
        lookup: Lookup,
        bucket: Pace,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        wall: Callable[[], float],
    ) -> None:
        self._lookup, self._bucket = lookup, bucket
        self._clock, self._sleep, self._wall = clock, sleep, wall

    def __call__(self, name: str, timeout: float) -> Answer:
        return due(self.listen(name, timeout))

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        with _lock.here:
            wait = self._bucket.take(self._clock(), timeout)
        if wait is None:
            why = f"no answer within {round(timeout, 2)} s: too many look-ups at once"
            yield Heard(Answer(name, "failed", detail=why, at=self._wall()))
            return
        if wait:
            self._sleep(wait)
        charged = False
        with closing(listen(self._lookup, name, timeout - wait)) as listening:
            for heard in listening:
                answer = heard.answer
                if heard.due and not charged and (answer.status == "failed" or answer.unanswered):
                    charged = True
                    with _lock.here:
                        self._bucket.charge(self._clock(), FAILURE - 1)
                yield heard


def paced(
    lookup: Lookup,
    pace: Pace | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    wall: Callable[[], float] = time.time,
) -> Lookup:
    """*lookup*, as soon as *pace* (default: that of the process) allows it.

    The wait is part of the look-up's timeout. Where it would take all of that, nobody is asked and
    the answer is a failed one.

    :param clock: monotonic seconds, of the machine as it runs: packets are what is counted.
    """
    return _Paced(lookup, pace or _process, clock, sleep, wall)
