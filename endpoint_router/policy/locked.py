"""``locked = true``: the layers above may tighten, never loosen. Pure.

The floor is everything up to and including the locked layer, merged; keys that it leaves out stand
at their defaults. Simple and conservative: what cannot be shown to tighten is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import codes
from .layer import Layer, place
from .loaded import LoadedPolicy
from .model import GatewayEndpoint, Policy, Settings
from .networks import covers
from .origins import Origin
from .paths import Path, dotted, value_at
from .quoting import quote
from .rules import GRADED, weaker


def check(floor: LoadedPolicy, locked_by: Origin, layer: Layer, merged: Policy) -> None:
    """Refuse *layer* where it loosens *floor*.

    :param merged: all layers together; its defaults fill what a rule of *layer* leaves out.
    :raises PolicyError: with code ``policy.locked``, naming both origins.
    """
    for path, floor_path, least in _violations(floor, layer, merged):
        written = floor.origins.get(dotted(floor_path))
        by = (
            f"by {place(written, floor_path)}"
            if written
            else f"by {place(locked_by)} at its default"
        )
        raise layer.refusal(
            path,
            found=quote(value_at(path, layer.values)),
            expected=f"{least}, locked {by}",
            code=codes.POLICY_LOCKED,
        )


def _violations(
    floor: LoadedPolicy, layer: Layer, merged: Policy
) -> Iterator[tuple[Path, Path, str]]:
    """Key path in *layer*, key path in *floor* that forbids it, and what it would allow."""
    yield from _scalars(floor.policy, layer)
    yield from _network(floor, layer)
    yield from _rules(floor.policy, layer, merged)
    yield from _endpoints(floor.policy, layer)


def _scalars(floor: Policy, layer: Layer) -> Iterator[tuple[Path, Path, str]]:
    new = layer.policy
    if layer.values.get("locked") is False:
        yield ("locked",), ("locked",), "true"
    if "mode" in layer.values and weaker("mode", new.mode, floor.mode):
        yield ("mode",), ("mode",), _at_least(floor.mode)
    for key in _written(layer, "defaults"):
        least = getattr(floor.defaults, key)
        if weaker(key, getattr(new.defaults, key), least):
            yield ("defaults", key), ("defaults", key), _at_least(least)
    if "servers" in _written(layer, "dns") and new.dns.servers != floor.dns.servers:
        # Whoever answers for DNS decides what counts as private.
        yield ("dns", "servers"), ("dns", "servers"), quote(floor.dns.servers)
    log = floor.log.decisions
    if log and "decisions" in _written(layer, "log") and new.log.decisions != log:
        # Whoever locked it wants to read there what was decided.
        yield ("log", "decisions"), ("log", "decisions"), quote(log)
    labelled = floor.log.user_agent
    if labelled and "user_agent" in _written(layer, "log") and not new.log.user_agent:
        # Calls without it look as if they went past the router.
        yield ("log", "user_agent"), ("log", "user_agent"), "true"


def _network(floor: LoadedPolicy, layer: Layer) -> Iterator[tuple[Path, Path, str]]:
    if "private" not in _written(layer, "network"):
        return
    if not covers(floor.parsed.networks, layer.parsed.networks):
        path: Path = ("network", "private")
        yield path, path, f"networks inside {quote(floor.policy.network.private)}"


def _rules(floor: Policy, layer: Layer, merged: Policy) -> Iterator[tuple[Path, Path, str]]:
    """A rule from above speaks before the locked ones, hence also in their stead.

    So it is held against the locked defaults and every locked rule, and a setting that it leaves
    out counts with the value that it would take from the merged defaults.
    """
    floors = {key: _floors(floor, key) for key in GRADED} if layer.policy.rules else {}
    for index, rule in enumerate(layer.policy.rules):
        for key in GRADED:
            own = rule.own(key)
            value = getattr(merged.defaults, key) if own is None else own
            path: Path = ("rules", index) if own is None else ("rules", index, key)
            for floor_path, least in floors[key]:
                if weaker(key, value, least):
                    named = "" if own is not None else f"{key}: "
                    yield path, floor_path, named + _at_least(least)


def _floors(floor: Policy, key: str) -> list[tuple[Path, object]]:
    """Each value that the floor has of a setting, and where it first stands."""
    floors: dict[object, Path] = {getattr(floor.defaults, key): ("defaults", key)}
    for index, rule in enumerate(floor.rules):
        if (own := rule.own(key)) is not None:
            floors.setdefault(own, ("rules", index, key))
    return [(path, value) for value, path in floors.items()]


def _endpoints(floor: Policy, layer: Layer) -> Iterator[tuple[Path, Path, str]]:
    for index, endpoint in enumerate(layer.policy.vpc_endpoints):
        if not isinstance(endpoint, GatewayEndpoint) and endpoint.fips:
            yield ("vpc_endpoints", index, "fips"), ("vpc_endpoints",), "no attestation from above"
    denied = next((path for path, least in _floors(floor, "endpoint_url") if least == "deny"), None)
    for index, custom in enumerate(layer.policy.custom_endpoints):
        at: Path = ("custom_endpoints", index)
        for key in ("fips", "private"):
            if getattr(custom, key):
                yield (*at, key), ("custom_endpoints",), "no attestation from above"
        if denied:
            yield (*at, "url"), denied, 'no further endpoint, as endpoint_url = "deny"'


def _written(layer: Layer, table: str) -> list[str]:
    values = layer.values.get(table)
    known = Settings.__struct_fields__ if table == "defaults" else None
    keys = list(values) if isinstance(values, Mapping) else []
    return [key for key in keys if known is None or key in known]


def _at_least(least: object) -> str:
    if isinstance(least, tuple):
        return f"only globs among {quote(least)}"
    return f"{quote(least)} or stricter"
