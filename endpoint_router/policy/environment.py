"""The environment variables: one table, from which the parser, the reference page and tests follow.

Reads a mapping that it is given, and nothing else. Every variable begins with ``ENDPOINT_ROUTER_``.
A typo must not switch protection off: any other name with that beginning is an error, and so are a
name one slip away from a variable of ours (:mod:`.misspelt`) and a variable that holds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ..aws.bad_name import BadName
from ..errors import PolicyError
from .keys import Key, keys_of
from .layer import Layer, decode
from .model import Policy
from .nearest_name import nearest
from .origins import Origin
from .paths import TABLES, Path, dotted
from .quoting import quote
from .remarks import Remark

PREFIX = "ENDPOINT_ROUTER_"

#: Characters.
_LONGEST_LABEL = 128

# What the kubelet adds to each container for a Service called "endpoint-router":
# kubernetes/pkg/kubelet/envvars/envvars.go, FromServices and makeLinkVariables.
_KUBERNETES = (
    r"SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?"
)


def _text(value: str) -> object:
    return value


def _words(value: str) -> object:
    words = [word for word in re.split(r"[\s,]+", value) if word]
    if not words:
        raise BadName(value, "a list, separated by commas or spaces")
    return words


def _number(value: str) -> object:
    try:
        return float(value)
    except ValueError:
        return value  # the model says what is expected there


def _flag(value: str) -> object:
    return {"true": True, "false": False}.get(value, value)  # as above


def _pasted(value: str) -> object:
    from .pasted_endpoints import pasted_endpoints  # most policies have no such variable

    return pasted_endpoints(value)


def _label(value: str) -> object:
    if not value.isprintable() or len(value) > _LONGEST_LABEL:
        raise BadName(value, f"a name of at most {_LONGEST_LABEL} visible characters")
    return value


#: How a text becomes a value of its key's type; others are texts.
_PARSERS: dict[Any, Callable[[str], object]] = {int: _number, float: _number, bool: _flag}


class Variable(Struct, frozen=True):
    """One variable: the key that it fills, how its text is read, and what to tell a reader.

    ``path`` is empty for :data:`POLICY`, which is the policy, and :data:`APPLICATION`, which is no
    part of one.
    """

    suffix: str
    path: Path
    parse: Callable[[str], object]
    meaning: str

    @property
    def name(self) -> str:
        return PREFIX + self.suffix


POLICY = Variable("POLICY", (), _text, "path of the policy document, or JSON that begins with `{`")
#: Only held to be a name here: who writes the log reads it (:mod:`endpoint_router.caller`).
APPLICATION = Variable(
    "APPLICATION", (), _label, "who is calling, as the lines of the decision log name it"
)


def _variable(key: Key, path: Path) -> Variable:
    if path == ("vpc_endpoints",):
        return Variable(key.variable, path, _pasted, key.spelled)
    if key.is_list:
        spelled = key.spelled or "separated by commas or spaces"
        return Variable(key.variable, path, _words, spelled)
    parse = _PARSERS.get(key.kind, _text)
    return Variable(key.variable, path, parse, key.spelled or "as the key")


def _variables() -> tuple[Variable, ...]:
    keys: dict[Path, Key] = {}
    for name, key in keys_of(Policy).items():
        keys[name,] = key
        if name in TABLES:
            keys.update({(name, inner): below for inner, below in keys_of(TABLES[name]).items()})
    return tuple(_variable(key, path) for path, key in keys.items() if key.variable)


#: In the order of the model.
VARIABLES = (POLICY, *_variables(), APPLICATION)

_BY_NAME = {variable.name: variable for variable in VARIABLES}


class Environment(Struct, frozen=True):
    """What the variables say: a layer of policy, and what is no part of it."""

    layer: Layer
    #: Value of ``ENDPOINT_ROUTER_POLICY``, or nothing.
    document: str = ""
    warnings: tuple[Remark, ...] = ()


def read(environ: Mapping[str, str]) -> Environment:
    """Read every ``ENDPOINT_ROUTER_*`` variable of *environ*.

    :raises PolicyError: for an unknown name, a bad value or none.
    """
    values: dict[str, object] = {}
    places: dict[Path, Origin] = {}
    document = ""
    warnings: list[Remark] = []
    for name in sorted(filter(_may_be_ours, environ)):
        variable = _BY_NAME.get(name)
        if variable is None:
            _check_foreign(name)
            continue
        text = environ[name].strip()
        if not text:
            raise _empty(name)
        value = _parse(variable, text)
        if variable.path:
            _put(values, variable.path, value)
            places[variable.path] = Origin("variable", name)
        elif variable is POLICY:
            document = text
        if variable.suffix == "VPC_ENDPOINTS" and not value:
            what = "holds names of AWS services only, and so declares no endpoint"
            origin = Origin("variable", name)
            warnings.append(Remark(f"{name} {what}", "variable.unused", origin=origin, what=what))
    layer = decode(values, Origin("variable", f"{PREFIX}*"), places)
    return Environment(layer, document, tuple(warnings))


def _parse(variable: Variable, text: str) -> object:
    try:
        return variable.parse(text)
    except BadName as error:
        raise PolicyError(
            where=variable.name,
            found=quote(error.found),
            expected=error.expected,
            hint=error.hint,
        ) from None


def _put(values: dict[str, object], path: Path, value: object) -> None:
    *tables, key = map(str, path)
    for table in tables:
        inner = values.setdefault(table, {})
        assert isinstance(inner, dict)  # VARIABLES names no key both as a table and as a value
        values = inner
    values[key] = value


def _may_be_ours(name: str) -> bool:
    """Cheap, for every variable of a process: one slip leaves one of the two parts whole."""
    upper = name.upper()
    return "OUTER" in upper or "ENDPOIN" in upper


def _empty(name: str) -> PolicyError:
    """An empty value of a template has switched off more than one policy in silence."""
    return PolicyError(
        where=name,
        found="nothing",
        expected="a value, or no such variable",
        hint=f"Unset it (`unset {name}`), or leave it out where it is set: a blank value of a "
        "template is one.",
    )


def _check_foreign(name: str) -> None:
    """:raises PolicyError: *name*, which is none of ours, was meant to be."""
    if name.startswith(PREFIX):
        if re.fullmatch(_KUBERNETES, name.removeprefix(PREFIX)):
            return
        raise _unknown_name(name)
    from .misspelt import meant_by  # most processes have no name like ours

    if meant := meant_by(name, _BY_NAME):
        raise PolicyError(
            where=quote(name).strip('"'),
            found="a variable of this name, which nothing reads",
            expected=meant,
            hint="Rename it, or unset it.",
        )


def _unknown_name(name: str) -> PolicyError:
    suffixes = [variable.suffix for variable in VARIABLES]
    # Of the suffixes only: the long common prefix would make every name look alike.
    close = nearest(name.removeprefix(PREFIX), suffixes, cutoff=0.4)
    return PolicyError(
        where=quote(name).strip('"'),
        found="a variable of this name",
        expected=f"{PREFIX} with one of {', '.join(suffixes)}",
        hint=f"Did you mean {PREFIX}{close}?" if close else "",
    )


def key_of(variable: Variable) -> str:
    """The key that *variable* fills, dotted; empty where there is none."""
    return dotted(variable.path)
