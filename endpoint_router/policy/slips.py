"""Is a name a slip of the keyboard away from another? Pure.

Stricter than :mod:`.nearest_name`, which only words hints: what is a slip here is an error, so a
name that is merely alike is none. Held against AWS's own names in tests: of those that differ by
one character, none may pass for another misspelt, since a newer botocore has names we cannot know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Characters. Of shorter names many differ by one: ecs, eks, efs; ssm, sms.
_LONG = 5


def squashed(name: str) -> str:
    """*name* without separators, in lower case: ``put_object`` and ``PutObject`` are one."""
    return re.sub(r"[\W_]+", "", name).lower()


def one_slip(word: str, known: str) -> bool:
    """Is *word* *known*, or one character off: wrong, missing, too many, swapped with the next?"""
    return _difference(word, known) is not None


def meant(glob: str, known: Iterable[str]) -> str:
    """The one of *known* that *glob*, which matches none of them, was meant for; empty for none.

    Of a glob the longest part without wildcards is compared with parts of the names.
    """
    literal = max(re.split(r"[*?]|\[[^]]*\]", glob), key=len)
    whole = literal == glob
    for name in known:
        if whole and (squashed(glob) == squashed(name) or misspelt(glob, name)):
            return name
        if whole or literal.lower() in name.lower():
            continue
        if any(misspelt(literal, part, whole=False) for part in _parts(name, literal)):
            return name
    return ""


def misspelt(word: str, known: str, *, whole: bool = True) -> bool:
    """Is *word* rather *known* misspelt than another name like it?

    :param whole: they are names; else parts of names, whose ends are nobody's slip.
    """
    difference = _difference(word, known)
    if difference is None:
        return False
    at, wrong, right = difference
    short = min(len(word), len(known)) < _LONG
    start = at == 0 or known[at : at + 1].isupper()  # of a name, or of a word in it
    if not right and wrong in word[max(at - 1, 0) : at].lower():
        return True  # doubled, or nothing but case
    if len(wrong) == 2:
        return not short  # swapped
    edge = not whole and at >= len(word) - 1
    number = (wrong or right).isdigit() and (right or wrong).isdigit()
    plural = wrong + right == "s" and not known[at + len(right) :][:1].islower()
    return not (short or start or edge or number or plural)


def _parts(name: str, literal: str) -> Iterator[str]:
    for length in range(len(literal) - 1, len(literal) + 2):
        for start in range(len(name) - length + 1):
            yield name[start : start + length]


def _difference(word: str, known: str) -> tuple[int, str, str] | None:
    """Where they differ, in any case, and by which characters; ``None``: by more."""
    if abs(len(word) - len(known)) > 1:
        return None
    word, known, at = word.lower(), known.lower(), 0
    while at < min(len(word), len(known)) and word[at] == known[at]:
        at += 1
    wrong, right = word[at:], known[at:]
    if wrong[1:] == right[1:]:
        return at, wrong[:1], right[:1]
    if wrong[1:] == right:
        return at, wrong[:1], ""
    if wrong == right[1:]:
        return at, "", right[:1]
    if wrong[:2] == right[1::-1] and wrong[2:] == right[2:]:
        return at, wrong[:2], right[:2]
    return None
