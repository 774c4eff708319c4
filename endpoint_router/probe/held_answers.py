"""What is held of questions: a bounded cache, and the network in which it was learnt.

Here lives what is known, and nothing of how it comes to be known
(:mod:`endpoint_router.probe.flights`). But for :attr:`HeldAnswers.recent`, whoever calls holds the
lock of the evidence.

Two plain dictionaries, because each of their operations is atomic: a fork or an exception of a
signal handler finds them whole. cachetools' caches keep books in several steps, and stop their
clock for good where one of these is the last.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ..routing.answer import Answer, Question
from .ttl_and_staleness import Held, Lifetimes

__all__ = ["HeldAnswers"]


class HeldAnswers:
    """Answers by question, the least recently used going first.

    :param network: in which they are learnt: anything that compares.
    :param capacity: so many are held for certain, and at most twice as many.
    """

    def __init__(
        self, lifetimes: Lifetimes, network: object, capacity: int, clock: Callable[[], float]
    ) -> None:
        self._lifetimes, self._capacity, self._clock = lifetimes, capacity, clock
        #: Where we are.
        self.network = network
        #: Read without the lock. Always the same object.
        self.recent: dict[Question, Held] = {}
        #: What was recent before; gone when it is not asked for until there is more of that.
        self._older: dict[Question, Held] = {}

    def get(self, question: Question) -> Held | None:
        """What stands of *question*: fresh, expired or stale."""
        held = self.recent.get(question)
        if held is None:
            held = self._older.get(question)
            if held is not None:
                self._keep(question, held)
        return held if held is not None and self._clock() < held.stands_until else None

    def appraise(self, question: Question, answer: Answer, network: object) -> Held:
        """How long *answer* may be believed, which was asked for in *network*. Holds nothing."""
        now = self._clock()
        held = self._lifetimes.hold(answer, self.get(question), now)
        return held if network == self.network else _expired(held, now)

    def hold(self, question: Question, held: Held) -> None:
        """From now on *held* is what is known."""
        if self._clock() < held.stands_until:
            self._keep(question, held)

    def move_to(self, network: object) -> None:
        """What was learnt in another network stands only where it cannot be learnt anew."""
        now = self._clock()
        for held_by in (self.recent, self._older):
            for question, held in list(held_by.items()):
                held_by[question] = _expired(held, now)
        self.network = network  # last: who is interrupted before it begins again

    def _keep(self, question: Question, held: Held) -> None:
        if len(self.recent) >= self._capacity and question not in self.recent:
            self._older = dict(self.recent)
            self.recent.clear()
        self.recent[question] = held


def _expired(held: Held, now: float) -> Held:
    expires_at = min(held.expires_at, now)
    return replace(held, expires_at=expires_at, refresh_at=expires_at)
