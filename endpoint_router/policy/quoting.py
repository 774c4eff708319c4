"""Values as error texts show them: in TOML's words, short and printable. Pure.

A policy is written by people who need not know Python: what they wrote is shown as they wrote it,
``true`` and ``["us-gov-*"]``, whichever language the file is in.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from itertools import islice

from ..printable import printable

#: Characters of one text, and of a value as a whole.
_LONGEST = 80
#: Items of a list or a table.
_MOST = 6
#: Lists in lists.
_DEEPEST = 3
#: Of an integer. Python refuses to print more than 4300 digits.
_BITS = 256


def shorten(text: str) -> str:
    """*text* in at most 80 characters, control characters spelled out."""
    text = printable(text[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def quote(value: object) -> str:
    """*value* as TOML would write it, shortened."""
    if isinstance(value, str):
        return f'"{shorten(value)}"'
    text = _written(value, 0)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _written(value: object, depth: int) -> str:
    match value:
        case None:
            return "null"  # JSON's; TOML has none
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{shorten(value)}"'
        case int() if value.bit_length() > _BITS:
            return f"an integer of {value.bit_length()} bits"
        case int() | float() | datetime.date() | datetime.time():
            return str(value)
        case list() | tuple():
            items = (_written(item, depth + 1) for item in islice(value, _MOST))
            return _braced("[", items, "]", len(value), depth)
        case Mapping():
            pairs = islice(value.items(), _MOST)
            items = (f"{_key(name)} = {_written(item, depth + 1)}" for name, item in pairs)
            return _braced("{", items, "}", len(value), depth)
        case bytes():
            return "bytes"
        case _:
            return "what TOML cannot say"


def _braced(start: str, items: Iterator[str], end: str, length: int, depth: int) -> str:
    if length and depth >= _DEEPEST:
        return f"{start}...{end}"
    return f"{start}{', '.join(items)}{', ...' * (length > _MOST)}{end}"


def _key(name: object) -> str:
    text = str(name)
    bare = text.isascii() and text.replace("-", "").replace("_", "").isalnum()
    return shorten(text) if bare else f'"{shorten(text)}"'
