"""Memory is bounded."""

from __future__ import annotations

import gc
import random
import time
import weakref

from endpoint_router.probe.evidence import Held
from endpoint_router.routing.answer import Answer, Question

from .names import NAME, PLENTY, Clock, Names, Q, evidence, good, settle


def test_memory_does_not_grow_with_names(clock: Clock) -> None:
    asked: list[str] = []
    ours = "memory.example"  # others of the process may hold answers to questions of their own

    def lookup(name: str, timeout: float) -> Answer:
        asked.append(name)
        return good(name)

    subject = evidence(lookup, clock=clock, capacity=100, workers=1)
    for first in range(0, 20_000, 100):
        subject.gather(Question(f"n{i}.{ours}") for i in range(first, first + 100))
    settle()
    assert len(asked) == 20_000
    gc.collect()
    # Not isinstance(): a weak proxy whose object is gone raises when it is asked for its class.
    answers = [one for one in gc.get_objects() if type(one) is Held]
    assert 100 <= sum(one.answer.name.endswith(ours) for one in answers) <= 300
    asking = [one for one in gc.get_objects() if type(one) is Question]
    assert sum(one.name.endswith(ours) for one in asking) <= 1000
    assert sum(subject.peek(Question(f"n{i}.{ours}")) is not None for i in range(20_000)) >= 100


def test_questions_are_bounded_by_names_and_lives(names: Names, clock: Clock) -> None:
    """A life is used up to three quarters at least, and unused names are not asked again."""
    subject, dice = evidence(names, clock=clock), random.Random(1)
    busy = [Question(f"n{i}.example") for i in range(20)]
    idle = Question("idle.example")
    subject.gather([idle])
    began = clock.now
    for _ in range(500):
        clock.now += dice.random() * 10
        subject.gather(dice.sample(busy, 5))
        settle()
    lives = (clock.now - began) / 100
    assert names.asked["idle.example"] == 1
    assert max(names.asked.values()) <= lives / 0.75 + 1
    assert sum(names.asked.values()) - 1 >= 20 * (lives / 2)


def test_the_least_recently_used_goes_first(names: Names) -> None:
    subject = evidence(names, capacity=10)
    subject.gather([Q])
    for i in range(30):
        subject.gather([Question(f"n{i}.example")])
        # Every other name pushes Q's predecessor out, never Q itself.
        assert subject.gather([Q])[Q].answer == good()
    assert names.asked[NAME] <= 3


def test_start_does_not_queue_without_bound(names: Names) -> None:
    names.open.clear()
    subject = evidence(names, capacity=50, workers=2)
    subject.start(Question(f"n{i}.example") for i in range(1000))
    names.open.set()
    settle()
    assert sum(names.asked.values()) == 50
    assert subject.gather([Question("n999.example")])


def test_what_callers_wait_for_does_not_queue_without_bound(names: Names) -> None:
    names.open.clear()
    subject = evidence(names, capacity=50, workers=2, timeout=0.1, reach=lambda *_: True)
    late = time.monotonic() - 1
    subject.gather((Question(f"n{i}.example", 443) for i in range(1000)), deadline=late)
    names.open.set()
    settle()
    assert sum(names.asked.values()) <= 52
    first = Question("n0.example", 443)  # it was dropped, not forgotten: it can be asked again
    assert subject.gather([first], deadline=time.monotonic() + PLENTY)[first].answer.reachable


def test_evidence_is_collected(names: Names) -> None:
    subject = evidence(names)
    subject.gather([Q])
    settle()
    gone = weakref.ref(subject)
    del subject
    gc.collect()
    assert gone() is None
