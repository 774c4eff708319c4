"""A policy document: a TOML or JSON file, or JSON written straight into a variable or profile.

Reads one file and parses it. A document that cannot be read is a :class:`PolicyError`, never "no
policy". What the keys mean is not known here, except that a document states its ``version``.
"""

from __future__ import annotations

import os
import stat

from msgspec.structs import replace

from ..errors import PolicyError
from .layer import Layer, decode, place
from .origins import Origin
from .quoting import quote, shorten

#: Bytes; a policy is some kilobytes, so a larger file is another file.
MAX_BYTES = 1 << 20
_TOML_POSITION = r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)"
_TOML_END = " (at end of document)"


def is_inline(text: str) -> bool:
    """Whether *text* is JSON itself rather than a path to a file."""
    return text.lstrip().startswith("{")


def from_text(text: str, origin: Origin) -> Layer:
    """Inline JSON.

    :raises PolicyError: where it does not parse or does not fit the model.
    """
    return _layer(_parse_json(text, origin), origin)


def from_file(name: str) -> Layer:
    """A file; ``.toml`` or ``.json`` decide the language, else a ``{`` at its start means JSON.

    :raises PolicyError: where it cannot be read, does not parse or does not fit the model.
    """
    from .lines import lines  # a policy without a file has none

    path = os.path.expanduser(name)
    origin = Origin("file", path)
    text = _read(path, origin)
    suffix = os.path.splitext(path)[1].lower()
    language = "json" if suffix == ".json" or (suffix != ".toml" and is_inline(text)) else "toml"
    parse = _parse_json if language == "json" else _parse_toml
    values = parse(text, origin)
    places = {at: replace(origin, line=line) for at, line in lines(text, language).items()}
    return _layer(values, origin, places)


def _layer(
    values: object, origin: Origin, places: dict[tuple[str | int, ...], Origin] | None = None
) -> Layer:
    layer = decode(values, origin, places)
    if "version" not in layer.values:
        raise layer.refusal((), found="no version", expected="version = 1")
    return layer


def _read(path: str, origin: Origin) -> str:
    where, expected = place(origin), "a policy file (TOML or JSON, UTF-8)"
    if not path.strip():
        raise PolicyError(where="path of the policy", found="nothing", expected=expected)
    try:
        # Opening a pipe would wait for its writer, and a device has no end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            kind = "a directory" if os.path.isdir(path) else "no regular file"
            raise PolicyError(where=where, found=kind, expected=expected)
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise PolicyError(where=where, found=found, expected=expected) from error
    except ValueError as error:  # a NUL or a lone surrogate in the name
        raise PolicyError(where=where, found=shorten(str(error)), expected=expected) from error
    if len(data) > MAX_BYTES:
        found = f"more than {MAX_BYTES} bytes"
        raise PolicyError(where=where, found=found, expected=expected)
    try:
        text = data.decode("utf-8-sig")  # editors on Windows write a BOM
    except UnicodeDecodeError as error:
        where = place(replace(origin, line=data.count(b"\n", 0, error.start) + 1))
        found = f"byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise PolicyError(where=where, found=found, expected=expected) from None
    if not text.strip():
        raise PolicyError(where=where, found="an empty file", expected=expected)
    return text


def _parse_toml(text: str, origin: Origin) -> object:
    from .toml import TOMLDecodeError, loads  # a parser that JSON does not need

    try:
        return loads(text)
    except TOMLDecodeError as error:
        what, line, column = _toml_position(str(error), text)
        raise _syntax(what, line, column, "TOML", origin) from None
    except (ValueError, RecursionError) as error:  # overlong integers; nesting
        raise _syntax(str(error), 0, 0, "TOML", origin) from None


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
        raise _syntax(str(error), 0, 0, "JSON", origin) from None


def _syntax(what: str, line: int, column: int, language: str, origin: Origin) -> PolicyError:
    at = f" at line {line}, column {column}" if line else ""
    where = place(replace(origin, line=line if origin.kind == "file" else 0))
    return PolicyError(
        where=where, found=f"{shorten(what)}{at}", expected=f"well-formed {language}"
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
