"""What a look-up hears: an answer when it is due, what is known before that, and what comes late.

A look-up is a function of a name and seconds. Of one that can also be listened to, the answer that
is due is only one among several. Nothing here knows of DNS, of packets or of who waits.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple, Protocol, runtime_checkable

from ..routing.answer import Answer

__all__ = ["Heard", "Listening", "Lookup", "due", "listen"]


class Heard(NamedTuple):
    """What is known by now."""

    answer: Answer
    #: The seconds are over, or nothing is missing. Of what came before that, only addresses are
    #: told: those of one family, while nothing is known of the other.
    due: bool = True
    #: More may come: early, while time is left, or late.
    more: bool = False


#: ``(name, seconds) -> Answer``
Lookup = Callable[[str, float], Answer]


@runtime_checkable
class Listening(Protocol):
    """A look-up that can also be listened to. Both ways, the answer is due within the seconds."""

    def __call__(self, name: str, timeout: float, /) -> Answer: ...

    def listen(self, name: str, timeout: float, /) -> Generator[Heard, None, None]:
        """What is known of *name*, whenever there is more of it; the due answer among it."""


def listen(lookup: Lookup, name: str, timeout: float) -> Generator[Heard, None, None]:
    """What *lookup* hears of *name*. The generator has to be closed."""
    if isinstance(lookup, Listening):
        yield from lookup.listen(name, timeout)
    else:
        yield Heard(lookup(name, timeout))


def due(listening: Generator[Heard, None, None]) -> Answer:
    """The answer that is due; nobody listens any longer."""
    try:
        return next(heard.answer for heard in listening if heard.due)
    finally:
        listening.close()
