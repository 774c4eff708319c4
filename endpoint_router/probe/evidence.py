"""What is known of names: cached by TTL, asked once however many want it, renewed on use.

Here live the cache, single flight and the threads that look up; how long an answer is believed is
:mod:`endpoint_router.probe.ttl_and_staleness`. Only :meth:`Evidence.gather` waits, and it holds no
rule: who waits otherwise departs, listens, and asks what stands when the time is up. Nothing runs
on a timer (Lambda freezes), and a fork inherits answers but no flights.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from cachetools import TLRUCache, TTLCache
from msgspec.structs import replace

from ..process import Lock, hire, renew_in_children
from ..routing.answer import Answer, Question
from .dialling import Reach, any_reachable
from .landing import Flight
from .listening import Heard, Lookup, listen
from .ttl_and_staleness import Held, Lifetimes, is_certain

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Departure", "Evidence", "Held"]

#: Look-ups at once; further ones queue. As many more may still be listened to, late.
WORKERS = 16


class Departure(msgspec.Struct, frozen=True):
    """What became of questions at once."""

    #: What is held already.
    at_hand: dict[Question, Held]
    #: The others, by what will bring their answers.
    flights: dict[Question, Flight]
    #: ``False``: no thread is to be had, so nobody will look anything up.
    crewed: bool


class Evidence:
    """Answers to questions, fresh or standing. Thread-safe and fork-safe.

    :param lookup: of a name; what it raises becomes a failed answer, and what it tells late is
        learnt, for whoever asks next.
    :param timeout: for one look-up, and for one round of connects; seconds.
    :param reach: tries one address of a question with a port; ``None`` leaves ``reachable`` open.
    :param network: what it returns is compared with what it returned before: another value means
        another network, in which all that is held has expired.
    :param capacity: how many questions are held at most, the least recently used going first.
    :param workers: how many look-ups may be under way at once.
    """

    def __init__(
        self,
        lookup: Lookup,
        lifetimes: Lifetimes,
        *,
        timeout: float,
        reach: Reach | None = None,
        network: Callable[[], object] = lambda: None,
        capacity: int = 4096,
        workers: int = WORKERS,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._lookup, self._reach, self._timeout = lookup, reach, timeout
        self._lifetimes = lifetimes
        self._network, self._seen = network, network()
        self.clock, self._wall, self._capacity, self._limit = clock, wall, capacity, workers
        #: Read without the lock. A throw-away front of the cache: emptied when it is full.
        self._front: dict[Question, Held] = {}
        self._lock = Lock()
        self.begin_anew()
        # After the lock, and after that of the clock, which renewing reads.
        renew_in_children(self)

    def begin_anew(self) -> None:
        """No flight and no worker: at birth, and in a child after ``fork``."""
        self._flights: dict[Question, Flight] = {}
        #: Newest last, and that one is taken first: where more is asked than the resolver bears,
        #: whoever came first has given up, and so would everybody else in turn.
        self._queue: deque[Flight] = deque()
        #: Landed, but their listeners are not called yet: that is done without the lock.
        self._landed: deque[Flight] = deque()
        self._workers = 0
        #: Of what an answer may come late.
        self._late: set[Question] = set()
        # Anew as well, because another thread may have been inside it at the time of the fork;
        # single operations on the plain dict are atomic.
        self._cache: TLRUCache[Question, Held] = TLRUCache(
            self._capacity, ttu=lambda _question, held, _now: held.stands_until, timer=self.clock
        )
        for question, held in list(self._front.items()):
            self._cache[question] = held
        #: Whose renewal was forced, and landed less than ``failure_ttl`` ago.
        self._forced: TTLCache[Question, None] = TTLCache(
            self._capacity, self._lifetimes.failure_ttl, timer=self.clock
        )

    def peek(self, question: Question) -> Held | None:
        """What is held of *question* and has not expired; never waits, may start a renewal."""
        held = self._front.get(question)
        if held is not None and self.clock() < held.refresh_at:
            return held
        with self._lock.here:
            held = self._cache.get(question)
            now = self.clock()
            if held is None or now >= held.expires_at:
                return None
            if now < held.refresh_at:
                self._keep_in_front(question, held)
                return held
            self._begin(question)
        self._employ()
        return held

    def start(self, questions: Iterable[Question]) -> None:
        """Begin to look up what is not held; never waits."""
        self._look_around()
        for question in questions:
            if self.peek(question) is None:
                with self._lock.here:
                    if len(self._flights) < self._capacity:
                        self._begin(question)
        self._employ()

    def depart(
        self, questions: Iterable[Question], *, retry: bool = False, renew: bool = False
    ) -> Departure:
        """Begin to look up what is not at hand; never waits.

        :param retry: ask again where the answer held is a failure, stale, or of one family only,
            whatever ``failure_ttl`` says.
        :param renew: ask again even where the answer held is certain and fresh: connecting to its
            addresses failed. Once per ``failure_ttl`` for each question, because where one connect
            fails many do; whoever comes later gets what that renewal found.
        """
        self._look_around()
        at_hand: dict[Question, Held] = {}
        flights: dict[Question, Flight] = {}
        for question in questions:
            held = self.peek(question)
            if held is not None and not renew and (is_certain(held.answer) or not retry):
                at_hand[question] = held
            else:
                with self._lock.here:
                    flights[question] = self._begin(question, retry=retry, renew=renew)
        return Departure(at_hand, flights, not flights or self._employ())

    def gather(
        self,
        questions: Iterable[Question],
        *,
        deadline: float | None = None,
        retry: bool = False,
        renew: bool = False,
    ) -> dict[Question, Held]:
        """Wait for all *questions* under one *deadline* (monotonic; default: the timeout from now).

        :param retry: as for :meth:`depart`, and so is *renew*.
        """
        began = self.clock()
        until = began + self._timeout if deadline is None else deadline
        departure = self.depart(questions, retry=retry, renew=renew)
        if not departure.crewed:
            self._fly_here(departure.flights.values(), until)
        answers = dict(departure.at_hand)
        for question, flight in departure.flights.items():
            flight.landed.wait(max(0.0, until - self.clock()))
            answers[question] = flight.held or self.overdue(question, until - began)
        return answers

    def overdue(self, question: Question, waited: float) -> Held:
        """What stands of *question* when its flight is not there after so many seconds.

        What is known by then, or else what a failed look-up would leave: the earlier answer while
        it stands, or a failed one. Nothing of that is held, because the look-up goes on.
        """
        with self._lock.here:
            now = self.clock()
            name = self._cache.get(Question(question.name))
            previous = self._cache.get(question)
            flight = self._flights.get(question)
        if flight and flight.so_far:
            return self._lifetimes.hold(flight.so_far, previous, now)
        if waited <= 0 and flight:  # who has no time left waited elsewhere, while it was under way
            waited = now - flight.began
        waited = round(waited, 2)
        why = f"no answer within {waited} s" if waited > 0 else "no time was left to ask in"
        if question.port is not None and name and now < name.expires_at and name.answer.addresses:
            # The name is known and the connect hangs, as it does where no route leads there.
            until = now + self._lifetimes.failure_ttl
            answer = replace(name.answer, reachable=False, detail=why)
            return replace(name, answer=answer, expires_at=until, refresh_at=until)
        failure = Answer(question.name, "failed", detail=why, at=self._wall())
        return self._lifetimes.hold(failure, previous, now)

    def _look_around(self) -> None:
        """What was learnt in another network stands only where it cannot be learnt anew."""
        seen = self._network()
        if seen == self._seen:
            return
        with self._lock.here:
            self._seen, now = seen, self.clock()
            self._front.clear()
            for question, held in list(self._cache.items()):
                self._cache[question] = _expired(held, now)

    # Flights. Whoever calls these holds the lock.

    def _begin(self, question: Question, *, retry: bool = False, renew: bool = False) -> Flight:
        """The flight of *question*: under way, landed a moment ago, or a new one in the queue."""
        flight = self._flights.get(question)
        if flight is not None:
            flight.forced |= renew
            if not retry:
                return flight
            # It may be about to land in vain, and who tries again has time of his own.
            flight.again = flight.again or Flight(question, self.clock(), forced=renew)
            return flight.again
        flight = Flight(question, self.clock(), forced=renew)
        # Again, because what the caller missed may have landed before it got the lock.
        held = self._cache.get(question)
        again = renew and question not in self._forced
        again |= retry and held is not None and not is_certain(held.answer)
        if held and self.clock() < held.refresh_at and not again:
            flight.held = held
            flight.land()
            return flight
        self._take_off(flight, retry=retry, renew=renew)
        return flight

    def _take_off(self, flight: Flight, *, retry: bool, renew: bool = False) -> None:
        question = flight.question
        self._flights[question] = flight
        if question.port is None:
            self._line_up(flight)
            return
        name = self._begin(Question(question.name), retry=retry, renew=renew)
        if name.held is not None:
            self._follow(flight, name.held)
        else:
            name.followers.append(flight)

    def _follow(self, flight: Flight, name: Held) -> None:
        """The name of *flight* is settled: connect next, or land where there is nothing to try."""
        flight.name = name
        if self._reach is None or not name.answer.addresses:
            self._land(flight, name)
        else:
            self._line_up(flight)

    def _line_up(self, flight: Flight) -> None:
        self._queue.append(flight)
        if len(self._queue) > self._capacity:
            dropped = self._queue.popleft()
            for lost in (dropped, *dropped.followers):
                self._flights.pop(lost.question, None)
                self._down(lost)  # on nothing, like one that is overdue
                if lost.again:
                    self._down(lost.again)

    def _land(self, flight: Flight, held: Held) -> None:
        flight.held = held
        self._flights.pop(flight.question, None)
        if flight.forced:
            self._forced[flight.question] = None
        self._hold(flight.question, held)
        for follower in flight.followers:
            self._follow(follower, held)
        self._down(flight)
        again = flight.again
        if again and is_certain(held.answer):
            self._land(again, held)
        elif again:
            self._take_off(again, retry=True)

    def _down(self, flight: Flight) -> None:
        flight.land()
        self._landed.append(flight)

    def _hold(self, question: Question, held: Held) -> None:
        if self.clock() < held.stands_until:
            self._cache[question] = held
            self._keep_in_front(question, held)

    def _keep_in_front(self, question: Question, held: Held) -> None:
        if len(self._front) >= self._capacity and question not in self._front:
            self._front.clear()
        self._front[question] = held

    # Flying. Without the lock.

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
        name, network = flight.question.name, self._seen
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
            self._learn(flight.question, heard.answer, network, flight)
            if not heard.more or not self._stay(flight.question, network, listening):
                listening.close()

    def _learn(
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
            now = self.clock()
            previous = self._cache.get(question)
            fresh = previous and now < previous.expires_at and is_certain(previous.answer)
            if flight is None or flight.landed.is_set():
                if answer.status == "failed" or fresh:
                    return
                # Whoever asked again meanwhile has the answer, too, unless he doubts what is held.
                flight = self._flights.get(question)
                flight = None if flight and flight.forced else flight
                if flight and more:  # of the other family
                    flight.so_far, flight = flight.so_far or answer, None
            held = self._lifetimes.hold(answer, previous, now)
            if network != self._seen:
                held = _expired(held, now)
            if flight:
                self._land(flight, held)
            else:
                self._hold(question, held)
        self._announce()

    def _stay(
        self, question: Question, network: object, listening: Generator[Heard, None, None]
    ) -> bool:
        """Have somebody listen to what comes late. ``False``: nobody does."""

        def stay() -> None:
            # Broad on purpose: lookup is handed in, and nobody waits for it any more.
            with suppress(Exception):
                for heard in listening:
                    self._learn(question, heard.answer, network, more=heard.more)
                    self._employ()  # connects may follow
            listening.close()
            with self._lock.here:
                self._late.discard(question)

        with self._lock.here:
            if question in self._late or len(self._late) >= self._limit:
                return False
            self._late.add(question)
        try:
            hire(stay, "endpoint_router-probe")
        except RuntimeError:  # can't start new thread
            with self._lock.here:
                self._late.discard(question)
            return False
        return True

    def _announce(self) -> None:
        """Call the listeners of what has landed."""
        while self._landed:
            with suppress(IndexError):  # another thread was quicker
                self._landed.popleft().announce()

    def _connect(self, answer: Answer, question: Question, timeout: float) -> bool | None:
        if self._reach is None or question.port is None:
            return None
        return any_reachable(answer.addresses, question.port, timeout, self._reach, self.clock)

    def _employ(self) -> bool:
        """Have workers for what is queued. ``False``: no thread is to be had, and none is at it."""
        self._announce()  # what was dropped from the queue, or needed no worker
        with self._lock.here:
            wanted = max(0, min(len(self._queue), self._limit - self._workers))
            self._workers += wanted
        for hired in range(wanted):
            try:
                hire(self._work, "endpoint_router-probe")
            except RuntimeError:  # can't start new thread
                with self._lock.here:
                    self._workers -= wanted - hired
                break
        with self._lock.here:
            return self._workers > 0 or not self._queue

    def _work(self) -> None:
        while True:
            with self._lock.here:
                if not self._queue:
                    self._workers -= 1
                    return
                flight = self._queue.pop()
            if not flight.landed.is_set():  # by an answer that came late
                self._fly(flight, self._timeout)
            self._employ()  # More than one connect may follow a look-up.

    def _fly_here(self, flights: Iterable[Flight], until: float) -> None:
        """Do the workers' job in the caller's thread."""
        while any(not flight.landed.is_set() for flight in flights):
            left = until - self.clock()
            with self._lock.here:
                if left <= 0 or not self._queue:
                    return
                flight = self._queue.pop()
            self._fly(flight, min(left, self._timeout))


def _expired(held: Held, now: float) -> Held:
    expires_at = min(held.expires_at, now)
    return replace(held, expires_at=expires_at, refresh_at=expires_at)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
