"""msgspec's message about what does not fit the model, as our error: place, found, expected, hint.

Imported only where something does not fit. Pure.
"""

from __future__ import annotations

import re

from . import schema
from .nearest_name import did_you_mean
from .paths import Path, value_at
from .quoting import quote

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
        return (*path, key), f"unknown key {quote(key)}", expected, did_you_mean(key, known)
    if missing := _MISSING.fullmatch(what):
        key = missing["key"]
        kind = schema.describe(schema.node_at((*path, key), plain))
        return path, f"no {key}", f"{key}: {kind}", ""
    hint = did_you_mean(value, schema.choices(node)) if isinstance(value, str) else ""
    return path, quote(value), schema.describe(node), hint
