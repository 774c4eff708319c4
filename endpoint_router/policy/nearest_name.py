"""The nearest right name for a misspelt one: every "Did you mean" that goes by likeness. Pure."""

from __future__ import annotations

from collections.abc import Iterable

#: Characters; whoever is further off means something else, and comparing takes its square.
_LONGEST = 80


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The one of *known* that is most like *word*; empty where none is like it.

    :param cutoff: how alike they must be, between 0 and 1.
    """
    from difflib import get_close_matches  # only errors need it

    close = get_close_matches(word[:_LONGEST], list(known), n=1, cutoff=cutoff)
    return close[0] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``Did you mean 'fips'?``, or nothing."""
    close = nearest(word, known)
    return f"Did you mean {close!r}?" if close else ""
