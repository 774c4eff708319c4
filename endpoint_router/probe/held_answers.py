"""What is held of questions: a bounded cache, and the network in which it was learnt.

Here lives what is known, and nothing of how it comes to be known
(:mod:`endpoint_router.probe.flights`). But for :attr:`HeldAnswers.recent`, whoever calls holds the
lock of the evidence.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, MutableMapping

from msgspec.structs import replace

from ..process import importing
from ..routing.answer import Answer, Question
from .ttl_and_staleness import Held, Lifetimes

__all__ = ["HeldAnswers"]


class HeldAnswers:
    """Answers by question, the least recently used going first.

    :param network: in which they are learnt: anything that compares.
    :param capacity: how many are held at most.
    """

    def __init__(
        self, lifetimes: Lifetimes, network: object, capacity: int, clock: Callable[[], float]
    ) -> None:
        self._lifetimes, self._capacity, self._clock = lifetimes, capacity, clock
        #: Where we are.
        self.network = network
        #: Read without the lock. A throw-away front of the cache: emptied when it is full, and
        #: always the same object.
        self.recent: dict[Question, Held] = {}
        #: Nothing is held in this one.
        self._cache: MutableMapping[Question, Held] = {}

    def begin_anew(self) -> None:
        """What is recent stays: single operations on a plain dictionary are atomic."""
        if self._cache:  # else a child of a fork would import
            self._cache = self._new_cache()

    def _new_cache(self) -> MutableMapping[Question, Held]:
        if sys.is_finalizing():  # nobody can import any more, and nothing is held for long
            return dict(self.recent)
        with importing:  # only where something is asked: it costs as much as ten modules of ours
            from cachetools import LRUCache

        # Without cachetools' own times to live: their clock stops for good where an exception of a
        # signal handler comes amid its bookkeeping.
        cache: LRUCache[Question, Held] = LRUCache(self._capacity)
        for question, held in list(self.recent.items()):
            cache[question] = held
        return cache

    def get(self, question: Question) -> Held | None:
        """What stands of *question*: fresh, expired or stale."""
        held = self._cache.get(question)
        if held is None or self._clock() >= held.stands_until:
            return None
        self._bring_forward(question, held)
        return held

    def appraise(self, question: Question, answer: Answer, network: object) -> Held:
        """How long *answer* may be believed, which was asked for in *network*. Holds nothing."""
        now = self._clock()
        held = self._lifetimes.hold(answer, self.get(question), now)
        return held if network == self.network else _expired(held, now)

    def hold(self, question: Question, held: Held) -> None:
        """From now on *held* is what is known."""
        if self._clock() < held.stands_until:
            self._put(question, held)
            self._bring_forward(question, held)

    def move_to(self, network: object) -> None:
        """What was learnt in another network stands only where it cannot be learnt anew."""
        now = self._clock()
        self.recent.clear()
        for question, held in list(self._cache.items()):
            self._put(question, _expired(held, now))
        self.network = network  # last: who is interrupted before it begins again

    def _put(self, question: Question, held: Held) -> None:
        if not self._cache:
            self._cache = self._new_cache()
        try:
            self._cache[question] = held
        except KeyError:  # some time ago it was left amid its bookkeeping, as said above
            self.begin_anew()
            self._cache[question] = held

    def _bring_forward(self, question: Question, held: Held) -> None:
        if len(self.recent) >= self._capacity and question not in self.recent:
            self.recent.clear()
        self.recent[question] = held


def _expired(held: Held, now: float) -> Held:
    expires_at = min(held.expires_at, now)
    return replace(held, expires_at=expires_at, refresh_at=expires_at)
