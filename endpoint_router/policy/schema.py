"""The model's classes as something to talk about: which keys there are and what each may hold.

Error texts and the reference page both ask here, so neither can drift from :mod:`.model`.
Reads nothing but the classes. Not imported at a start that goes well: it costs more than the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec
from msgspec import inspect

from .keys import keys_of
from .model import Policy
from .paths import Path, value_at

#: What :func:`describe` calls them.
SWITCH, TEXTS = "true or false", "a list of text"


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


def is_list(node: inspect.Type | None) -> bool:
    """May it hold any number of values?"""
    return any(isinstance(part, inspect.VarTupleType) for part in _parts(node))


def is_table(node: inspect.Type | None) -> bool:
    """Is it a table of keys?"""
    return bool(_structs(node))


def homes(key: str, value: object) -> list[str]:
    """Where a policy has *key*, in words; those that may hold *value*, if any may.

    A rule has each setting of ``[defaults]``, which is then the place to name.
    """
    places = [
        (where, _fits(value, keys_of(struct.cls)[key].kind), single)
        for where, struct, single in _tables()
        if key in keys(struct)
    ]
    places = [place for place in places if place[1]] or places
    places = [place for place in places if place[2]] or places
    return [where for where, _, _ in places]


def _tables() -> Iterator[tuple[str, inspect.StructType, bool]]:
    """Each table of the model: where it stands, its class, and whether there is only one."""
    (policy,) = _structs(root())
    yield "at the top level, before the first table", policy, True
    for name, field in keys(policy).items():
        for struct in _structs(field.type):
            yield f"under [{name}]", struct, True
        for part in _parts(field.type):
            for struct in (
                _structs(part.item_type) if isinstance(part, inspect.VarTupleType) else ()
            ):
                tag = f' with {struct.tag_field} = "{struct.tag}"' if struct.tag_field else ""
                yield f"under [[{name}]]{tag}", struct, False


def _fits(value: object, kind: object) -> bool:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, ValueError):
        return False
    return True


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
            return SWITCH
        case inspect.FloatType() | inspect.IntType():
            low = f"more than {node.gt:g}" if node.gt is not None else f"at least {node.ge or 0:g}"
            return f"a number, {low} and at most {node.le:g}" if node.le is not None else "a number"
        case inspect.DateType():
            return "a date, YYYY-MM-DD"
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return TEXTS
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
