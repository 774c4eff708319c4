"""Rules that no call can meet, that allow nothing, or that need what DNS alone can give.

Rules behind wider ones are :mod:`endpoint_router.policy.hidden`, names that botocore does not know
:mod:`endpoint_router.sdk.activation.selectors`: both are looked for at each start.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence

from botocore.loaders import create_loader

from ..policy.globs import Globs
from ..policy.loaded import LoadedPolicy
from ..policy.remarks import Remark
from ..policy.rules import applied, expired
from ..router import table_of
from ..sdk.endpoints.partitions_json import partitions
from ..sdk.every_call import may_be_served
from .regions import regions_named


def of_rules(loaded: LoadedPolicy, today: datetime.date) -> Iterator[Remark]:
    """What is remarked of the rules that hold today."""
    for index, rule in enumerate(loaded.policy.rules):
        if expired(rule, today):
            continue
        selectors = loaded.parsed.selectors[index]
        places = [
            (region, partition.name)
            for partition in partitions().known
            for region in partition.regions
            if not selectors.regions.texts or selectors.regions.match(region)
        ]
        partition = selectors.partitions
        meant = [region for region, name in places if not partition.texts or partition.match(name)]
        known = any(partition.match(each.name) for each in partitions().known)
        path = f"rules[{index}]"
        if places and known and not meant:
            yield _of_rule(loaded, "rule.never", path, _no_such_place(rule.regions))
            continue
        settings = applied(rule, loaded.policy.defaults)
        allowed = settings.allowed_regions
        if rule.regions and meant and allowed and not any(_among(each, allowed) for each in meant):
            yield _of_rule(
                loaded,
                "rule.refused",
                path,
                f"is about {', '.join(rule.regions)}, and allowed_regions ({', '.join(allowed)}) "
                "refuses calls to there, but for services that a partition has once",
            )
        elif settings.private == "require":
            yield from _unserved(loaded, index, rule.services)


def _of_rule(loaded: LoadedPolicy, id: str, path: str, what: str) -> Remark:
    return Remark(f"{path} {what}", id, origin=loaded.origin(path), path=path)


def _no_such_place(regions: Iterable[str]) -> str:
    return f"never speaks: none of its partitions has a region like {', '.join(regions)}"


def _unserved(loaded: LoadedPolicy, index: int, services: Sequence[str]) -> Iterator[Remark]:
    """Services that are named, must be private, and are in no declared endpoint's care."""
    table = table_of(loaded.parsed)
    served = [pattern.partition(":")[0] for pattern, _ in table.patterns]
    regions = regions_named([loaded]) or ("us-east-1",)
    loader = create_loader()
    known = set(loader.list_available_services("endpoint-rule-set-1"))
    path = f"rules[{index}]"
    for service in services:
        by_gateway = any(gateway.service == service for gateway in loaded.parsed.gateways)
        by_url = any(
            custom.private and custom.services.match(service)
            for custom in loaded.parsed.custom_endpoints
        )
        if service not in known or by_gateway or by_url:
            continue
        if not may_be_served(service, regions, served, loader):
            yield _of_rule(
                loaded,
                "private_dns.needed",
                path,
                f"demands private = require of {service}, which no declared endpoint serves: its "
                "calls pass only where private DNS leads to an endpoint",
            )


def _among(region: str, globs: Iterable[str]) -> bool:
    return Globs(tuple(glob.lower() for glob in globs)).match(region)
