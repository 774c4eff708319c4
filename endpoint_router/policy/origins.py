"""Where a value was written: a frozen value, which every setting and endpoint carries."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

OriginKind = Literal["default", "file", "inline", "variable", "code", "profile", "application"]


class Origin(Struct, frozen=True):
    """Where a value was written."""

    kind: OriginKind
    #: Path, variable or profile name; empty for defaults and code.
    name: str = ""
    #: Line in a file, counted from 1; 0 where there is none.
    line: int = 0
    #: Column in that line, in characters counted from 1; 0 where it is not known. No text shows it.
    column: int = 0

    def __str__(self) -> str:
        if self.kind == "default":
            return "default"
        where = f"{self.name}:{self.line}" if self.line else self.name
        if self.kind == "variable":
            return where
        return f"{self.kind} {where}".strip()


DEFAULT = Origin("default")


class Place(str):
    """How an error names a place, and what it is made of: whoever wants the column finds it here.

    A text, because a place that no file has (a variable, an argument) is nothing else.
    """

    origin: Origin
    #: Dotted; empty for the origin as a whole.
    path: str

    def __new__(cls, text: str, origin: Origin = DEFAULT, path: str = "") -> Place:
        place = super().__new__(cls, text)
        place.origin, place.path = origin, path
        return place
