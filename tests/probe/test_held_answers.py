"""What is held outlives an exception of a signal handler amid the bookkeeping of its cache."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import cachetools

from endpoint_router.policy.model import Dns
from endpoint_router.probe.held_answers import HeldAnswers
from endpoint_router.probe.ttl_and_staleness import Held, Lifetimes
from endpoint_router.routing.answer import Answer, Question

CAPACITY = 4


class Interrupted(BaseException):
    """What celery's SoftTimeLimitExceeded, or KeyboardInterrupt, would be."""


def held(number: int) -> tuple[Question, Held]:
    name = f"n{number}.example"
    answer = Answer(name, "answered", addresses=("10.0.0.1",), ttl=60, at=0.0)
    return Question(name), Lifetimes.of(Dns()).hold(answer, None, 0.0)


def interrupted(answers: HeldAnswers, number: int, steps: int) -> bool:
    """Hold one more answer, with an exception after so many lines of cachetools; did it come?"""
    left = steps

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != cachetools.__file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise Interrupted
        return trace

    before = sys.gettrace()  # coverage's, perhaps
    sys.settrace(trace)
    try:
        answers.hold(*held(number))
    except Interrupted:
        return True
    finally:
        sys.settrace(before)
    return False


def test_interrupted_at_any_line() -> None:
    steps = 1
    while True:
        answers = HeldAnswers(Lifetimes.of(Dns()), None, CAPACITY, lambda: 0.0)
        for number in range(CAPACITY):  # full: the next one drives another out
            answers.hold(*held(number))
        came = interrupted(answers, CAPACITY, steps)
        for number in range(100, 100 + 3 * CAPACITY):
            answers.hold(*held(number))
            question, latest = held(number)
            assert answers.get(question) == latest, steps
        newest = [held(number)[0] for number in range(100 + 2 * CAPACITY + 1, 100 + 3 * CAPACITY)]
        assert all(map(answers.get, newest)), steps
        if not came:
            break
        steps += 1
    assert steps > 10  # it has looked into more than one operation
