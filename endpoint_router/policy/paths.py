"""Where a value stands in a policy: ``("rules", 0, "fips")``, written ``rules[0].fips``. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from .keys import keys_of
from .model import Policy

#: Keys and indexes from the root.
Path = tuple[str | int, ...]

#: Lists that are concatenated when layers are merged, the stronger layer's items first.
LISTS = tuple(name for name, key in keys_of(Policy).items() if key.is_list)
#: Tables that are merged key by key.
TABLES: Mapping[str, type[Struct]] = {
    name: key.kind
    for name, key in keys_of(Policy).items()
    if isinstance(key.kind, type) and issubclass(key.kind, Struct)
}


def dotted(path: Path) -> str:
    """``rules[0].fips`` for ``("rules", 0, "fips")``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def value_at(path: Path, values: object) -> object:
    """The value at *path*, or ``None`` where there is none."""
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, (list, tuple)) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values
