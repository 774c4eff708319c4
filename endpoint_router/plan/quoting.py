"""Text from a log as a string of TOML or HCL: it never gets out of there."""

from __future__ import annotations

_DOLLAR, _PERCENT = r"\u0024", r"\u0025"


def toml(text: str) -> str:
    """A basic string of TOML."""
    return f'"{_escaped(text)}"'


def hcl(text: str) -> str:
    """A quoted template of HCL in which nothing is interpolated (``${`` and ``%{`` would be).

    By number rather than doubled: what ``$$${`` means depends on who reads it.
    """
    return f'"{_escaped(text).replace("$", _DOLLAR).replace("%", _PERCENT)}"'


def _escaped(text: str) -> str:
    return "".join(_escape(character) for character in text)


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:  # half of a pair, which neither language can hold
        return "\ufffd"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
