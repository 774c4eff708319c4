"""Values as error texts show them: short, printable, in quotes where they are text. Pure."""

from __future__ import annotations

import reprlib


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to print integers of more than 4300 digits.
        return repr(x) if x.bit_length() < 256 else f"an integer of {x.bit_length()} bits"


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxlevel = 3


def shorten(value: object) -> str:
    """*value* in about 80 characters."""
    text = value if isinstance(value, str) else _SHORT.repr(value)
    if isinstance(value, str):
        text = ascii(value) if not value.isprintable() else value
    return text if len(text) <= 80 else f"{text[:77]}..."


def quote(value: object) -> str:
    """*value* shortened, in quotes where it is text."""
    return f'"{shorten(value)}"' if isinstance(value, str) else shorten(value)
