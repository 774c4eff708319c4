"""Names and texts as parts of a statement, whatever is in them. Pure."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["Dialect", "literal", "quoted", "table_name"]

Dialect = Literal["athena", "lake"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}", re.ASCII)
_STORE = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)


def literal(text: str) -> str:
    """*text* as SQL, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """*name* as an identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def table_name(text: str, dialect: Dialect = "athena") -> tuple[str, ...]:
    """The parts of a table's name.

    :raises ValueError: it is none; the text says what one is.
    """
    if dialect == "lake":
        store = text.rpartition("/")[2]  # of an ARN
        if not _STORE.fullmatch(store):
            raise ValueError("expected an event data store's id or ARN")
        return (store,)
    parts = tuple(text.split("."))
    if len(parts) > 3 or not all(map(_NAME.fullmatch, parts)):
        raise ValueError("expected TABLE, DATABASE.TABLE or CATALOG.DATABASE.TABLE")
    return parts
