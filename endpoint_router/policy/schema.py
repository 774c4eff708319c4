"""The model's classes as something to talk about: which keys there are and what each may hold.

Error texts and the reference page both ask here, so neither can drift from :mod:`.model`.
Reads nothing but the classes. Not imported at a start that goes well: it costs more than the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import inspect

from .model import Policy
from .paths import Path, value_at


@lru_cache(maxsize=1)
def root() -> inspect.Type:
    """The type of a whole policy."""
    return inspect.type_info(Policy)


def node_at(path: Path, values: object = None) -> inspect.Type | None:
    """Type of the value at *path*; *values*, a policy, settles which class of a union it is."""
    node: inspect.Type | None = root()
    for step in path:
        node = _child(node, step, values)
        values = value_at((step,), values)
    return node


def keys(node: inspect.Type | None, values: object = None) -> dict[str, inspect.Field]:
    """Keys of a table, by name; of a union's classes the one that *values* is tagged as."""
    fields: dict[str, inspect.Field] = {}
    tag = value_at(("type",), values)
    for struct in _structs(node):
        if struct.tag_field is None or tag is None or struct.tag == tag:
            fields.update({field.encode_name: field for field in struct.fields})
    return fields


def names(node: inspect.Type | None, values: object = None) -> list[str]:
    """Names that may stand in a table, the tag included."""
    tagged = sorted({struct.tag_field for struct in _structs(node) if struct.tag_field})
    return [*tagged, *keys(node, values)]


def choices(node: inspect.Type | None) -> list[str]:
    """Texts that a value may be, where only some are allowed."""
    return [
        value
        for part in _parts(node)
        if isinstance(part, inspect.LiteralType)
        for value in part.values
        if isinstance(value, str)
    ]


def describe(node: inspect.Type | None) -> str:
    """What a value may be, in words."""
    structs = _structs(node)
    if structs and structs[0].tag_field:
        tags = either(f'"{struct.tag}"' for struct in structs)
        return f"a table with {structs[0].tag_field} = {tags}"
    return either(_describe(part) for part in _parts(node)) or "nothing"


def either(words: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = tuple(words) or ("",)
    return f"{', '.join(most)} or {last}" if most else last


def _describe(node: inspect.Type) -> str:
    match node:
        case inspect.LiteralType():
            return either(f'"{v}"' if isinstance(v, str) else str(v) for v in node.values)
        case inspect.BoolType():
            return "true or false"
        case inspect.FloatType() | inspect.IntType():
            low = f"more than {node.gt:g}" if node.gt is not None else f"at least {node.ge or 0:g}"
            return f"a number, {low} and at most {node.le:g}" if node.le is not None else "a number"
        case inspect.DateType():
            return "a date, YYYY-MM-DD"
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return "a list of text"
        case inspect.VarTupleType():
            return "a list of " + describe(node.item_type).replace("a table", "tables", 1)
        case inspect.StructType():
            return "a table"
        case inspect.StrType(max_length=int(limit)):
            return f"text of 1 to {limit} characters"
        case _:
            return "text"


def _child(node: inspect.Type | None, step: str | int, values: object) -> inspect.Type | None:
    if isinstance(step, int):
        node = _bare(node)
        return node.item_type if isinstance(node, inspect.VarTupleType) else None
    structs = _structs(node)
    if any(struct.tag_field == step for struct in structs):
        return inspect.LiteralType(tuple(str(struct.tag) for struct in structs))
    field = keys(node, values).get(step)
    return field.type if field else None


def _parts(node: inspect.Type | None) -> list[inspect.Type]:
    node = _bare(node)
    if isinstance(node, inspect.UnionType):
        bare = map(_bare, node.types)
        return [part for part in bare if part and not isinstance(part, inspect.NoneType)]
    return [node] if node else []


def _bare(node: inspect.Type | None) -> inspect.Type | None:
    """Without what is stated beside a type: its meaning, say."""
    return _bare(node.type) if isinstance(node, inspect.Metadata) else node


def _structs(node: inspect.Type | None) -> list[inspect.StructType]:
    return [part for part in _parts(node) if isinstance(part, inspect.StructType)]
