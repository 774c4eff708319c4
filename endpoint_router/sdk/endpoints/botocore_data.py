"""What botocore's own data says: listed FIPS hosts, partitions, regions, overridden files.

Read from botocore's directory only; no copy is shipped. A changed file under ``AWS_DATA_PATH`` or
``~/.aws/models`` could send FIPS calls to plain hosts while ``use_fips_endpoint`` still reads True,
so such a file takes the FIPS basis away. Nothing here decides.
"""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from ...aws.hosts import parse_vpce


@cache
def data_for(search_paths: tuple[str, ...]) -> BotocoreData:
    """The data of clients whose loader reads *search_paths*; made once per process and path."""
    return BotocoreData(search_paths)


class BotocoreData:
    """botocore's data as one loader sees it."""

    def __init__(self, search_paths: tuple[str, ...]) -> None:
        self._foreign_paths = [one for one in search_paths if one != Loader.BUILTIN_DATA_PATH]
        self._loader = Loader(
            extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
        )
        #: The resolver that botocore still takes a client's signing scope and partition from.
        self.legacy = EndpointResolver(_endpoints())
        self._overridden: dict[str, str] = {}
        #: The partition of a region; empty when no partition's pattern matches it. Hosts are
        #: searched for regions, label by label, and botocore tries each pattern.
        self.partition = lru_cache(maxsize=1024)(self._partition)
        self._listed: dict[str, frozenset[str]] | None = None

    def overridden(self, service: str) -> str:
        """Path of a file that overrides botocore's endpoint data for *service*; empty for none."""
        if service not in self._overridden:
            self._overridden[service] = next(iter(self._overrides(service)), "")
        return self._overridden[service]

    def _overrides(self, service: str) -> list[str]:
        patterns = ("endpoints.*", "partitions.*", f"{service}/*/endpoint-rule-set-1.*")
        return [
            str(found)
            for path in self._foreign_paths
            for pattern in patterns
            for found in sorted(Path(os.path.expanduser(path)).glob(pattern))
            if ".json" in found.name
        ]

    def listed(self, endpoint_prefix: str) -> frozenset[str]:
        """Hosts that ``endpoints.json`` designates as FIPS variants of a service."""
        return self._listed_hosts().get(endpoint_prefix, frozenset())

    def lists(self, host: str) -> bool:
        """Does ``endpoints.json`` designate *host* as the FIPS variant of any service?"""
        return any(host in hosts for hosts in self._listed_hosts().values())

    def _listed_hosts(self) -> dict[str, frozenset[str]]:
        if self._listed is None:  # two threads may both do it, with one result
            self._listed = _listed_fips_hosts(_endpoints())
        return self._listed

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

    def yields(self, vpce_name: str) -> bool:
        """Does botocore know a service whose host is what this endpoint's name says?

        Compares with the hosts of ``endpoints.json`` (also behind an operation's host prefix) and
        with the names of the services that have a ruleset.
        """
        vpce = parse_vpce(vpce_name)
        if vpce is None:
            return False
        if vpce.service in ("s3", "s3-fips"):
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
        for partition in _endpoints()["partitions"]:
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


def _endpoints() -> dict[str, Any]:
    """``endpoints.json`` as botocore ships it, decoded anew for each use.

    ``EndpointResolver`` merges the defaults of services and partitions, with their formatted FIPS
    variants, into the very entries that it reads. botocore's loader takes five times as long.
    """
    text = Path(Loader.BUILTIN_DATA_PATH, "endpoints.json").read_bytes()
    table: dict[str, Any] = msgspec.json.decode(text)
    return table


def _listed_fips_hosts(endpoints: dict[str, Any]) -> dict[str, frozenset[str]]:
    """By endpoint prefix: the hosts that a table in its pristine state calls FIPS by name."""
    found: dict[str, set[str]] = {}
    for partition in endpoints["partitions"]:
        for service, table in partition["services"].items():
            for region, endpoint in table.get("endpoints", {}).items():
                for variant in endpoint.get("variants", ()):
                    if "fips" in variant.get("tags", ()) and "hostname" in variant:
                        suffix = variant.get("dnsSuffix", partition["dnsSuffix"])
                        host = variant["hostname"].format(
                            service=service, region=region, dnsSuffix=suffix
                        )
                        found.setdefault(service, set()).add(host)
    return {service: frozenset(hosts) for service, hosts in found.items()}
