"""A policy document: a TOML or JSON file, or JSON written straight into a variable or profile.

Parses it, within limits. What the keys mean is not known here, except that a document states its
``version``. Reading the file is :mod:`.files`'.
"""

from __future__ import annotations

import os

from msgspec import Struct
from msgspec.structs import replace

from ..errors import PolicyError
from .layer import Layer, decode, place
from .origins import Origin
from .paths import Path
from .plain_words import in_plain_words
from .quoting import quote, shorten
from .remarks import Remark

#: Bytes; a policy is some kilobytes, so a larger file is another file. Parsers take a second for
#: four times as much.
MAX_BYTES = 1 << 18
#: Parts of a dotted key. The model has four; the parser's time grows with their square.
MAX_PARTS = 32
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_TOML_POSITION = r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)"
_TOML_END = " (at end of document)"


class PolicyText(Struct, frozen=True):
    """What stands in a policy file."""

    text: str
    #: The file, with its full path.
    origin: Origin
    #: Who besides root and this user may change it; empty for nobody.
    open_to: str = ""


def is_inline(text: str) -> bool:
    """Whether *text* is JSON itself rather than a path to a file."""
    return text.lstrip().startswith("{")


def from_text(text: str, origin: Origin) -> Layer:
    """Inline JSON.

    :raises PolicyError: where it is too large, does not parse or does not fit the model.
    """
    if len(text) > MAX_BYTES:
        found = f"more than {MAX_BYTES} characters"
        raise PolicyError(where=place(origin), found=found, expected="a policy in JSON")
    return _layer(_parse_json(text, origin), origin)


def from_file(name: str, named_by: str = "") -> Layer:
    """A file; ``.toml`` or ``.json`` decide the language, else a ``{`` at its start means JSON.

    :param named_by: as for :func:`.files.read`.
    :raises PolicyError: where it cannot be read, does not parse or does not fit the model; and
        where it is locked, and others may write it.
    """
    from .files import read  # most processes read one file at most, some none

    return from_read(read(name, named_by))


def from_read(file: PolicyText) -> Layer:
    """What :func:`from_file` makes of the file, once it is read."""
    from .lines import spots  # a policy without a file has no lines

    text, origin = file.text, file.origin
    suffix = os.path.splitext(origin.name)[1].lower()
    language = "json" if suffix == ".json" or (suffix != ".toml" and is_inline(text)) else "toml"
    parse = _parse_json if language == "json" else _parse_toml
    values = parse(text, origin)
    places = {
        at: replace(origin, line=spot.line, column=spot.column)
        for at, spot in spots(text, language).items()
    }
    layer = _layer(values, origin, places)
    return _guarded(layer, file.open_to) if file.open_to else layer


def _layer(values: object, origin: Origin, places: dict[Path, Origin] | None = None) -> Layer:
    layer = decode(values, origin, places)
    if "version" not in layer.values:
        raise layer.refusal((), found="no version", expected="version = 1")
    return layer


def _guarded(layer: Layer, open_to: str) -> Layer:
    """A lock that others can take away locks nothing."""
    way_out = "Give it to root or to the user who runs this, with mode 0644."
    if layer.policy.locked:
        raise layer.refusal(
            ("locked",),
            found=f"true, in a file that may be changed by {open_to}",
            expected="a locked policy that only root and this user may change",
            hint=way_out,
        )
    text = f"{layer.origin} may be changed by {open_to}"
    remark = Remark(text, "file.writable", origin=layer.origin, way_out=way_out)
    return replace(layer, warnings=(remark,))


def _parse_toml(text: str, origin: Origin) -> object:
    import re

    from .toml import TOMLDecodeError, loads  # a parser that JSON does not need

    if deep := re.search(rf"(?<![\w-])(?:{_PART}){{{MAX_PARTS}}}", text):
        line = text.count("\n", 0, deep.start()) + 1
        raise PolicyError(
            where=place(replace(origin, line=line)),
            found=f"a key of more than {MAX_PARTS} parts",
            expected="keys of four parts at most",
        )
    try:
        return loads(text)
    except TOMLDecodeError as error:
        what, line, column = _toml_position(str(error), text)
        raise _syntax(what, line, column, "TOML", origin) from None
    except (ValueError, RecursionError) as error:  # overlong integers; nesting
        raise _syntax(in_plain_words(error), 0, 0, "TOML", origin) from None


def _toml_position(message: str, text: str) -> tuple[str, int, int]:
    import re

    # Only Python 3.14 gives line and column as attributes.
    if match := re.fullmatch(_TOML_POSITION, message, re.S):
        return match["what"], int(match["line"]), int(match["column"])
    last = text.rfind("\n") + 1
    return message.removesuffix(_TOML_END), text.count("\n") + 1, len(text) - last + 1


def _parse_json(text: str, origin: Origin) -> object:
    import json

    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _syntax(
            error.msg.removesuffix(" at"), error.lineno, error.colno, "JSON", origin
        ) from None
    except (ValueError, RecursionError) as error:
        raise _syntax(in_plain_words(error), 0, 0, "JSON", origin) from None


def _syntax(what: str, line: int, column: int, language: str, origin: Origin) -> PolicyError:
    at = f" at line {line}, column {column}" if line else ""
    if origin.kind == "file":
        origin = replace(origin, line=line, column=column)
    where = place(origin)
    yaml = origin.name.lower().endswith((".yaml", ".yml"))
    return PolicyError(
        where=where,
        found=f"{shorten(what)}{at}",
        expected=f"well-formed {language}",
        hint="YAML is not read: write TOML or JSON." if yaml else "",
    )


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """JSON's parser would silently keep the last of two equal keys."""
    table: dict[str, object] = {}
    for key, value in pairs:
        if key in table:
            raise ValueError(f"the key {quote(key)} twice in one table")
        table[key] = value
    return table


def _no_constant(name: str) -> object:
    raise ValueError(f"{name}, which is not JSON")
