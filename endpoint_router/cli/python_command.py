"""How Python reads its own command line: which words are options, and what it runs.

One reading for all who ask: whether routing comes to a program (:mod:`.reach`), and with what its
Python is started again to be looked into (:mod:`.interpreter`). No file is looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

__all__ = ["PYTHON", "PythonCommand", "read"]

PYTHON = re.compile(r"(python|pypy)[\d.]*t?(\.exe)?")
#: Options that take a value, in the same word or in the next.
_VALUED = "WX"
_LONG_VALUED = "--check-hash-based-pycs"
#: After which no program runs, and ``--help-…``.
_TELLING = frozenset({"V", "h", "?", "--version"})


class PythonCommand(Struct, frozen=True):
    """The words behind a Python, as it takes them."""

    #: As they were written, with their values.
    options: tuple[str, ...]
    #: The letters of those that take no value, and the long ones whole.
    flags: frozenset[str]
    #: A file, ``-``, or ``-m`` or ``-c`` and its value in the next word; and their arguments.
    program: tuple[str, ...]

    @property
    def runs_nothing(self) -> bool:
        """Does it only tell of itself?"""
        return bool(self.flags & _TELLING) or any(flag.startswith("--help") for flag in self.flags)


def read(words: Sequence[str]) -> PythonCommand:
    """What Python makes of *words*, which stand behind it."""
    options: list[str] = []
    flags: set[str] = set()
    at = 0
    while at < len(words):
        word = words[at]
        if not word.startswith("-") or word == "-":
            break
        if word.startswith("--"):
            flags.add(word)
            takes = 2 if word == _LONG_VALUED else 1
        else:
            end = next((i for i, letter in enumerate(word) if i and letter in f"cm{_VALUED}"), 0)
            flags |= set(word[1 : end or None])
            if end and word[end] in "cm":
                if end > 1:
                    options.append(word[:end])
                value = [word[end + 1 :]] if word[end + 1 :] else []
                program = (f"-{word[end]}", *value, *words[at + 1 :])
                return PythonCommand(tuple(options), frozenset(flags), program)
            takes = 2 if end and end == len(word) - 1 else 1
        options += words[at : at + takes]
        at += takes
    return PythonCommand(tuple(options), frozenset(flags), tuple(words[at:]))
