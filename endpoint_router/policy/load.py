"""Reads the policy from where it was written and merges the layers.

Four layers, the stronger one wins: the machine's own policy (:data:`SYSTEM_POLICY`, where it
exists), the document (``ENDPOINT_ROUTER_POLICY``, else the AWS profile's
``endpoint_router_policy``), the other ``ENDPOINT_ROUTER_*`` variables, and the code's own argument.
Whatever cannot be read or understood is a :class:`PolicyError`, never "no policy".
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import PolicyError
from ..process import decoding
from . import checks, document, environment
from .document import PolicyText
from .layer import Layer, decode, place
from .loaded import LoadedPolicy
from .model import Policy
from .origins import Origin
from .paths import LISTS, TABLES, dotted
from .quoting import shorten
from .remarks import Remark

#: Beneath all else, so that nothing in a process's environment takes it away. Not on Windows, where
#: any user may make such a folder.
SYSTEM_POLICY = "/etc/endpoint-router/policy.toml" if os.name == "posix" else ""

#: What code may hand over: values, or the path of a document, or its text.
PolicySource = Policy | Mapping[str, Any] | str | os.PathLike[str] | PolicyText


def load(
    policy: PolicySource | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    profile_policy: str | None = None,
    profile: str = "",
    today: datetime.date | None = None,
    system_policy: str | os.PathLike[str] = SYSTEM_POLICY,
    days: int = checks.SOON,
) -> LoadedPolicy:
    """Read, check and merge every layer.

    :param policy: a ``dict`` or :class:`Policy` is the strongest layer; of a ``Policy`` only what
        differs from the defaults counts, so say ``{"defaults": {"fips": "off"}}`` to switch
        something off. A path (or inline JSON) is a document in place of
        ``ENDPOINT_ROUTER_POLICY``: the variables win over it. So is what was read elsewhere
        (:class:`.document.PolicyText`).
    :param environ: the process's environment.
    :param profile_policy: value of ``endpoint_router_policy`` in the AWS profile *profile*, a path
        or inline JSON.
    :param today: the day in UTC, for warnings about rules that end; by default, now.
    :param system_policy: path of the machine's own policy, which need not exist; empty for none.
    :param days: before its end from which a waiver is warned of.
    :raises PolicyError: for everything that is wrong anywhere.
    """
    variables = environment.read(environ)
    given = _document_of(policy)
    code = None if policy is None or given is not None else _from_code(policy)
    system = _system(os.fspath(system_policy))
    documents, warnings = _documents(given, variables.document, profile_policy, profile)
    if system is not None:
        # Named once more by a variable, it would have each of its rules twice.
        documents = [system, *(layer for layer in documents if layer.values != system.values)]
    layers = [*documents, variables.layer, *([code] if code else [])]
    for layer in layers:
        checks.check_layer(layer)
    loaded = _merge(layers)
    _check_locks(layers, loaded.policy)
    for layer in layers:
        checks.check_rules(layer, loaded.policy)
    checks.check_ttls(layers, loaded.policy)
    day = today or datetime.datetime.now(datetime.timezone.utc).date()
    warnings = [*variables.warnings, *warnings]
    warnings += [text for layer in layers for text in checks.warnings(layer, day, days)]
    return replace(loaded, warnings=tuple(warnings))


def _system(path: str) -> Layer | None:
    try:
        os.lstat(path)  # a link that leads nowhere is there, and broken
    except FileNotFoundError:
        return None
    except OSError:
        pass  # reading it tells what is wrong
    return document.from_file(path)


def _document_of(policy: object) -> str | PolicyText | None:
    if isinstance(policy, PolicyText):
        return policy
    return os.fsdecode(policy) if isinstance(policy, (str, os.PathLike)) else None


def _from_code(policy: object) -> Layer:
    origin = Origin("code")
    if not isinstance(policy, (Policy, Mapping)):
        raise PolicyError(
            where=place(origin),
            found=f"an object of type {shorten(type(policy).__name__)}",
            expected="a Policy, a dict, or a path",
        )
    return decode(policy if isinstance(policy, Policy) else dict(policy), origin)


def _documents(
    from_code: str | PolicyText | None, from_variable: str, from_profile: str | None, profile: str
) -> tuple[list[Layer], list[Remark]]:
    """The document that counts, above any locked one that it would displace; and warnings."""
    warnings: list[Remark] = []
    candidates: list[Layer] = []  # strongest first
    if from_code is not None:
        argument = "policy argument"
        candidates.append(_document(from_code, Origin("inline", argument), f"The {argument}"))
    if from_variable:
        variable = environment.POLICY.name
        candidates.append(_document(from_variable, Origin("inline", variable), variable))
    if from_profile is not None and not from_profile.strip():
        raise PolicyError(
            where=f"{Origin('profile', profile)}, endpoint_router_policy",
            found="nothing",
            expected="a path or inline JSON",
            hint="Remove the key, if the profile has no policy.",
        )
    elif from_profile is not None:
        origin = Origin("profile", profile)
        named_by = f"endpoint_router_policy of {origin}"
        candidates.append(_document(from_profile.strip(), origin, named_by))
    kept: list[Layer] = candidates[:1]
    for weaker in candidates[1:]:
        if any(weaker.values == layer.values for layer in kept):
            continue
        if weaker.policy.locked:
            # Otherwise a lock would open to whoever names another document.
            kept.append(weaker)
        else:
            text = f"{weaker.origin} is not used: {candidates[0].origin} takes its place"
            warnings.append(Remark(text, "document.unused", origin=weaker.origin))
    return kept[::-1], warnings


def _document(text: str | PolicyText, inline: Origin, named_by: str) -> Layer:
    if isinstance(text, PolicyText):
        return document.from_read(text)
    if document.is_inline(text):
        return document.from_text(text, inline)
    return document.from_file(text, named_by)


def _merge(layers: Sequence[Layer]) -> LoadedPolicy:
    """*layers*, weakest first, as one policy."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.values.items():
            if key in LISTS:
                merged[key] = [*_items(value), *merged.get(key, ())]
            elif key in TABLES and isinstance(value, dict):
                merged[key] = {**merged.get(key, {}), **value}
            else:
                merged[key] = value
    with decoding.here:
        policy = msgspec.convert(merged, Policy)
    return LoadedPolicy.of(policy, _origins(layers))


def _origins(layers: Sequence[Layer]) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    taken = dict.fromkeys(LISTS, 0)
    for layer in reversed(layers):
        for path in layer.paths():
            head, *rest = path
            moved = path
            if head in LISTS and rest:
                moved = (head, int(rest[0]) + taken[str(head)], *rest[1:])
            origins.setdefault(dotted(moved), layer.origin_at(path))
        for key in LISTS:
            taken[key] += len(_items(layer.values.get(key)))
    return origins


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else ()


def _check_locks(layers: Sequence[Layer], merged: Policy) -> None:
    """Hold each layer against everything up to the last locked layer below it."""
    floor: LoadedPolicy | None = None
    locked_by = Origin("default")
    for index, layer in enumerate(layers):
        if floor is not None:
            from . import locked  # most policies are not

            locked.check(floor, locked_by, layer, merged)
        if layer.policy.locked:
            floor, locked_by = _merge(layers[: index + 1]), layer.origin_at(("locked",))
