"""What Python's codecs, parsers and file functions object to, for people who need not know Python.

Only what a policy, a path or a command's argument can bring about. Pure.
"""

from __future__ import annotations

import re

from .quoting import shorten

# Texts: hardly a process needs them compiled.
_DIGITS = r"Exceeds the limit \((\d+)"
_TYPE = r"Encoding objects of type (\S+) is unsupported"


def in_plain_words(error: Exception) -> str:
    """What was found, where *error* says what Python could not do with it."""
    text = str(error)
    if isinstance(error, RecursionError):
        return "tables or lists that are nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return "half of a surrogate pair, which is no character"
    if isinstance(error, OverflowError):
        return "a number that is too large"
    if digits := re.match(_DIGITS, text):
        return f"an integer of more than {digits[1]} digits"
    if "embedded null" in text:  # Python 3.13 says first who found it
        return "a NUL, which no path holds"
    if kind := re.match(_TYPE, text):
        return f"a value of type {shorten(kind[1])}"
    if isinstance(error, TypeError):
        return "a key that is no text"
    return shorten(text)
