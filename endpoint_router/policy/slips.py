"""Is a name one slip of the keyboard away from another? Pure.

Stricter than :mod:`.nearest_name`, which only words hints: what is a slip here is an error, so a
name that is merely alike is none.
"""

from __future__ import annotations

import re


def squashed(name: str) -> str:
    """*name* without separators, in lower case: ``put_object`` and ``PutObject`` are one."""
    return re.sub(r"[\W_]+", "", name).lower()


def one_slip(word: str, known: str) -> bool:
    """Is *word* *known*, or one character off: wrong, missing, too many, swapped with the next?"""
    if abs(len(word) - len(known)) > 1:
        return False
    start = 0
    while start < min(len(word), len(known)) and word[start] == known[start]:
        start += 1
    word, known = word[start:], known[start:]
    return word[1:] == known[1:] or word[1:] == known or word == known[1:] or _swapped(word, known)


def _swapped(word: str, known: str) -> bool:
    return word[:2] == known[1::-1] and word[2:] == known[2:]
