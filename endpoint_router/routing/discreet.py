"""A value whose text leaves some fields out: no repr, log or traceback shows a password. Pure."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class Discreet(Struct, frozen=True):
    """Base of values with fields that nobody is to read by chance."""

    #: Names of those fields.
    unshown: ClassVar[tuple[str, ...]] = ()

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What a repr shows, also that of ``rich``."""
        shown = (name for name in self.__struct_fields__ if name not in self.unshown)
        return [(name, getattr(self, name)) for name in shown]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"
