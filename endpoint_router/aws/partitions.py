"""Partitions and their regions: values, without the data, which is botocore's. Pure.

A pseudo-region (``aws-global``, ``aws-us-gov-global``) is no region: it stands for its partition.
"""

from __future__ import annotations

import re

from msgspec import Struct


class Partition(Struct, frozen=True):
    """One partition of AWS's."""

    #: ``aws``, ``aws-us-gov``, …
    name: str
    #: By name, without pseudo-regions.
    regions: tuple[str, ...]
    #: Regular expression of its regions, those to come included.
    pattern: str
    #: Of its hosts. ``aws`` and ``aws-us-gov`` share theirs.
    suffixes: tuple[str, ...]
    #: Where hosts stand that name no region.
    global_region: str

    def has(self, region: str) -> bool:
        """Is *region* one of its regions, or can it be a new one?"""
        return region in self.regions or re.match(self.pattern, region) is not None


class Partitions(Struct, frozen=True):
    """All that are known, ``aws`` first."""

    known: tuple[Partition, ...] = ()

    def named(self, name: str) -> Partition | None:
        """The partition called *name*."""
        return next((each for each in self.known if each.name == name), None)

    def of_region(self, region: str) -> Partition | None:
        """The partition of *region*, or for which a pseudo-region stands."""
        if is_pseudo_region(region):
            return self.named(partition_of_pseudo_region(region))
        return next((each for each in self.known if each.has(region)), None)

    def of_suffix(self, suffix: str, last: str) -> Partition | None:
        """The partition of a host that names no region; *last* is its label before *suffix*."""
        bearers = [each for each in self.known if suffix in each.suffixes]
        # ``iam.us-gov.amazonaws.com`` is GovCloud's, ``iam.amazonaws.com`` is not.
        said = [each for each in bearers if each.name == f"aws-{last}"]
        return next(iter(said or bearers), None)


def is_pseudo_region(region: str) -> bool:
    """Is *region* a word for a whole partition?"""
    return region.startswith("aws-") and region.endswith("-global")


def partition_of_pseudo_region(region: str) -> str:
    """The partition for which a pseudo-region stands; empty for any other text."""
    return region.removesuffix("-global") if is_pseudo_region(region) else ""
