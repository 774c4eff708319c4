"""What a check comes to: a colour, what was seen, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from msgspec import Struct

__all__ = ["GROUPS", "Colour", "Finding", "Judged", "amber", "green", "red", "worst"]

#: From good to bad. Amber: protected, or harmless, but somebody should know.
Colour = Literal["green", "amber", "red"]
_ORDER: tuple[Colour, ...] = get_args(Colour)

#: What stands before the dot of an id, as a person reads it.
GROUPS: Mapping[str, str] = {
    "policy": "Policy",
    "activation": "Switched on",
    "versions": "Versions",
    "names": "Names",
    "proxies": "Proxies",
    "overrides": "Overrides",
    "clock": "Clock",
    "log": "Decision log",
    "cryptography": "Cryptography",
}


class Judged(NamedTuple):
    """What a check says of what was seen."""

    colour: Colour
    seen: str
    #: What would make it green; empty where it is, or where nothing would.
    way_out: str = ""
    #: What *seen* is about, a line each.
    details: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """One check's answer, as ``--json`` has it."""

    #: ``group.name``; stable.
    id: str
    colour: Colour
    seen: str
    way_out: str = ""
    details: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]


def green(seen: str, *details: str) -> Judged:
    """As it should be."""
    return Judged("green", seen, "", details)


def amber(seen: str, way_out: str, *details: str) -> Judged:
    """Somebody should know."""
    return Judged("amber", seen, way_out, details)


def red(seen: str, way_out: str, *details: str) -> Judged:
    """Not protected."""
    return Judged("red", seen, way_out, details)


def worst(colours: Iterable[Colour]) -> Colour:
    """The worst of *colours*; green where there are none."""
    return max(colours, key=_ORDER.index, default="green")
