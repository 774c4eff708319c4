"""Who flies: threads that look up and connect, and stay for what comes late.

How many there are is :mod:`endpoint_router.probe.crew`, and what there is to do, and what follows,
:mod:`endpoint_router.probe.flights`. Whoever calls any of this does not hold the lock. Nobody waits
here but those who are hired for it, and callers where nobody can be hired.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress

from msgspec.structs import replace

from ..counters import Renewal
from ..process import Lock, hire
from ..routing.answer import Answer, Question
from .crew import Crew
from .dialling import Reach, any_reachable
from .flights import Flights
from .held_answers import HeldAnswers
from .landing import Flight
from .listening import Heard, Lookup, listen
from .ttl_and_staleness import is_certain, renewal_of

__all__ = ["WORKERS", "Pilots"]

#: Look-ups at once; further ones queue. As many more may still be listened to, late.
WORKERS = 16


class Pilots:
    """They take flights from the queue of *flights*, and bring what is then held in *answers*.

    :param lock: that of the evidence, which guards both.

    The others are those of :class:`~endpoint_router.probe.evidence.Evidence`.
    """

    def __init__(
        self,
        flights: Flights,
        answers: HeldAnswers,
        lock: Lock,
        lookup: Lookup,
        reach: Reach | None,
        *,
        timeout: float,
        workers: int,
        clock: Callable[[], float],
        wall: Callable[[], float] = time.time,
        renewed: Callable[[Renewal], object] = lambda _: None,
    ) -> None:
        self._flights, self._answers, self._lock = flights, answers, lock
        self._lookup, self._reach, self._timeout = lookup, reach, timeout
        self._limit, self._clock, self._wall, self._renewed = workers, clock, wall, renewed
        self._crew = Crew(self._work, workers, "endpoint_router-probe", lock)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Nobody: at birth, and in a child after ``fork``."""
        self._crew.begin_anew()
        #: Of what an answer may come late.
        self._late: set[Question] = set()

    def employ(self) -> bool:
        """Have workers for what is queued. ``False``: no thread is to be had, and none is at it."""
        self._flights.announce()  # what was dropped from the queue, or needed no worker
        return self._crew.employ(self._flights.queued)

    def _work(self) -> None:
        while True:
            with self._lock.here:
                flight = self._flights.next()
                if flight is None:
                    self._crew.leave()
                    return
            if not flight.landed:  # by an answer that came late
                self._fly(flight, self._timeout)
            self.employ()  # More than one connect may follow a look-up.

    def fly_here(self, flights: Iterable[Flight], until: float) -> None:
        """Do the workers' job in the caller's thread."""
        while any(not flight.landed for flight in flights):
            left = until - self._clock()
            with self._lock.here:
                flight = self._flights.next() if left > 0 else None
            if flight is None:
                return
            self._fly(flight, min(left, self._timeout))

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
                self._flights.land(flight, replace(name, answer=answer))
            self._flights.announce()

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
                self._flights.land(flight, held)
            else:
                self._answers.hold(question, held)
        self._flights.announce()

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

    def _connect(self, answer: Answer, question: Question, timeout: float) -> bool | None:
        if self._reach is None or question.port is None:
            return None
        return any_reachable(answer.addresses, question.port, timeout, self._reach, self._clock)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
