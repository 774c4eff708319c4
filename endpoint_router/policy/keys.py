"""What the model states about a key besides its type and default: meaning, strictness, variable.

:mod:`.model` writes it into each key's annotation with :func:`key`; whoever needs it (variables,
locks, schema, reference page) reads it from there with :func:`keys_of`. No list of keys stands
anywhere else.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta, Struct


class Key(Struct, frozen=True):
    """One key of one table."""

    #: Its type, without what is stated beside it.
    kind: Any
    #: One line, in Markdown.
    meaning: str
    #: May one value of it be weaker than another? A list of globs is stricter the fewer it holds.
    graded: bool = False
    #: Suffix of the environment variable that fills it; empty for none.
    variable: str = ""
    #: What to tell a reader about the variable's text; empty: the usual of its type.
    spelled: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """Values from weakest to strongest; empty where they cannot be told apart so."""
        return get_args(self.kind) if self.graded and get_origin(self.kind) is Literal else ()

    @property
    def is_list(self) -> bool:
        """Does it hold any number of values?"""
        return get_origin(self.kind) is tuple


def key(
    meaning: str, *, graded: bool = False, variable: str = "", spelled: str = "", **limits: Any
) -> Meta:
    """For ``Annotated[…, key(…)]``: see :class:`Key`.

    :param graded: its values stand in their ``Literal`` from weakest to strongest.
    :param limits: as ``Meta`` takes them (``ge``, ``le``, ``min_length``, …).
    """
    extra = {"graded": graded, "variable": variable, "spelled": spelled}
    meta: Meta = Meta(description=meaning, extra=extra, **limits)
    return meta


@cache
def keys_of(struct: type[Struct]) -> dict[str, Key]:
    """The keys of a class of the model, by name, in their order."""
    hints: dict[str, Any] = {}
    for cls in reversed(struct.__mro__):
        hints.update(getattr(cls, "__annotations__", {}) if issubclass(cls, Struct) else {})
    return {name: _key(hints[name]) for name in struct.__struct_fields__}


def _key(hint: Any) -> Key:
    if get_origin(hint) is not Annotated:  # ``None`` in a rule: not said
        hint = next(part for part in get_args(hint) if get_origin(part) is Annotated)
    meta = next(meta for meta in hint.__metadata__ if meta.extra)
    return Key(hint.__origin__, meta.description, **meta.extra)
