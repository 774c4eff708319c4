"""What in each of botocore's data files can name a host, and whether two files differ there.

Pure: takes what the files hold. Documentation, shapes, errors, paginators and the like are left
out, so a newer model that names no host differently is no override.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]

#: What only adds labels in front of a host, whatever a call's parameters are.
_LABELS = re.compile(r"([A-Za-z0-9.-]|\{[A-Za-z0-9]+\})*")


def same_endpoints(ours: Data, theirs: Data, endpoint_prefix: str) -> bool:
    """Do two ``endpoints.json`` give the services with this prefix the same hosts?"""

    def of(table: Data) -> list[Any]:
        keys = ("partition", "dnsSuffix", "regionRegex", "defaults")
        return [
            ([partition.get(key) for key in keys], partition["services"].get(endpoint_prefix))
            for partition in table["partitions"]
        ]

    mine, foreign = of(ours), of(theirs)
    return foreign[: len(mine)] == mine


def same_partitions(ours: Data, theirs: Data) -> bool:
    """Do two ``partitions.json`` say the same of botocore's partitions?

    A new region of a partition is no difference: the partition's pattern speaks for it already.
    """

    def of(table: Data) -> list[Any]:
        partitions = []
        for partition in table["partitions"]:
            regions = {
                name: {key: value for key, value in region.items() if key != "description"}
                for name, region in partition["regions"].items()
            }
            special = {name: region for name, region in regions.items() if region}
            keys = (partition["id"], partition["regionRegex"], partition["outputs"])
            partitions.append((*keys, special))
        return partitions

    mine, foreign = of(ours), of(theirs)
    if foreign[: len(mine)] != mine:
        return False
    # A further partition may not take a region from one of botocore's.
    patterns = [pattern for _, pattern, _, _ in mine]
    return not any(
        re.match(pattern, region)
        for partition in theirs["partitions"][len(mine) :]
        for region in partition["regions"]
        for pattern in patterns
    )


def same_model(ours: Data, theirs: Data) -> bool:
    """Does a service's model name hosts as botocore's does? It may have more operations."""
    mine, foreign = ours["operations"], theirs["operations"]
    return (
        _of_service(ours) == _of_service(theirs)
        and all(
            _of_operation(ours, mine[name]) == _of_operation(theirs, foreign[name])
            for name in mine
            if name in foreign
        )
        and labels_only([foreign[name] for name in foreign if name not in mine])
    )


def stays_below_aws(model: Data) -> bool:
    """Are the hosts of a service that botocore does not have below those of ``endpoints.json``?"""
    prefix = model["metadata"].get("endpointPrefix", "")
    by_pattern = "globalEndpoint" not in model["metadata"]
    return by_pattern and is_labels(prefix) and labels_only(list(model["operations"].values()))


def labels_only(operations: Sequence[Data]) -> bool:
    """Do the host prefixes of these operations only add labels?"""
    endpoints = [operation.get("endpoint", {}) for operation in operations]
    return all(is_labels(endpoint.get("hostPrefix", "")) for endpoint in endpoints)


def is_labels(text: str) -> bool:
    """Is *text* made of what labels of a host are made of, and of places for parameters?"""
    return _LABELS.fullmatch(text) is not None


def _of_service(model: Data) -> list[Any]:
    metadata = model["metadata"]
    keys = ("endpointPrefix", "globalEndpoint", "signingName")
    return [*(metadata.get(key) for key in keys), model.get("clientContextParams")]


def _of_operation(model: Data, operation: Data) -> list[Any]:
    keys = (
        "endpoint",
        "endpointdiscovery",
        "endpointoperation",
        "staticContextParams",
        "operationContextParams",
    )
    shape = model.get("shapes", {}).get(operation.get("input", {}).get("shape"), {})
    marks = ("contextParam", "hostLabel", "endpointdiscoveryid")
    members = {
        (name, mark): member[mark]
        for name, member in shape.get("members", {}).items()
        for mark in marks
        if mark in member
    }
    return [*(operation.get(key) for key in keys), members]
