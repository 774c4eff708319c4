"""Rules that can never speak, because one before them matches all that they match. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from .globs import Globs, Selectors
from .model import Rule

#: Each is compared with each: a policy with more is generated, by what knows.
MOST_RULES, MOST_GLOBS = 300, 2000


def hidden(rules: Sequence[Rule], selectors: Sequence[Selectors]) -> Iterator[tuple[int, int]]:
    """Indexes of a rule and of the first that hides it. One that will end hides none for good."""
    globs = sum(
        len(getattr(selector, key).texts)
        for selector in selectors
        for key in Selectors.__struct_fields__
    )
    if len(rules) > MOST_RULES or globs > MOST_GLOBS:
        return
    for index, selector in enumerate(selectors):
        for earlier in range(index):
            if rules[earlier].expires is None and _covers(selectors[earlier], selector):
                yield index, earlier
                break


def _covers(outer: Selectors, inner: Selectors) -> bool:
    return all(
        _covers_globs(getattr(outer, key), getattr(inner, key))
        for key in Selectors.__struct_fields__
    )


def _covers_globs(outer: Globs, inner: Globs) -> bool:
    """Without globs a selector matches anything."""
    if not outer.texts or not inner.texts:
        return not outer.texts or "*" in outer.texts
    return all(any(_covers_glob(o, i) for o in outer.texts) for i in inner.texts)


def _covers_glob(outer: str, inner: str) -> bool:
    """Cannot tell of some pairs with ``?`` and ``[ab]``, which then count as apart."""
    literal = not any(sign in inner for sign in "*?[")
    return inner == outer or (
        (literal or not any(sign in outer for sign in "?[")) and fnmatchcase(inner, outer)
    )
