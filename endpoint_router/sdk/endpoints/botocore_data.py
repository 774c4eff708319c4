"""What botocore's own data says: listed FIPS hosts, partitions, regions.

Read from botocore's directory only; no copy is shipped. What stands in its place is
:mod:`.overrides`. Nothing here decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from ...aws.vpce_names import VpceName
from .endpoints_json import endpoints_table

_data: BotocoreData | None = None


def data_for(loader: Any, *, has_read: bool = False) -> BotocoreData:
    """The data that all clients of this process rest on; made once.

    :param loader: whose table of endpoints may be shared, where it is botocore's own.
    :param has_read: it has made a client, and so read that table already.
    """
    global _data
    if _data is None:  # two threads may both make one
        _data = BotocoreData(loader if has_read else None)
    return _data


class BotocoreData:
    """botocore's data."""

    def __init__(self, loader: Any = None) -> None:
        """*loader*: whose table may be shared; ``None`` reads it anew."""
        self._loader = Loader(
            extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
        )
        #: The resolver that botocore still takes a client's signing scope and partition from.
        self.legacy = EndpointResolver(_resolvers_table(loader))
        #: The partition of a region; empty when no partition's pattern matches it. Hosts are
        #: searched for regions, label by label, and botocore tries each pattern.
        self.partition = lru_cache(maxsize=1024)(self._partition)
        self._pristine: dict[str, Any] | None = None
        self._listed: dict[str, frozenset[str]] = {}

    def listed(self, endpoint_prefix: str) -> frozenset[str]:
        """Hosts that ``endpoints.json`` designates as FIPS variants of a service."""
        if endpoint_prefix not in self._listed:  # two threads may both do it, with one result
            hosts = _listed_fips_hosts(self._pristine_partitions(), endpoint_prefix)
            self._listed[endpoint_prefix] = frozenset(hosts)
        return self._listed[endpoint_prefix]

    def lists(self, host: str) -> bool:
        """Does ``endpoints.json`` designate *host* as the FIPS variant of any service?"""
        services = {name for one in self._pristine_partitions() for name in one["services"]}
        return any(host in self.listed(service) for service in services)

    def _pristine_partitions(self) -> list[Any]:
        """Of a table that was never handed to a resolver."""
        if self._pristine is None:  # two threads may both make one
            self._pristine = endpoints_table()
        partitions: list[Any] = self._pristine["partitions"]
        return partitions

    def _partition(self, region: str) -> str:
        try:
            return str(self.legacy.get_partition_for_region(region))
        except BotoCoreError:
            return ""

    def is_region(self, region: str) -> bool:
        """Has some partition a pattern for *region*, or is it a global host's pseudo-region?"""
        return (
            bool(self.partition(region)) or re.fullmatch(r"aws[a-z-]*-global", region) is not None
        )

    def yields(self, vpce: VpceName) -> bool:
        """Does botocore know a service whose host is what this endpoint's name says?

        Compares with the hosts of ``endpoints.json`` (also behind an operation's host prefix) and
        with the names of the services that have a ruleset.
        """
        if vpce.is_s3:
            return True
        suffix = f".{vpce.region}.{vpce.suffix}"
        hosts, at_one_place = self._hosts(vpce.region)
        labels = {host.removesuffix(suffix) for host in hosts if host.endswith(suffix)}
        # iam.us-east-1.amazonaws.com is nobody's host: who declares that endpoint says "serves".
        labels |= set(self._loader.list_available_services("endpoint-rule-set-1")) - at_one_place
        plain = vpce.service.replace("-fips", "").removeprefix("fips.")
        # ``query-cell1.timestream``: each account has its cells, which DescribeEndpoints names.
        plain = re.sub(r"-cell\d+(?=\.)", "", plain)
        return any(
            known == one or one.endswith((f"-{known}", f".{known}"))
            for one in (vpce.service, plain)
            for known in labels
        )

    def _hosts(self, region: str) -> tuple[set[str], set[str]]:
        """Hosts of ``endpoints.json`` in *region*, plain and FIPS; and services without regions.

        Read from the table itself: botocore's resolver logs a warning for each deprecated one.
        """
        hosts: set[str] = set()
        at_one_place: set[str] = set()
        own_partition = self.partition(region)
        for partition in self._pristine_partitions():
            if own_partition and partition["partition"] != own_partition:
                continue
            for service, table in partition["services"].items():
                own = table.get("endpoints", {}).get(region, {})
                sources = (own, table.get("defaults", {}), partition["defaults"])
                if table.get("isRegionalized") is False:
                    at_one_place.add(service)
                    sources = tuple(table["endpoints"].values())
                for source in sources:
                    for one in (source, *source.get("variants", ())):
                        if "hostname" in one:
                            suffix = one.get("dnsSuffix", partition["dnsSuffix"])
                            hosts.add(
                                one["hostname"].format(
                                    service=service, region=region, dnsSuffix=suffix
                                )
                            )
        return hosts, at_one_place


def _resolvers_table(loader: Any) -> dict[str, Any]:
    """The very table that botocore's own resolver reads, where that is the one that it ships."""
    if loader is not None:
        table, path = loader.load_data_with_path("endpoints")  # at hand: the loader keeps it
        if loader.is_builtin_path(path):
            shared: dict[str, Any] = table
            return shared
    return endpoints_table()


def _listed_fips_hosts(partitions: Iterable[Mapping[str, Any]], service: str) -> Iterator[str]:
    """The hosts that a table in its pristine state calls FIPS by name."""
    for partition in partitions:
        for region, endpoint in partition["services"].get(service, {}).get("endpoints", {}).items():
            for variant in endpoint.get("variants", ()):
                if "fips" in variant.get("tags", ()) and "hostname" in variant:
                    suffix = variant.get("dnsSuffix", partition["dnsSuffix"])
                    yield variant["hostname"].format(
                        service=service, region=region, dnsSuffix=suffix
                    )
