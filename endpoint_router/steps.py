"""Steps: what is to be done next, told by those who decide and done by those who may wait.

A generator that decides yields a *want*, is sent what came of it (or has the exception thrown in),
and returns its result. It never waits, connects or blocks, so one and the same serves threads and
event loops: :func:`run` drives it in the caller's thread; a loop's driver awaits what comes of each
want, in as many lines. Nothing here decides, and nothing here knows botocore.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from msgspec import Struct

from .routing.answer import Question

__all__ = ["FindZone", "Invoke", "LookUp", "Steps", "Want", "run"]

T = TypeVar("T")
W = TypeVar("W")


class LookUp(Struct, frozen=True):
    """What DNS says to *questions*, all of them under one *deadline* (seconds of ``World.clock``).

    Answered by a mapping of questions to what is held of them; where an answer is missing, nobody
    waited for it.
    """

    questions: tuple[Question, ...]
    deadline: float
    #: Ask again about names whose last look-up failed.
    retry: bool = False


class FindZone(Struct, frozen=True):
    """This process's availability zone, by *deadline* (seconds of ``World.clock``)."""

    deadline: float


class Invoke(Struct, frozen=True):
    """What ``function(*arguments)`` returns: somebody else's, and with some a coroutine."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


Want = LookUp | FindZone | Invoke
Steps = Generator[Want, Any, T]


def run(steps: Generator[W, Any, T], fulfil: Callable[[W], Any]) -> T:
    """Drive *steps* to their end with *fulfil*, which does what each want asks for."""
    try:
        want = next(steps)
        while True:
            try:
                came = fulfil(want)
            # Broad on purpose: whatever was raised is for the steps to judge, and theirs to raise.
            except Exception as error:
                want = steps.throw(error)
            else:
                want = steps.send(came)
    except StopIteration as stop:
        result: T = stop.value
        return result
