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

    def __str__(self) -> str:
        if self.kind == "default":
            return "default"
        where = f"{self.name}:{self.line}" if self.line else self.name
        if self.kind == "variable":
            return where
        return f"{self.kind} {where}".strip()


DEFAULT = Origin("default")
