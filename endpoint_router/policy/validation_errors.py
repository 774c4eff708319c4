"""msgspec's message about what does not fit the model, as our error: place, found, expected, hint.

Imported only where something does not fit. Pure.
"""

from __future__ import annotations

import re

from msgspec.inspect import Type

from . import schema
from .nearest_name import did_you_mean
from .paths import Path, value_at
from .quoting import quote
from .slips import one_slip

_AT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`$]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<key>\w+)`")


def explain(message: str, plain: object) -> tuple[Path, str, str, str]:
    """Key path, what was found there, what is expected, and a hint or nothing.

    :param message: msgspec's, which names one path.
    :param plain: the values that it is about.
    """
    match = _AT.fullmatch(message)
    what, steps = (match["what"], match["path"] or "") if match else (message, "")
    path: Path = tuple(
        int(index) if index else name for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", steps)
    )
    node, value = schema.node_at(path, plain), value_at(path, plain)
    if unknown := _UNKNOWN.fullmatch(what):
        key, known = unknown["key"], schema.names(node, value)
        expected = f"one of {', '.join(known)}"
        hint = _way_out(key, known, value_at((*path, key), plain))
        return (*path, key), f"unknown key {quote(key)}", expected, hint
    if missing := _MISSING.fullmatch(what):
        key = missing["key"]
        kind = schema.describe(schema.node_at((*path, key), plain))
        return path, f"no {key}", f"{key}: {kind}", ""
    return path, quote(value), schema.describe(node), _rewritten(path, value, node)


def _way_out(key: str, known: list[str], value: object) -> str:
    """What the unknown *key* was meant to be, or where it should stand."""
    if any(one_slip(key, name) for name in known):
        return did_you_mean(key, known)
    homes = schema.homes(key, value)
    return f"It belongs {schema.either(homes)}." if homes else did_you_mean(key, known)


def _rewritten(path: Path, value: object, node: Type | None) -> str:
    """How *value* was probably meant to be written."""
    wanted = schema.describe(node)
    if isinstance(value, str):
        if wanted == schema.TEXTS:
            return f"Write [{quote(value)}], a list of one."
        if wanted == schema.SWITCH and value in ("true", "false"):
            return f"Write {value}, without quotes."
        return did_you_mean(value, schema.choices(node))
    name = path[-1] if path else 0
    if isinstance(name, str) and isinstance(value, dict) and schema.is_list(node):
        return f"In TOML, each begins with [[{name}]]."
    if isinstance(name, str) and isinstance(value, (list, tuple)) and schema.is_table(node):
        return f"In TOML, it begins with [{name}]."
    return ""
