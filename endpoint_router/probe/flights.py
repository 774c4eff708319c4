"""What is on its way: questions in a queue, the threads that look them up, and what comes late.

Here live single flight, the queue and the workers; what is held is
:mod:`endpoint_router.probe.held_answers`, and who asks is :mod:`endpoint_router.probe.evidence`.
Nothing here waits but those who are hired for it, and callers where nobody can be hired.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from math import inf

from msgspec.structs import replace

from ..counters import Renewal
from ..process import Lock, hire
from ..routing.answer import Answer, Question
from .crew import Crew
from .dialling import Reach, any_reachable
from .held_answers import HeldAnswers
from .landing import Flight
from .listening import Heard, Lookup, listen
from .ttl_and_staleness import Held, is_certain, renewal_of

__all__ = ["WORKERS", "Flights"]

#: Look-ups at once; further ones queue. As many more may still be listened to, late.
WORKERS = 16


class Flights:
    """Questions under way, one flight for each.

    :param lock: that of the evidence, which also guards *answers*.
    :param forced_life: so many seconds a forced renewal counts as done.

    The others are those of :class:`~endpoint_router.probe.evidence.Evidence`.
    """

    def __init__(
        self,
        lookup: Lookup,
        reach: Reach | None,
        answers: HeldAnswers,
        lock: Lock,
        *,
        timeout: float,
        forced_life: float,
        capacity: int,
        workers: int,
        clock: Callable[[], float],
        wall: Callable[[], float] = time.time,
        renewed: Callable[[Renewal], object] = lambda _: None,
    ) -> None:
        self._lookup, self._reach, self._timeout = lookup, reach, timeout
        self._answers, self._lock, self._forced_life = answers, lock, forced_life
        self._capacity, self._limit, self._clock, self._wall = capacity, workers, clock, wall
        self._renewed = renewed
        #: A flight that takes longer has nobody who flies it: he was interrupted. Seconds.
        self._longest = 2 * timeout + 1.0
        self._crew = Crew(self._work, workers, "endpoint_router-probe", lock)
        self.begin_anew()

    def begin_anew(self) -> None:
        """No flight and no worker: at birth, and in a child after ``fork``."""
        self._flights: dict[Question, Flight] = {}
        #: Newest last, and that one is taken first: where more is asked than the resolver bears,
        #: whoever came first has given up, and so would everybody else in turn.
        self._queue: deque[Flight] = deque()
        #: Landed, but their listeners are not called yet: that is done without the lock.
        self._landed: deque[Flight] = deque()
        self._crew.begin_anew()
        #: Of what an answer may come late.
        self._late: set[Question] = set()
        #: When forced renewals have landed.
        self._forced: dict[Question, float] = {}

    # Whoever calls these holds the lock.

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
        if self._reach is None or not name.answer.addresses:
            self._land(flight, name)
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

    def _land(self, flight: Flight, held: Held) -> None:
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
            self._land(again, held)
        elif again:
            self._take_off(again, retry=True)

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

    # Whoever calls these does not hold the lock.

    def _fly(self, flight: Flight, timeout: float) -> None:
        if flight.name is None:
            self._look_up(flight, timeout)
            return
        name, question = flight.name, flight.question
        answer = replace(name.answer, reachable=False)
        try:
            answer = replace(answer, reachable=self._connect(name.answer, question, timeout))
        except Exception as error:  # broad on purpose, as below: reach is handed in
            answer = replace(answer, detail=_told(error))
        finally:
            with self._lock.here:
                self._land(flight, replace(name, answer=answer))
            self._announce()

    def _look_up(self, flight: Flight, timeout: float) -> None:
        name, network = flight.question.name, self._answers.network
        heard = Heard(Answer(name, "failed", detail="it was broken off", at=self._wall()))
        listening = listen(self._lookup, name, timeout)
        try:
            for heard in listening:
                if heard.due:
                    break
                flight.so_far = heard.answer
        # Broad on purpose: lookup is handed in, and a flight that never lands would make every
        # later call wait for its deadline.
        except Exception as error:
            heard = Heard(replace(heard.answer, detail=_told(error)))
        finally:
            self.learn(flight.question, heard.answer, network, flight)
            if not heard.more or not self._stay(flight.question, network, listening):
                listening.close()

    def learn(
        self,
        question: Question,
        answer: Answer,
        network: object,
        flight: Flight | None = None,
        *,
        more: bool = False,
    ) -> None:
        """Hold *answer*, which *flight* brought, or which came after its flight had landed.

        :param network: in which it was asked for.
        """
        with self._lock.here:
            previous = self._answers.get(question)
            fresh = previous and self._clock() < previous.expires_at and is_certain(previous.answer)
            if flight is None or flight.landed:
                if answer.status == "failed" or fresh:
                    return
                # Whoever asked again meanwhile has the answer, too, unless he doubts what is held.
                flight = self._flights.get(question)
                flight = None if flight and flight.forced else flight
                if flight and more:  # of the other family
                    flight.so_far, flight = flight.so_far or answer, None
            held = self._answers.appraise(question, answer, network)
            if previous is not None and previous.answer.status != "failed":
                self._renewed(renewal_of(answer, held))
            if flight:
                self._land(flight, held)
            else:
                self._answers.hold(question, held)
        self._announce()

    def _stay(
        self, question: Question, network: object, listening: Generator[Heard, None, None]
    ) -> bool:
        """Have somebody listen to what comes late. ``False``: nobody does."""

        def stay() -> None:
            # Broad on purpose: lookup is handed in, and nobody waits for it any more.
            with suppress(Exception):
                for heard in listening:
                    self.learn(question, heard.answer, network, more=heard.more)
                    self.employ()  # connects may follow
            listening.close()
            with self._lock.here:
                self._late.discard(question)

        with self._lock.here:
            if question in self._late or len(self._late) >= self._limit:
                return False
            self._late.add(question)
        hired = False
        try:
            hire(stay, "endpoint_router-probe")
            hired = True
        except RuntimeError:  # can't start new thread
            pass
        finally:
            if not hired:
                with self._lock.here:
                    self._late.discard(question)
        return hired

    def _announce(self) -> None:
        """Call the listeners of what has landed."""
        while self._landed:
            with suppress(IndexError):  # another thread was quicker
                self._landed.popleft().announce()

    def _connect(self, answer: Answer, question: Question, timeout: float) -> bool | None:
        if self._reach is None or question.port is None:
            return None
        return any_reachable(answer.addresses, question.port, timeout, self._reach, self._clock)

    def employ(self) -> bool:
        """Have workers for what is queued. ``False``: no thread is to be had, and none is at it."""
        self._announce()  # what was dropped from the queue, or needed no worker
        return self._crew.employ(len(self._queue))

    def _work(self) -> None:
        while True:
            with self._lock.here:
                if not self._queue:
                    self._crew.leave()
                    return
                flight = self._queue.pop()
                flight.due = self._clock() + self._longest
            if not flight.landed:  # by an answer that came late
                self._fly(flight, self._timeout)
            self.employ()  # More than one connect may follow a look-up.

    def fly_here(self, flights: Iterable[Flight], until: float) -> None:
        """Do the workers' job in the caller's thread."""
        while any(not flight.landed for flight in flights):
            left = until - self._clock()
            with self._lock.here:
                if left <= 0 or not self._queue:
                    return
                flight = self._queue.pop()
            self._fly(flight, min(left, self._timeout))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
