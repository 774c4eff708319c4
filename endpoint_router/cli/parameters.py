"""A call's parameters as a command line has them: ``--params JSON`` and ``--param NAME=VALUE``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..policy.nearest_name import did_you_mean
from ..policy.plain_words import in_plain_words
from ..policy.quoting import quote
from .output import BadInput

__all__ = ["Parameters", "misfits"]

#: What botocore calls the types of parameters, and JSON does not.
_TYPES = {
    "str": "text",
    "int": "an integer",
    "float": "a number",
    "decimal.Decimal": "a number",
    "bool": "true or false",
    "list": "an array",
    "tuple": "an array",
    "dict": "an object",
    "NoneType": "null",
    "bytes": "text",
    "bytearray": "text",
    "file-like object": "text",
}
#: As ``botocore.validate`` words it.
_MISFIT = re.compile(
    r"Invalid type for (?:document )?parameter (?P<name>[^,]*), value: .*, "
    r"type: <class '(?P<found>[^']*)'>, valid types: (?P<wanted>.*)",
    re.DOTALL,
)


class Parameters:
    """What was given, for each of the calls that are asked about.

    :param text: a JSON object.
    :param pairs: ``Bucket=b``; as text where the operation wants text, else as JSON.
    :raises BadInput: *text* is no JSON object, or a pair is none.
    """

    def __init__(self, text: str, pairs: Sequence[str] = ()) -> None:
        self._params = _params(text)
        self._pairs = dict(map(_pair, pairs))
        self._unused = dict(self._pairs)
        self._names: set[str] = set()

    def of(self, model: Any) -> dict[str, Any]:
        """Those of a call of this operation.

        :raises BadInput: a value cannot be what the operation wants.
        """
        members = model.input_shape.members if model.input_shape else {}
        self._names.update(members)
        params = dict(self._params)
        for name, value in self._pairs.items():
            if name in members:
                self._unused.pop(name, None)
                params[name] = _value(name, value, members[name].type_name)
        return params

    def check_all_used(self) -> None:
        """:raises BadInput: ``--param`` names one that none of the calls has."""
        for name in self._unused:
            close = did_you_mean(name, self._names)
            found = f"--param: found {quote(name)}, expected a parameter of the call."
            raise BadInput(f"{found} {close}".strip())


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInput(f"--param: found {quote(text)}, expected NAME=VALUE, as Bucket=example")
    _check_letters(text, "--param")
    return name, value


def _value(name: str, text: str, kind: str) -> Any:
    if kind in ("string", "blob", "timestamp"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = f"{name} is of type {kind}, written as JSON: {in_plain_words(error)}"
        raise BadInput(f"--param: found {quote(text)}; {why}") from None


def _params(text: str) -> dict[str, Any]:
    try:
        params = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"--params is not JSON: {in_plain_words(error)}") from None
    _check_letters(json.dumps(params, ensure_ascii=False), "--params")
    if not isinstance(params, dict):
        raise BadInput("--params is no JSON object")
    return params


def _check_letters(text: str, option: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"{option}: found {in_plain_words(error)}, expected text") from None


def misfits(report: str) -> str:
    """botocore's *report* about parameters of a wrong type, in JSON's words."""
    lines = re.split(r"\n(?=Invalid |Unable |Unknown |Missing |Error )", report)
    return "; ".join(_misfit(line) for line in lines)


def _misfit(line: str) -> str:
    match = _MISFIT.fullmatch(line)
    if match is None:
        return line
    wanted = re.findall(r"<class '([^']*)'>|(file-like object)", match["wanted"])
    kinds = dict.fromkeys(_TYPES.get(kind or other, kind) for kind, other in wanted)
    found = _TYPES.get(match["found"], match["found"])
    return f"{match['name']}: found {found}, expected {' or '.join(kinds)}"
