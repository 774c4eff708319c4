"""Questions on their way: one flight for each, a queue, and what follows when one lands.

Single flight lives here. Whoever calls any of it holds the lock, unless it says otherwise, and
nothing of it waits. Who flies is :mod:`endpoint_router.probe.pilots`, what is held
:mod:`endpoint_router.probe.held_answers`, and who asks :mod:`endpoint_router.probe.evidence`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf

from ..routing.answer import Question
from .held_answers import HeldAnswers
from .landing import Flight
from .ttl_and_staleness import Held, is_certain

__all__ = ["Flights"]


class Flights:
    """Questions under way.

    :param connects: do flights with a port go on to connect?
    :param timeout: for one look-up, and for one round of connects; seconds.
    :param forced_life: so many seconds a forced renewal counts as done.
    :param capacity: how many may be in the queue.
    """

    def __init__(
        self,
        answers: HeldAnswers,
        *,
        connects: bool,
        timeout: float,
        forced_life: float,
        capacity: int,
        clock: Callable[[], float],
    ) -> None:
        self._answers, self._connects = answers, connects
        self._forced_life, self._capacity, self._clock = forced_life, capacity, clock
        #: A flight that takes longer has nobody who flies it: he was interrupted. Seconds.
        self._longest = 2 * timeout + 1.0
        self.begin_anew()

    def begin_anew(self) -> None:
        """No flight: at birth, and in a child after ``fork``."""
        self._flights: dict[Question, Flight] = {}
        #: Newest last, and that one is taken first: where more is asked than the resolver bears,
        #: whoever came first has given up, and so would everybody else in turn.
        self._queue: deque[Flight] = deque()
        #: Landed, but their listeners are not called yet: that is done without the lock.
        self._landed: deque[Flight] = deque()
        #: When forced renewals have landed.
        self._forced: dict[Question, float] = {}

    @property
    def queued(self) -> int:
        """How many wait for somebody who flies them; takes no lock."""
        return len(self._queue)

    def announce(self) -> None:
        """Call the listeners of what has landed. Not to be called under the lock: they may ask."""
        while self._landed:
            with suppress(IndexError):  # another thread was quicker
                self._landed.popleft().announce()

    def __len__(self) -> int:
        return len(self._flights)

    def get(self, question: Question) -> Flight | None:
        """The flight of *question* that is under way."""
        return self._flights.get(question)

    def begin(self, question: Question, *, retry: bool = False, renew: bool = False) -> Flight:
        """The flight of *question*: under way, landed a moment ago, or a new one in the queue."""
        flight = self._flights.get(question)
        if flight is not None and not self._is_lost(flight):
            flight.forced |= renew
            if not retry:
                return flight
            # It may be about to land in vain, and who tries again has time of his own.
            flight.again = flight.again or self._new(question, renew)
            return flight.again
        flight = self._new(question, renew)
        # Again, because what the caller missed may have landed before it got the lock.
        held = self._answers.get(question)
        again = renew and not self._was_forced(question)
        again |= retry and held is not None and not is_certain(held.answer)
        if held and self._clock() < held.refresh_at and not again:
            flight.held = held
            flight.land()
            return flight
        self._take_off(flight, retry=retry, renew=renew)
        return flight

    def _new(self, question: Question, renew: bool) -> Flight:
        now = self._clock()
        return Flight(question, now, due=now + self._longest, forced=renew)

    def _is_lost(self, flight: Flight) -> bool:
        """Nobody flies it: an exception of a signal handler came between two steps."""
        return self._clock() > flight.due and flight not in self._queue

    def _take_off(self, flight: Flight, *, retry: bool, renew: bool = False) -> None:
        question = flight.question
        if question.port is None:
            self._line_up(flight)
            return
        name = self.begin(Question(question.name), retry=retry, renew=renew)
        if name.held is not None:
            self._follow(flight, name.held)
        else:
            name.followers.append(flight)
            self._flights[question] = flight

    def _follow(self, flight: Flight, name: Held) -> None:
        """The name of *flight* is settled: connect next, or land where there is nothing to try."""
        flight.name = name
        if not self._connects or not name.answer.addresses:
            self.land(flight, name)
        else:
            self._line_up(flight)

    def _line_up(self, flight: Flight) -> None:
        # In this order: an interruption in between leaves a flight that nobody finds, not one that
        # everybody finds and nobody flies.
        self._queue.append(flight)
        self._flights[flight.question] = flight
        if len(self._queue) > self._capacity:
            dropped = self._queue[0]
            for lost in (dropped, *dropped.followers):
                self._forget(lost)
                self._down(lost)  # on nothing, like one that is overdue
                if lost.again:
                    self._down(lost.again)
            self._queue.popleft()

    def _forget(self, flight: Flight) -> None:
        if self._flights.get(flight.question) is flight:  # and not one that was begun in its place
            del self._flights[flight.question]

    def land(self, flight: Flight, held: Held) -> None:
        """*flight* brings *held*: to who waits for it, and to what follows it."""
        flight.held = held
        self._forget(flight)
        if flight.forced:
            self._note_forced(flight.question)
        self._answers.hold(flight.question, held)
        for follower in flight.followers:
            self._follow(follower, held)
        self._down(flight)
        again = flight.again
        if again and is_certain(held.answer):
            self.land(again, held)
        elif again:
            self._take_off(again, retry=True)

    def next(self) -> Flight | None:
        """Out of the queue, for who flies it now; ``None`` where nobody waits."""
        if not self._queue:
            return None
        flight = self._queue.pop()
        flight.due = self._clock() + self._longest
        return flight

    def _was_forced(self, question: Question) -> bool:
        """A moment ago, so that it counts as done."""
        return self._clock() < self._forced.get(question, -inf) + self._forced_life

    def _note_forced(self, question: Question) -> None:
        if len(self._forced) >= self._capacity:
            self._forced.clear()  # some renewals too many
        self._forced[question] = self._clock()

    def _down(self, flight: Flight) -> None:
        flight.land()
        self._landed.append(flight)
