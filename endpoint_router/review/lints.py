"""Declared endpoints that overlap, or that what is demanded keeps every call away from.

Nothing of it is wrong enough to refuse a policy at a start. In doubt nothing is said: a host that
no endpoint serves may be private by DNS, and FIPS under another name.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import combinations

from ..aws.host_regions import place_of
from ..aws.hosts import is_aws
from ..policy.custom_endpoints import CustomHost
from ..policy.declared_endpoints import DeclaredEndpoint
from ..policy.loaded import LoadedPolicy
from ..policy.model import Basis, Settings
from ..policy.remarks import Remark
from ..policy.rules import applied, expired, weaker
from ..router import table_of
from ..routing.declared import Serving
from ..sdk.endpoints.partitions_json import partitions
from .regions import among


def of_endpoints(loaded: LoadedPolicy, today: datetime.date) -> Iterator[Remark]:
    """What is remarked of the policy's endpoints, and of its mode."""
    if loaded.policy.mode == "off":
        what = "mode = off: nothing is routed, refused or recorded"
        yield Remark(what, "mode.off", origin=loaded.origin("mode"), path="mode")
    demanded = settings_in_force(loaded, today)
    if not loaded.parsed.networks and any(each.private == "require" for each in demanded):
        what = "private = require, and network.private is empty: no address counts as private"
        origin = loaded.origin("network.private")
        yield Remark(what, "demand.contradicted", origin=origin, path="network.private")
    yield from _overlaps(loaded)
    yield from _unusable(loaded, demanded)


def settings_in_force(loaded: LoadedPolicy, today: datetime.date) -> list[Settings]:
    """What is demanded of some call or other: the defaults, and what each rule makes of them."""
    defaults = loaded.policy.defaults
    rules = [rule for rule in loaded.policy.rules if not expired(rule, today)]
    return [defaults, *(applied(rule, defaults) for rule in rules)]


# --- two for one host


def _overlaps(loaded: LoadedPolicy) -> Iterator[Remark]:
    """Each endpoint that comes second for a host, once."""
    served: dict[str, list[Serving]] = {}
    both: dict[int, dict[str, int]] = {}
    for pattern, serving in table_of(loaded.parsed).patterns:
        if serving.beside:
            continue
        for wider in _and_wider(pattern):
            for earlier in served.get(wider, ()):
                if earlier.index != serving.index and _alike(earlier, serving):
                    both.setdefault(serving.index, {}).setdefault(pattern, earlier.index)
        served.setdefault(pattern, []).append(serving)
    for second, hosts in both.items():
        path, (host, first) = f"vpc_endpoints[{second}]", next(iter(hosts.items()))
        more = f" and {len(hosts) - 1} more" if len(hosts) > 1 else ""
        yield Remark(
            f"{path} serves {host}{more}, as vpc_endpoints[{first}] before it does: it is used "
            "only where that one cannot be",
            "endpoint.overlap",
            origin=loaded.origin(path),
            path=path,
        )
    for one, other in combinations(loaded.parsed.custom_endpoints, 2):
        if one.url == other.url and _share(one, other):
            path = f"custom_endpoints[{other.index}]"
            yield Remark(
                f"{path} declares the URL of custom_endpoints[{one.index}] for the same services: "
                "the first one speaks",
                "endpoint.overlap",
                origin=other.origin,
                path=path,
            )


def _and_wider(pattern: str) -> Iterator[str]:
    """*pattern*, and each ``*.suffix`` that holds it."""
    yield pattern
    labels = pattern.removeprefix("*.").split(".")
    yield from (f"*.{'.'.join(labels[at:])}" for at in range(1, len(labels)))


def _alike(one: Serving, other: Serving) -> bool:
    """Is there nothing but their order to choose by?"""
    zones = one.zone and other.zone and one.zone != other.zone
    ours, theirs = ((each.named_fips or each.attested_fips) for each in (one, other))
    return ours == theirs and one.by_address == other.by_address and not zones


def _share(one: CustomHost, other: CustomHost) -> bool:
    ours, theirs = one.services.texts, other.services.texts
    return any(fnmatchcase(a, b) or fnmatchcase(b, a) for a in ours for b in theirs)


# --- none for any call


def _unusable(loaded: LoadedPolicy, demanded: Sequence[Settings]) -> Iterator[Remark]:
    for endpoint in loaded.parsed.interfaces:
        bases = _bases(endpoint)
        hosts = _hosts(endpoint)
        whys = [
            _not_private(each)
            or (not endpoint.by_address and _not_fips(each, bases))
            or _not_allowed(each, hosts)
            for each in demanded
        ]
        if all(whys):
            yield _no_use(loaded, f"vpc_endpoints[{endpoint.index}]", whys)
    for custom in loaded.parsed.custom_endpoints:
        whys = [_not_fips(each, ["attested"] if custom.fips else []) for each in demanded]
        if all(whys):
            yield _no_use(loaded, f"custom_endpoints[{custom.index}]", whys)


def _no_use(loaded: LoadedPolicy, path: str, whys: Iterable[str | bool]) -> Remark:
    told = "; ".join(dict.fromkeys(str(why) for why in whys))
    return Remark(
        f"{path} is never used: {told}",
        "endpoint.unusable",
        origin=loaded.origin(path),
        path=path,
        way_out="Take it out, or give the calls that it is for a rule",
    )


def _not_private(settings: Settings) -> str:
    return "private = off has no opinion about endpoints" if settings.private == "off" else ""


def _bases(endpoint: DeclaredEndpoint) -> list[Basis]:
    """On what grounds it may count as FIPS."""
    named = any(name.vpce and name.vpce.carries_fips for name in endpoint.names)
    bases: list[Basis] = ["named"] if named else []
    return [*bases, "attested"] if endpoint.attested_fips else bases


def _not_fips(settings: Settings, bases: Sequence[Basis]) -> str:
    if settings.fips != "require":
        return ""
    if not bases:
        return "fips = require, and it is not FIPS by its name nor attested"
    weakest = settings.fips_basis
    if all(weaker("fips_basis", basis, weakest) for basis in bases):
        return f"it is FIPS as {bases[0]} only, and fips_basis = {weakest}"
    return ""


def _hosts(endpoint: DeclaredEndpoint) -> list[str]:
    named = [name.vpce.standard_host for name in endpoint.names if name.vpce]
    hosts = [host.partition(":")[0].removeprefix("*.") for host in endpoint.serves or named]
    return [host for host in hosts if is_aws(host)]


def _not_allowed(settings: Settings, hosts: Sequence[str]) -> str:
    """All of *hosts* are in regions that are not allowed."""
    allowed = settings.allowed_regions
    if not allowed or not hosts:
        return ""
    regions = [place_of(host, partitions()).region for host in hosts]
    if any(not region or among(region, allowed) for region in regions):
        return ""
    return f"{regions[0]} is not among allowed_regions ({', '.join(allowed)})"
