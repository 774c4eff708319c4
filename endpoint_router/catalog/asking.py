"""What is asked of the catalogue: services, regions, and variants that are there or not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from ..policy.nearest_name import did_you_mean
from ..policy.quoting import quote
from .values import VARIANTS, Endpoint, Row

__all__ = ["Condition", "NoSuchName", "condition", "selected"]

#: The bases that a person may ask for, of hosts and of PrivateLink services; strongest first.
_OF_HOSTS, _OF_SERVICES = ("listed", "ruleset"), ("named", "documented")


class NoSuchName(Exception):
    """Its text says what was found, what was expected, and what may have been meant."""


class Condition(Struct, frozen=True):
    """One variant that has to be there, or must not be."""

    variant: str
    #: Those that count.
    bases: frozenset[str]
    wanted: bool

    def holds(self, row: Row) -> bool:
        """Is it so in this *row*? A name of which DNS told nothing counts as there."""
        return self.has(row.variant(self.variant)) is self.wanted

    def has(self, endpoint: Endpoint) -> bool:
        """Is *endpoint* there, on a basis that counts?"""
        return endpoint.is_there and endpoint.basis in self.bases


def condition(text: str, *, wanted: bool) -> Condition:
    """What ``fips`` or ``fips=listed`` means: the weakest basis that counts, by default any.

    :raises NoSuchName: it means nothing.
    """
    word, equals, basis = text.partition("=")
    variant = word.lower().replace("-", "_")
    if variant not in VARIANTS:
        names = [name.replace("_", "-") for name in VARIANTS]
        raise NoSuchName(_expected(word, f"one of {', '.join(names)}", names))
    bases = _OF_SERVICES if variant.startswith("privatelink") else _OF_HOSTS
    if equals and basis not in bases:
        raise NoSuchName(_expected(basis, f"{' or '.join(bases)} after {word}=", bases))
    counted = bases[: bases.index(basis) + 1] if equals else bases
    return Condition(variant, frozenset(counted), wanted)


def selected(patterns: Sequence[str], known: Sequence[str], expected: str) -> tuple[str, ...]:
    """Those of *known* that *patterns* name, in its order; all where there are no patterns.

    :param expected: what should have been there, for the error.
    :raises NoSuchName: a pattern names nothing.
    """
    if not patterns:
        return tuple(known)
    chosen: set[str] = set()
    for pattern in patterns:
        word = pattern.strip().lower()
        named = [name for name in known if fnmatchcase(name, word)] if word else []
        if not named:
            raise NoSuchName(_expected(pattern, expected, known))
        chosen.update(named)
    return tuple(name for name in known if name in chosen)


def _expected(word: str, expected: str, known: Iterable[str]) -> str:
    hint = did_you_mean(re.sub(r"\s+", "-", word.strip().lower()), known)
    return f"found {quote(word)}, expected {expected}. {hint}".strip()
