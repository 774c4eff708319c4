"""What a look-up hears: an answer when it is due, what is known before that, and what comes late.

A look-up is a function of a name and seconds. One with a method ``listen``, which takes the same,
can also be listened to: the answer that is due is then only one among several. Nothing here knows
of DNS, of packets or of who waits.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from msgspec import Struct

from ..routing.answer import Answer

__all__ = ["Heard", "Lookup", "due", "listen"]


class Heard(Struct, frozen=True):
    """What is known by now."""

    answer: Answer
    #: The seconds are over, or nothing is missing. Of what came before that, only addresses are
    #: told: those of one family, while nothing is known of the other.
    due: bool = True
    #: More may come: early, while time is left, or late.
    more: bool = False


#: ``(name, seconds) -> Answer``; the answer is due within the seconds.
Lookup = Callable[[str, float], Answer]


def listen(lookup: Lookup, name: str, timeout: float) -> Generator[Heard, None, None]:
    """What *lookup* hears of *name*. The generator has to be closed."""
    listening = getattr(lookup, "listen", None)
    if listening is None:
        yield Heard(lookup(name, timeout))
    else:
        yield from listening(name, timeout)


def due(listening: Generator[Heard, None, None]) -> Answer:
    """The answer that is due; nobody listens any longer."""
    try:
        return next(heard.answer for heard in listening if heard.due)
    finally:
        listening.close()
