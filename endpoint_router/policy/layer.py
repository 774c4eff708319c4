"""One source of policy, checked against the model, that remembers where each value was written.

A layer is the only thing here that can phrase a :class:`PolicyError`: it knows the file and line,
variable or argument of every key path. Reads nothing from the world.
"""

from __future__ import annotations

import datetime
import difflib
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from .. import codes
from ..errors import PolicyError
from . import schema
from .loaded import Origin
from .model import Policy
from .schema import Path, dotted

# What TOML and Python give that JSON has not; left alone, so that an error can name it.
_AS_THEY_ARE = (bytes, datetime.date, datetime.datetime, datetime.time)
_AT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`$]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<key>\w+)`")


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says.

    :ivar values: plain dicts, lists and scalars: only the keys that were written.
    :ivar policy: the same, decoded, with defaults for the rest.
    :ivar origin: the source as a whole.
    :ivar places: origins of single key paths, as far as known.
    """

    values: Mapping[str, object]
    policy: Policy
    origin: Origin
    places: Mapping[Path, Origin]

    def origin_at(self, path: Path) -> Origin:
        """Origin of the value at *path*: its own, or that of the nearest table around it."""
        return _origin_at(path, self.origin, self.places)

    def refusal(
        self,
        path: Path,
        *,
        found: str,
        expected: str,
        hint: str = "",
        code: str = codes.POLICY_INVALID,
    ) -> PolicyError:
        """The error for the value at *path*, for the caller to raise."""
        where = place(self.origin_at(path), path)
        return PolicyError(where=where, found=found, expected=expected, hint=hint, code=code)

    def paths(self) -> Iterator[Path]:
        """Every value that was written: scalars, lists of scalars, and items of lists of tables."""
        for key, value in self.values.items():
            if key in schema.LISTS and isinstance(value, (list, tuple)):
                for index, item in enumerate(value):
                    yield key, index
                    yield from ((key, index, name) for name in item)
            elif isinstance(value, dict):
                yield from ((key, name) for name in value)
            else:
                yield (key,)


def decode(values: object, origin: Origin, places: Mapping[Path, Origin] | None = None) -> Layer:
    """Check *values* (a dict, or a :class:`Policy`) against the model.

    :raises PolicyError: naming the first thing that does not fit.
    """
    places = places or {}
    try:
        plain = msgspec.to_builtins(values, builtin_types=_AS_THEY_ARE, str_keys=True)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise PolicyError(
            where=place(origin), found=shorten(str(error)), expected="plain tables, lists and text"
        ) from None
    _convert(plain, origin, places)
    values = _canonical(plain)
    return Layer(values, _convert(values, origin, places), origin, places)


def place(origin: Origin, path: Path = ()) -> str:
    """*origin* and *path* as an error names them: ``policy.toml:3, defaults.fips``."""
    text = str(origin).removeprefix("file ")
    if origin.kind == "variable" or not path:
        return text
    return f"{text}, {dotted(path)}"


def nearest(word: str, known: Iterable[str]) -> str:
    """``Did you mean 'fips'?``, or nothing."""
    close = difflib.get_close_matches(word[:80], list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else ""


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to print integers of more than 4300 digits.
        return repr(x) if x.bit_length() < 256 else f"an integer of {x.bit_length()} bits"


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxlevel = 3


def shorten(value: object) -> str:
    """*value* in about 80 characters."""
    text = value if isinstance(value, str) else _SHORT.repr(value)
    if isinstance(value, str):
        text = ascii(value) if not value.isprintable() else value
    return text if len(text) <= 80 else f"{text[:77]}..."


def _origin_at(path: Path, whole: Origin, places: Mapping[Path, Origin]) -> Origin:
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return whole


def _convert(plain: object, origin: Origin, places: Mapping[Path, Origin]) -> Policy:
    try:
        return msgspec.convert(plain, Policy)
    except msgspec.ValidationError as error:
        raise _explain(str(error), plain, origin, places) from None
    except ValueError as error:  # lone surrogates; integers too long to print
        raise PolicyError(
            where=place(origin), found=shorten(str(error)), expected="Unicode text and numbers"
        ) from None


def _explain(
    message: str, plain: object, origin: Origin, places: Mapping[Path, Origin]
) -> PolicyError:
    """msgspec's message, which names one path, as an error with a place and a way out."""
    match = _AT.fullmatch(message)
    what, steps = (match["what"], match["path"] or "") if match else (message, "")
    path: Path = tuple(
        int(index) if index else name for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", steps)
    )
    node, value = schema.node_at(path, plain), schema.value_at(path, plain)
    if unknown := _UNKNOWN.fullmatch(what):
        key, known = unknown["key"], schema.names(node, value)
        path = (*path, key)
        found, expected = f"unknown key {quote(key)}", f"one of {', '.join(known)}"
        hint = nearest(key, known)
    elif missing := _MISSING.fullmatch(what):
        key = missing["key"]
        found = f"no {key}"
        expected = f"{key}: {schema.describe(schema.node_at((*path, key), plain))}"
        hint = ""
    else:
        found, expected = quote(value), schema.describe(node)
        hint = nearest(value, schema.choices(node)) if isinstance(value, str) else ""
    where = place(_origin_at(path, origin, places), tuple(_short_step(s) for s in path))
    return PolicyError(where=where, found=found, expected=expected, hint=hint)


def quote(value: object) -> str:
    """*value* shortened, in quotes where it is text."""
    return f'"{shorten(value)}"' if isinstance(value, str) else shorten(value)


def _short_step(step: str | int) -> str | int:
    return shorten(step) if isinstance(step, str) else step


def _canonical(plain: Mapping[str, object]) -> dict[str, object]:
    """DNS names are one name in any case and with or without the root's dot (RFC 4343)."""
    endpoints = plain.get("vpc_endpoints")
    if not isinstance(endpoints, (list, tuple)):
        return dict(plain)
    lowered = [
        {
            key: [host.lower().removesuffix(".") for host in value]
            if key in ("dns_names", "serves")
            else value
            for key, value in endpoint.items()
        }
        for endpoint in endpoints
    ]
    return {**plain, "vpc_endpoints": lowered}
