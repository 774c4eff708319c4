"""One source of policy, checked against the model, that remembers where each value was written.

A layer is the only thing here that can phrase a :class:`PolicyError`: it knows the file and line,
variable or argument of every key path. Reads nothing from the world.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from .. import codes
from ..errors import PolicyError
from ..process import decoding
from .bad_value import BadValue
from .model import Policy
from .origins import Origin, Place
from .parsed import Parsed, parse
from .paths import LISTS, Path, dotted
from .plain_words import in_plain_words
from .quoting import quote, shorten
from .remarks import Remark

# What TOML and Python give that JSON has not; left alone, so that an error can name it.
_AS_THEY_ARE = (bytes, datetime.date, datetime.datetime, datetime.time)
#: Of any list: rules, endpoints, globs, networks.
MAX_ITEMS = 1000
#: Of ``[[vpc_endpoints]]`` that do not say theirs: nearly all are interfaces.
TYPE_OF_ENDPOINT = "interface"
#: No list of the model lies deeper.
_DEPTH = 4


class Layer(Struct, frozen=True):
    """What one source says.

    :ivar values: plain dicts, lists and scalars: only the keys that were written.
    :ivar policy: the same, decoded, with defaults for the rest.
    :ivar parsed: what its texts stand for.
    :ivar origin: the source as a whole.
    :ivar places: origins of single key paths, as far as known.
    :ivar warnings: about the source as a whole.
    """

    values: Mapping[str, object]
    policy: Policy
    parsed: Parsed
    origin: Origin
    places: Mapping[Path, Origin]
    warnings: tuple[Remark, ...] = ()

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
            if key in LISTS and isinstance(value, (list, tuple)):
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
            where=place(origin),
            found=in_plain_words(error),
            expected="tables, lists, text, numbers, true, false and dates",
        ) from None
    _drop_schema(plain, origin, places)
    _check_lengths((), plain, origin, places)
    if isinstance(plain, dict) and "vpc_endpoints" in plain:
        plain = {**plain, "vpc_endpoints": _typed(plain["vpc_endpoints"])}
    policy = _convert(plain, origin, places)
    if policy.vpc_endpoints:
        plain = _canonical(plain)
        policy = _convert(plain, origin, places)
    try:
        parsed = parse(policy)
    except BadValue as bad:
        where = place(_origin_at(bad.path, origin, places), bad.path)
        raise PolicyError(
            where=where, found=bad.found, expected=bad.expected, hint=bad.hint
        ) from None
    return Layer(plain, policy, parsed, origin, places)


def place(origin: Origin, path: Path = ()) -> Place:
    """*origin* and *path* as an error names them: ``policy.toml:3, defaults.fips``."""
    text, key = str(origin).removeprefix("file "), dotted(path)
    if key and origin.kind != "variable":
        text = f"{text}, {key}"
    return Place(text, origin, key)


def _origin_at(path: Path, whole: Origin, places: Mapping[Path, Origin]) -> Origin:
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return whole


def _convert(plain: object, origin: Origin, places: Mapping[Path, Origin]) -> Policy:
    try:
        with decoding.here:
            return msgspec.convert(plain, Policy)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), plain, origin, places) from None
    except ValueError as error:  # lone surrogates; integers too long to print
        raise PolicyError(
            where=place(origin), found=in_plain_words(error), expected="Unicode text and numbers"
        ) from None


def _misfit(
    message: str, plain: object, origin: Origin, places: Mapping[Path, Origin]
) -> PolicyError:
    """msgspec's *message* as an error with a place and a way out."""
    from .validation_errors import explain  # costs more than all the rest, where all is well

    path, found, expected, hint = explain(message, plain)
    where = place(_origin_at(path, origin, places), tuple(_short_step(s) for s in path))
    return PolicyError(where=where, found=found, expected=expected, hint=hint)


def _check_lengths(
    path: Path, plain: object, origin: Origin, places: Mapping[Path, Origin]
) -> None:
    """Some checks hold each item of a list against each of another."""
    if len(path) > _DEPTH:
        return
    if isinstance(plain, (list, tuple)):
        if len(plain) > MAX_ITEMS:
            where = place(_origin_at(path, origin, places), tuple(_short_step(s) for s in path))
            found = f"a list of {len(plain)}"
            raise PolicyError(where=where, found=found, expected=f"{MAX_ITEMS} items at most")
        steps: Iterable[tuple[str | int, object]] = enumerate(plain)
    else:
        steps = plain.items() if isinstance(plain, dict) else ()
    for step, value in steps:
        if isinstance(value, (list, tuple, dict)):
            _check_lengths((*path, step), value, origin, places)


def _drop_schema(plain: object, origin: Origin, places: Mapping[Path, Origin]) -> None:
    """``"$schema"`` tells editors what the document is; the policy is the same without it."""
    if not isinstance(plain, dict) or "$schema" not in plain:
        return
    if not isinstance(named := plain.pop("$schema"), str):
        path: Path = ("$schema",)
        where = place(_origin_at(path, origin, places), path)
        raise PolicyError(where=where, found=quote(named), expected="text, as a URL or file name")


def _typed(endpoints: object) -> object:
    """*endpoints*, each with its type; the model cannot say what it is by default."""
    if not isinstance(endpoints, (list, tuple)):
        return endpoints
    return [
        {"type": TYPE_OF_ENDPOINT, **endpoint} if isinstance(endpoint, dict) else endpoint
        for endpoint in endpoints
    ]


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
