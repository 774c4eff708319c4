"""The driver of many steps at once: what one decision waits for, holds up no other.

Look-ups fly in the threads that the evidence has; this thread takes what they bring, and meanwhile
begins what comes next. Here live the bounds, so that who asks about all of AWS harms no resolver,
and how long an answer took. No rule lives here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from ..policy.dns_servers import ServerAddress
from ..probe.landing import Flight
from ..probe.listening import Heard, Lookup, due, listen
from ..probe.pacing import Pace
from ..process import Lock
from ..router import Router
from ..routing.answer import Answer, Question
from ..steps import LookUp, Steps

__all__ = ["AT_ONCE", "Timed", "open_files_allow", "side_by_side"]

T = TypeVar("T")

#: Look-ups under way at once, and after as many, look-ups per second: each is two questions, A and
#: AAAA, and the VPC resolver drops what exceeds 1,024 packets per second and network interface.
AT_ONCE = 200
#: What one look-up holds open: a socket for each family, and what waits for both.
_FILES = 3


def open_files_allow(wanted: int = AT_ONCE) -> int:
    """How many look-ups at once this process may have, *wanted* at most: macOS gives 256 files."""
    try:
        import resource
    except ImportError:  # Windows
        return min(wanted, 150)  # what its select() takes, with room to spare
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(8, (limit - 64) // _FILES))


class Timed:
    """Makes look-ups that wait for their turn, however long, and tells how long answers took.

    :param make: makes the look-up at a policy's servers, as :attr:`.World.lookup`.
    """

    def __init__(
        self,
        make: Callable[[tuple[ServerAddress, ...]], Lookup],
        at_once: int = AT_ONCE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._make, self._clock, self._sleep = make, clock, sleep
        self._pace, self._lock = Pace(at_once, at_once), Lock()
        #: By name, seconds from the question to the answer that was due.
        self.seconds: dict[str, float] = {}

    def __call__(self, servers: tuple[ServerAddress, ...]) -> Lookup:
        return _Timed(self, self._make(servers))

    def hears(self, lookup: Lookup, name: str, timeout: float) -> Generator[Heard, None, None]:
        """What *lookup* hears of *name*, when it is its turn."""
        with self._lock.here:
            wait = self._pace.take(self._clock()) or 0.0
        if wait:
            self._sleep(wait)
        began = self._clock()
        with closing(listen(lookup, name, timeout)) as listening:
            for heard in listening:
                if heard.due:
                    self.seconds.setdefault(name, self._clock() - began)
                yield heard


class _Timed:
    def __init__(self, timed: Timed, lookup: Lookup) -> None:
        self._timed, self._lookup = timed, lookup

    def __call__(self, name: str, timeout: float) -> Answer:
        return due(self.listen(name, timeout))

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        return self._timed.hears(self._lookup, name, timeout)


def side_by_side(router: Router, tasks: Iterable[Steps[T]], at_once: int) -> Iterator[T]:
    """Drive *tasks* to their ends, and yield what each comes to, as it does.

    A task is taken from *tasks* when it can begin, so that making it may take a while.

    :param router: made with so many workers.
    :param at_once: look-ups; further tasks begin when one has landed.
    """
    waiting = _Waiting[T](router)
    for task in tasks:
        yield from waiting.advance(task, None)
        yield from waiting.landed(at_once)
    yield from waiting.landed(1)


class _Waiting(Generic[T]):
    """The tasks that wait for look-ups."""

    def __init__(self, router: Router) -> None:
        self._router = router
        #: Look-ups that have landed, by whichever thread; and those that have not.
        self._news: SimpleQueue[Flight] = SimpleQueue()
        self._under_way: dict[Flight, list[_Wanting[T]]] = {}

    def landed(self, fewer_than: int) -> Iterator[T]:
        """What tasks come to by what has landed, and by what does until *fewer_than* have not."""
        while self._under_way and (len(self._under_way) >= fewer_than or not self._news.empty()):
            flight = self._news.get()
            for wanting in self._under_way.pop(flight):
                question = flight.question
                wanting.answers[question] = flight.held or self._router.evidence.overdue(
                    question, self._router.world.clock() - flight.began
                )
                wanting.missing.discard(flight)
                if not wanting.missing:
                    yield from self.advance(wanting.steps, wanting.answers)

    def advance(self, steps: Steps[T], came: Any) -> Iterator[T]:
        """Take *steps* on, to their end or to look-ups that are not at hand."""
        try:
            want = steps.send(came)
            while True:
                if not isinstance(want, LookUp):
                    try:
                        came = self._router.fulfil(want)
                    # Broad on purpose, as in steps.run: it is for the steps to judge.
                    except Exception as error:
                        want = steps.throw(error)
                        continue
                elif (at_hand := self._look_up(steps, want)) is not None:
                    came = at_hand
                else:
                    return
                want = steps.send(came)
        except StopIteration as stop:
            yield stop.value

    def _look_up(self, steps: Steps[T], want: LookUp) -> dict[Question, Any] | None:
        """The answers, where all are at hand; else *steps* go on when they are."""
        evidence = self._router.evidence
        departure = evidence.depart(want.questions, retry=want.retry)
        if not departure.crewed:  # no thread is to be had: this one looks up
            return evidence.gather(want.questions)
        if not departure.flights:
            return departure.at_hand
        wanting = _Wanting(steps, dict(departure.at_hand), set(departure.flights.values()))
        for flight in departure.flights.values():
            known = self._under_way.get(flight)
            if known is not None:
                known.append(wanting)
                continue
            self._under_way[flight] = [wanting]
            flight.listen(lambda flight=flight: self._news.put(flight))  # type: ignore[misc]
        return None


class _Wanting(Generic[T]):
    """One task, and what it waits for."""

    __slots__ = ("answers", "missing", "steps")

    def __init__(self, steps: Steps[T], answers: dict[Question, Any], missing: set[Flight]) -> None:
        self.steps, self.answers, self.missing = steps, answers, missing
