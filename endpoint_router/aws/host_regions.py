"""In which region and partition a host of AWS's is. Pure; the partitions are handed in.

A host says its region in a label. Some hosts say none: those of services that a partition has once
(IAM), and a few old names that stand in one region (``sts.amazonaws.com``). And behind some AWS
itself chooses the region, or ends TLS at its edge: these are in no region at all.
"""

from __future__ import annotations

import re

from msgspec import Struct

from .dns_suffixes import AWS_SUFFIXES
from .hosts import region_of
from .partitions import Partition, Partitions

#: Names of regional services without a region, as botocore's endpoints.json has them. Beside S3's.
_STANDING = frozenset({"sts", "sdb", "queue", "rds"})
#: Of S3's families, ``s3-eu-west-1`` and ``s3-external-1`` among them; buckets stand before it.
_S3 = re.compile(r"s3(?:express)?(?:-[a-z0-9-]+)?")
#: Multi-region access points and acceleration of S3, global endpoints of EventBridge and SES.
_ANYWHERE = re.compile(
    r"(?:^|\.)(?:accesspoint\.s3-global|s3-accelerate(?:\.dualstack(?:\.us-east-1)?)?"
    r"|endpoint\.events|endpoints\.email(?:\.global|\.us-gov)?)$"
)


class Place(Struct, frozen=True):
    """Where a host is."""

    #: Empty where it is in none, or in all of its partition.
    region: str = ""
    #: ``None`` where that is not known.
    partition: Partition | None = None
    #: AWS chooses the region behind it, or ends TLS elsewhere.
    anywhere: bool = False


def place_of(host: str, partitions: Partitions) -> Place:
    """Where *host* is, which is AWS's own; one with an uncommon suffix if its labels tell."""
    suffix = next((each for each in AWS_SUFFIXES if host.endswith(f".{each}")), "")
    front = host.removesuffix(f".{suffix}") if suffix else host
    # Whatever a bucket is called: it says nothing about where it is.
    labels, is_s3 = _from_s3(front.split("."))
    if suffix and _ANYWHERE.search(front):
        return Place(partition=partitions.of_suffix(suffix, labels[-1]), anywhere=True)
    region = _named(labels)
    partition = partitions.of_region(region or labels[-1])
    if suffix and (partition is None or suffix not in partition.suffixes):
        # The suffix has the last word: nothing in China is in us-gov-west-1.
        region = "" if partition else region
        partition = partitions.of_suffix(suffix, labels[-1])
    if region:
        return Place(region, partition)
    stands = is_s3 or labels[-1].removesuffix("-fips") in _STANDING
    return Place(partition.global_region if partition and stands else "", partition)


def _from_s3(labels: list[str]) -> tuple[list[str], bool]:
    """*labels* from S3's own on, if there is one; and is there?"""
    for at in range(len(labels) - 1, -1, -1):
        if labels[at] == "vpce":
            break
        if _S3.fullmatch(labels[at]):
            return labels[at:], True
    return labels, False


def _named(labels: list[str]) -> str:
    """The region that the labels name."""
    if labels[-1] == "vpce":  # ``….s3.us-east-1.vpce``
        return region_of(labels[-2]) if len(labels) > 1 else ""
    # ``s3-eu-west-1``, ``s3-website-us-east-1``, ``s3-fips-us-gov-west-1``
    old = re.sub("^s3-(?:website-|fips-)?", "", labels[0])
    return region_of(".".join(labels[1:])) or region_of(old)
