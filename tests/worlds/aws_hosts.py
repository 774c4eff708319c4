"""Hosts as botocore's own data has them: whose they are, where they are, what makes them FIPS.

The facts that the oracle rests on, read from ``endpoints.json``, ``partitions.json`` and the
rulesets of the installed botocore. No judgement is made here, and nothing of the router is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from .calls import CALLS

LOADER = Loader()
PARTITIONS: list[dict[str, Any]] = LOADER.load_data("partitions")["partitions"]
#: Names without a region that stand in one all the same.
STAND_IN_US_EAST_1 = re.compile(
    r"(.+\.)?(s3|s3-external-1)\.amazonaws\.com|(sts|queue)\.amazonaws\.com"
)
#: For a botocore whose ``partitions.json`` does not tell.
_IMPLICIT = {
    "aws": "us-east-1",
    "aws-cn": "cn-northwest-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
#: AWS chooses the region behind these, or ends TLS at an edge.
NOWHERE = re.compile(
    r".*\.(accesspoint\.s3-global|endpoint\.events|s3-accelerate(\.dualstack)?)\.amazonaws\.com(\.cn)?"
)
TWINS = re.compile(r"(.+\.)?(s3|s3-external-1)\.amazonaws\.com|sts\.amazonaws\.com")
VPCE = re.compile(
    r"(?P<before>.*?)(?P<id>vpce-[0-9a-f]+-[0-9a-z]+(?:-[a-z0-9-]+)?)\."
    r"(?P<label>[a-z0-9.-]+)\.(?P<region>[a-z0-9-]+)\.vpce\.(?P<suffix>[a-z.]+)"
)


@cache
def partition_of(region: str) -> str:
    """The id of the partition that *region* or pseudo-region belongs to; empty: of none."""
    for partition in PARTITIONS:
        if region in partition["regions"]:
            return str(partition["id"])
    for partition in PARTITIONS:
        if re.fullmatch(partition["regionRegex"], region):
            return str(partition["id"])
    return ""


@cache
def real_region(region: str | None) -> str:
    """*region* without what botocore takes off, and a pseudo-region as the one it stands for."""
    name = (region or "aws-global").replace("fips-", "").replace("-fips", "")
    if name.endswith("-global"):
        for partition in PARTITIONS:
            if partition["id"] == partition_of(name):
                implicit = _IMPLICIT[partition["id"]]
                return str(partition["outputs"].get("implicitGlobalRegion", implicit))
    return name


@cache
def region_in(host: str) -> str:
    """The region that *host* says; empty where it says none."""
    if STAND_IN_US_EAST_1.fullmatch(host):
        return "us-east-1"
    for label in reversed(host.split(".")):
        for name in (label, re.sub(r"^(s3|fips)-(fips-)?", "", label)):
            if "-" in name and partition_of(name):
                return real_region(name)
    return ""


@cache
def partition_in(host: str) -> str:
    """The partition that *host* lies in; empty where it is none of AWS's."""
    suffixes = {
        partition["outputs"][key]: str(partition["id"])
        for partition in PARTITIONS
        for key in ("dnsSuffix", "dualStackDnsSuffix")
        # GovCloud shares those of the first.
        if partition["id"] != "aws-us-gov"
    }
    for suffix in sorted(suffixes, key=len, reverse=True):
        if host.endswith(f".{suffix}"):
            found = suffixes[suffix]
            region = region_in(host)
            if region:
                return partition_of(region)
            return "aws-us-gov" if found == "aws" and ".us-gov." in host else found
    return ""


@cache
def _ruleset(service: str) -> dict[str, Any]:
    ruleset: dict[str, Any] = LOADER.load_service_model(service, "endpoint-rule-set-1")
    return ruleset


@cache
def _provider(service: str) -> EndpointProvider:
    return EndpointProvider(_ruleset(service), LOADER.load_data("partitions"))


def _inputs(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    choices = [value if isinstance(value, list) else [value] for value in wanted.values()]
    for chosen in product(*choices):
        yield {name: value for name, value in zip(wanted, chosen, strict=True) if value is not None}


@cache
def prefix(call: str) -> str:
    """What botocore puts before the host for this operation."""
    made = CALLS[call]
    operation = LOADER.load_service_model(made.service, "service-2")["operations"][made.operation]
    text = operation.get("endpoint", {}).get("hostPrefix", "")
    return "" if "{" in text else str(text)


@cache
def named(call: str, region: str, *, fips: bool, dual_stack: bool) -> Mapping[str, str]:
    """Hosts that the ruleset has for *call*, and the region each is signed for."""
    made = CALLS[call]
    known = _ruleset(made.service)["parameters"]
    if (fips and "UseFIPS" not in known) or (dual_stack and "UseDualStack" not in known):
        return {}
    hosts: dict[str, str] = {}
    wanted = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, **made.inputs}
    for inputs in _inputs({name: value for name, value in wanted.items() if name in known}):
        try:
            endpoint = _provider(made.service).resolve_endpoint(**inputs)
        except BotoCoreError:
            continue
        host = str(urlsplit(endpoint.url).hostname)
        schemes = endpoint.properties.get("authSchemes") or [{}]
        signed = schemes[0].get("signingRegion") or real_region(region)
        for name in {host, prefix(call) + host}:
            hosts.setdefault(name, signed)
    return hosts


@cache
def listed(service: str) -> frozenset[str]:
    """The FIPS variants that ``endpoints.json`` has of *service*, in whichever region."""
    metadata = LOADER.load_service_model(service, "service-2")["metadata"]
    hosts = set()
    for partition in LOADER.load_data("endpoints")["partitions"]:
        entry = partition["services"].get(metadata["endpointPrefix"], {})
        for endpoint in entry.get("endpoints", {}).values():
            for variant in endpoint.get("variants", ()):
                if "fips" in variant["tags"] and "hostname" in variant:
                    hosts.add(str(variant["hostname"]))
    return frozenset(hosts)


def regions_of(call: str, host: str, client: str | None) -> tuple[str, ...]:
    """The regions whose rulesets may have named *host*."""
    arn = re.search(r"arn:aws:[a-z0-9-]+:([a-z0-9-]+):", str(CALLS[call].parameters))
    names = [client or "aws-global", real_region(client), region_in(host)]
    names += [arn[1] if arn else "", "aws-global", f"{partition_of(real_region(client))}-global"]
    return tuple(dict.fromkeys(name for name in names if name and partition_of(name)))


def is_near(call: str, host: str, client: str | None) -> bool:
    """Is *host* one of the client's own region, or of the one that the call names?"""
    regions = [name for name in regions_of(call, host, client) if name != region_in(host)]
    if region_in(host) == real_region(client) or not region_in(host):
        return True
    every = product(regions, (False, True), (False, True))
    return any(host in named(call, r, fips=fips, dual_stack=dual) for r, fips, dual in every)


@cache
def own_bases(call: str, host: str, client: str | None) -> frozenset[str]:
    """How *host* is one of AWS's own for *call*: ``plain``, ``fips``, ``dual``, ``listed``."""
    ways = set()
    for region in regions_of(call, host, client):
        for fips, dual in product((False, True), repeat=2):
            if host in named(call, region, fips=fips, dual_stack=dual):
                ways |= {"fips" if fips else "plain"} | ({"dual"} if dual else set())
    if any(host == name or host.endswith(f".{name}") for name in listed(CALLS[call].service)):
        ways.add("listed")
    # Where buckets of S3 Express are made; a form (POST) is signed for it.
    if not ways and call == "express" and re.match(r"s3express-control\.", host):
        ways.add("plain")
    return frozenset(ways)
