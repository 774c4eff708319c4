"""Which regions a policy is about, as far as its texts tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..aws.host_regions import place_of
from ..aws.hosts import is_aws
from ..policy.globs import Globs
from ..policy.loaded import LoadedPolicy
from ..sdk.endpoints.partitions_json import partitions


def regions_named(policies: Sequence[LoadedPolicy]) -> tuple[str, ...]:
    """Regions that stand in *policies* by name: allowed, of rules, of endpoints."""
    known = {region for partition in partitions().known for region in partition.regions}
    texts = (text.lower() for loaded in policies for text in _texts(loaded))
    return tuple(dict.fromkeys(text for text in texts if text in known))


def regions_meant(policies: Sequence[LoadedPolicy]) -> tuple[str, ...]:
    """Those first; then what globs of regions match, which the policies agree about last."""
    everywhere = [region for partition in partitions().known for region in partition.regions]
    globs = [[*_globs(loaded)] for loaded in policies]
    matched = [region for region in everywhere if any(among(region, each) for each in globs)]
    allowed = [loaded.policy.defaults.allowed_regions for loaded in policies]

    def agreed(region: str) -> bool:
        return len({not each or among(region, each) for each in allowed}) == 1

    return tuple(dict.fromkeys([*regions_named(policies), *sorted(matched, key=agreed)]))


def among(region: str, globs: Iterable[str]) -> bool:
    """Does one of *globs* match *region*?"""
    return Globs(tuple(glob.lower() for glob in globs)).match(region)


def _globs(loaded: LoadedPolicy) -> Iterator[str]:
    policy = loaded.policy
    yield from (glob.lower() for glob in policy.defaults.allowed_regions)
    for rule in policy.rules:
        yield from (glob.lower() for glob in (*rule.regions, *(rule.own("allowed_regions") or ())))


def _texts(loaded: LoadedPolicy) -> Iterator[str]:
    yield from _globs(loaded)
    yield from (gateway.region for gateway in loaded.parsed.gateways)
    for endpoint in loaded.parsed.interfaces:
        yield from (name.vpce.region for name in endpoint.names if name.vpce)
        for host in endpoint.serves:
            bare = host.partition(":")[0].removeprefix("*.")
            if is_aws(bare):
                yield place_of(bare, partitions()).region
