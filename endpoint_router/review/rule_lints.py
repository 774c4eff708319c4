"""Rules that no call can meet, that allow nothing, or that need what DNS alone can give.

Rules behind wider ones are :mod:`endpoint_router.policy.hidden`, names that botocore does not know
:mod:`endpoint_router.sdk.activation.selectors`: both are looked for at each start.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from botocore.loaders import create_loader

from ..policy.globs import Globs, Selectors
from ..policy.loaded import LoadedPolicy
from ..policy.remarks import Remark
from ..policy.rules import applied, expired
from ..router import table_of
from ..sdk.endpoints.partitions_json import partitions
from ..survey.selection import may_be_served
from .regions import among, regions_named


def of_rules(loaded: LoadedPolicy, today: datetime.date) -> Iterator[Remark]:
    """What is remarked of the rules that hold today."""
    private: _Private | None = None
    for index, rule in enumerate(loaded.policy.rules):
        if expired(rule, today):
            continue
        path, meant = f"rules[{index}]", _regions_of(loaded.parsed.selectors[index])
        if meant == ():
            regions = ", ".join(rule.regions)
            what = f"never speaks: none of its partitions has a region like {regions}"
            yield _of_rule(loaded, "rule.never", path, what)
            continue
        settings = applied(rule, loaded.policy.defaults)
        allowed = settings.allowed_regions
        if rule.regions and meant and allowed and not any(among(each, allowed) for each in meant):
            yield _of_rule(
                loaded,
                "rule.refused",
                path,
                f"is about {', '.join(rule.regions)}, and allowed_regions ({', '.join(allowed)}) "
                "refuses calls to there, but for services that a partition has once",
            )
        elif settings.private == "require" and rule.services:
            private = private or _Private(loaded)
            if services := private.without(rule.services):
                yield _of_rule(
                    loaded,
                    "private_dns.needed",
                    path,
                    f"demands private = require of {', '.join(services)}, which no declared "
                    "endpoint serves: such calls pass only where private DNS leads to one",
                )


def _of_rule(loaded: LoadedPolicy, id: str, path: str, what: str) -> Remark:
    return Remark(f"{path} {what}", id, origin=loaded.origin(path), path=path)


def _regions_of(selectors: Selectors) -> tuple[str, ...] | None:
    """The regions that a rule is about; ``None`` where botocore does not know those that it names.

    A name that is unknown has been remarked on; it may be known to a newer botocore.
    """
    known = partitions().known
    named = [each for each in known if _is_about(selectors.partitions, each.name)]
    like = [
        (partition, region)
        for partition in known
        for region in partition.regions
        if _is_about(selectors.regions, region)
    ]
    if not named or not like:
        return None
    return tuple(region for partition, region in like if partition in named)


def _is_about(globs: Globs, name: str) -> bool:
    return not globs.texts or globs.match(name)


class _Private:
    """Which services have a way that the policy declares; each is looked at once."""

    def __init__(self, loaded: LoadedPolicy) -> None:
        self._parsed = loaded.parsed
        self._served = [p.partition(":")[0] for p, _ in table_of(loaded.parsed).patterns]
        self._regions = regions_named([loaded]) or ("us-east-1",)
        self._loader = create_loader()
        self._known = set(self._loader.list_available_services("endpoint-rule-set-1"))
        self._has_way: dict[str, bool] = {}

    def without(self, services: Iterable[str]) -> list[str]:
        """Those of *services* that botocore knows, and no declared endpoint serves."""
        for service in services:
            if service not in self._has_way:
                self._has_way[service] = service not in self._known or self._look(service)
        return [service for service in services if not self._has_way[service]]

    def _look(self, service: str) -> bool:
        return (
            any(gateway.service == service for gateway in self._parsed.gateways)
            or any(
                custom.private and custom.services.match(service)
                for custom in self._parsed.custom_endpoints
            )
            or may_be_served(service, self._regions, self._served, self._loader)
        )
