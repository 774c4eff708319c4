"""Which regions of a service botocore's data tells apart, and one of each such class.

Derived from the installed botocore; nothing is copied. Two regions are one class where the
ruleset, ``partitions.json`` and ``endpoints.json`` say the same of both, their names aside.
"""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.loaders import Loader

#: A region, and the partition that it is in.
Region = tuple[str, str]


def every_region(loader: Loader) -> list[Region]:
    """All regions of all partitions, with their partitions' names first."""
    return [
        (partition["id"], region)
        for partition in loader.load_data("partitions")["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    ]


def classes(loader: Loader, service: str) -> list[list[Region]]:
    """The regions, in groups that nothing in botocore's data tells apart for *service*."""
    ruleset = json.dumps(loader.load_service_model(service, "endpoint-rule-set-1")["rules"])
    listed = _endpoints(loader, service)
    partitions = {p["id"]: p["regions"] for p in loader.load_data("partitions")["partitions"]}
    groups: dict[Any, list[Region]] = {}
    for partition, region in every_region(loader):
        own = {k: v for k, v in partitions[partition][region].items() if k != "description"}
        shape = (
            partition,
            json.dumps(own, sort_keys=True),
            region if f'"{region}"' in ruleset else "",
            _masked(listed, partition, region),
        )
        groups.setdefault(shape, []).append((partition, region))
    return list(groups.values())


def _endpoints(loader: Loader, service: str) -> dict[str, dict[str, Any]]:
    """What ``endpoints.json`` says of *service*, by partition and by the endpoint's name there."""
    prefix = loader.load_service_model(service, "service-2")["metadata"]["endpointPrefix"]
    return {
        partition["partition"]: partition["services"].get(prefix, {}).get("endpoints", {})
        for partition in loader.load_data("endpoints")["partitions"]
    }


def _masked(listed: dict[str, dict[str, Any]], partition: str, region: str) -> tuple[str, ...]:
    """The entries that name *region* anywhere, with its name taken out."""
    whole = re.compile(rf"(?<![a-z0-9]){re.escape(region)}(?![a-z0-9])")
    entries = (json.dumps(entry, sort_keys=True) for entry in listed.get(partition, {}).items())
    return tuple(sorted(whole.sub("*", entry) for entry in entries if whole.search(entry)))
