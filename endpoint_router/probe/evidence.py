"""What is known of names: cached by TTL, asked once however many want it, renewed on use.

Here lives what one may ask for: what is held is :mod:`endpoint_router.probe.held_answers`, how long
it is believed :mod:`endpoint_router.probe.ttl_and_staleness`, and what is on its way
:mod:`endpoint_router.probe.flights`. Only :meth:`Evidence.gather` waits, and it holds no rule: who
waits otherwise departs, listens, and asks what stands when the time is up. Nothing runs on a timer
(Lambda freezes), and a fork inherits answers but no flights.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from ..counters import Renewal
from ..process import Lock, renew_in_children
from ..routing.answer import Answer, Question
from .dialling import Reach
from .flights import Flights
from .held_answers import HeldAnswers
from .landing import Flight
from .listening import Lookup
from .pilots import WORKERS, Pilots
from .ttl_and_staleness import Held, Lifetimes, is_certain

__all__ = ["Departure", "Evidence", "Held"]


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
    :param capacity: how many answers are held, the least recently used going first, and how many
        questions may be in the queue.
    :param workers: how many look-ups may be under way at once.
    :param renewed: told what became of each renewal; it must not wait.
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
        renewed: Callable[[Renewal], object] = lambda _: None,
    ) -> None:
        self.clock, self._wall, self._timeout = clock, wall, timeout
        self._lifetimes, self._network, self._capacity = lifetimes, network, capacity
        self._lock = Lock()
        self._held = HeldAnswers(lifetimes, network(), capacity, clock)
        self._recent = self._held.recent
        self._flights = Flights(
            self._held,
            connects=reach is not None,
            timeout=timeout,
            forced_life=lifetimes.failure_ttl,
            capacity=capacity,
            clock=clock,
        )
        self._pilots = Pilots(
            self._flights,
            self._held,
            self._lock,
            lookup,
            reach,
            timeout=timeout,
            workers=workers,
            clock=clock,
            wall=wall,
            renewed=renewed,
        )
        # After the lock, and after that of the clock, which renewing reads.
        renew_in_children(self)

    def begin_anew(self) -> None:
        """In a child after ``fork``, where another thread may have been inside any of it."""
        self._held.begin_anew()
        self._flights.begin_anew()
        self._pilots.begin_anew()

    def peek(self, question: Question) -> Held | None:
        """What is held of *question* and has not expired; never waits, may start a renewal."""
        held = self._recent.get(question)
        if held is not None and self.clock() < held.refresh_at:
            return held
        with self._lock.here:
            held = self._held.get(question)
            now = self.clock()
            if held is None or now >= held.expires_at:
                return None
            if now < held.refresh_at:
                return held
            self._flights.begin(question)
        self._pilots.employ()
        return held

    def start(self, questions: Iterable[Question]) -> None:
        """Begin to look up what is not held; never waits."""
        self._look_around()
        for question in questions:
            if self.peek(question) is None:
                with self._lock.here:
                    if len(self._flights) < self._capacity:
                        self._flights.begin(question)
        self._pilots.employ()

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
                    flights[question] = self._flights.begin(question, retry=retry, renew=renew)
        return Departure(at_hand, flights, not flights or self._pilots.employ())

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
            self._pilots.fly_here(departure.flights.values(), until)
        answers = dict(departure.at_hand)
        for question, flight in departure.flights.items():
            flight.wait(until - self.clock())
            answers[question] = flight.held or self.overdue(question, until - began)
        return answers

    def overdue(self, question: Question, waited: float) -> Held:
        """What stands of *question* when its flight is not there after so many seconds.

        What is known by then, or else what a failed look-up would leave: the earlier answer while
        it stands, or a failed one. Nothing of that is held, because the look-up goes on.
        """
        with self._lock.here:
            now = self.clock()
            name = self._held.get(Question(question.name))
            previous = self._held.get(question)
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
        network = self._network()
        if network != self._held.network:
            with self._lock.here:
                self._held.move_to(network)
