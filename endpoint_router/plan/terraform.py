"""A plan as Terraform: interface endpoints, looked up first so that a wrong name fails. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ..printable import printable
from .quoting import hcl
from .values import Endpoint, Plan

_VARIABLES = (
    ("vpc_id", "string", "VPC that the endpoints are for"),
    ("subnet_ids", "list(string)", "One subnet in each availability zone"),
    ("security_group_ids", "list(string)", "Let port 443 in from the applications"),
)


def as_hcl(plan: Plan) -> str:
    """One file that is a module by itself; empty without endpoints."""
    if not plan.endpoints:
        return ""
    return "\n".join(_lines(plan)) + "\n"


def identifiers(endpoints: tuple[Endpoint, ...]) -> dict[tuple[str, str], str]:
    """A Terraform name for each endpoint, by region and service; unique and stable."""
    several = len({endpoint.link.region for endpoint in endpoints}) > 1
    taken: dict[tuple[str, str], str] = {}
    names: set[str] = set()
    numbers: Counter[str] = Counter()
    for endpoint in endpoints:
        _, _, service = endpoint.link.name.rpartition(f".{endpoint.link.region}.")
        name = identifier(service.removeprefix("com.amazonaws."))
        if several:
            name += f"_{identifier(endpoint.link.region)}"
        unique = name
        while unique in names:
            numbers[name] += 1
            unique = f"{name}_{numbers[name] + 1}"
        names.add(unique)
        taken[endpoint.link.region, endpoint.link.name] = unique
    return taken


def identifier(text: str) -> str:
    """A name of Terraform's made of *text*."""
    name = re.sub(r"[^a-z0-9_]", "_", text.lower())
    return name if name[:1].isalpha() else f"endpoint_{name}"


def _lines(plan: Plan) -> Iterator[str]:
    names = identifiers(plan.endpoints)
    regions = sorted({endpoint.link.region for endpoint in plan.endpoints})
    yield "# Written by `endpoint-router plan` from decision logs. Read it before you apply it."
    yield "# A later plan has only what is missing then: keep each in a directory of its own."
    if len(regions) > 1:
        aliases = ", ".join(identifier(region) for region in regions)
        yield f'# Needs a provider "aws" for each region, with these aliases: {printable(aliases)}.'
    for region in regions:
        # A VPC lies in one region: for several, each has its variables and its provider.
        suffix = f"_{identifier(region)}" if len(regions) > 1 else ""
        for name, kind, description in _VARIABLES:
            yield ""
            yield f'variable "{name}{suffix}" {{'
            yield f"  type        = {kind}"
            yield f"  description = {hcl(f'{region}: {description}')}"
            yield "}"
        for endpoint in plan.endpoints:
            if endpoint.link.region == region:
                yield ""
                yield from _endpoint(endpoint, names[region, endpoint.link.name], suffix)
    yield ""
    yield from _dns_names(names)
    yield from _for_the_policy(plan, names)


def _endpoint(endpoint: Endpoint, name: str, suffix: str) -> Iterator[str]:
    link = endpoint.link
    provider = [f"  provider = aws.{suffix[1:]}", ""] if suffix else []
    yield f"# {printable(', '.join(endpoint.services))}: {printable(', '.join(endpoint.hosts))}"
    if link.basis == "by rule":
        yield "# The name is formed by rule: AWS's list does not have it."
    if not endpoint.asked:
        yield "# Nothing asked DNS about these hosts yet: look whether the endpoint exists already."
    if link.note:
        yield f"# {printable(link.note)}"
    yield f'data "aws_vpc_endpoint_service" "{name}" {{'
    yield from provider
    yield f"  service_name = {hcl(link.name)}"
    yield '  service_type = "Interface"'
    yield "}"
    yield ""
    yield f'resource "aws_vpc_endpoint" "{name}" {{'
    yield from provider
    yield f"  vpc_id              = var.vpc_id{suffix}"
    yield f"  service_name        = data.aws_vpc_endpoint_service.{name}.service_name"
    yield '  vpc_endpoint_type   = "Interface"'
    yield f"  subnet_ids          = var.subnet_ids{suffix}"
    yield f"  security_group_ids  = var.security_group_ids{suffix}"
    yield f"  private_dns_enabled = {'true' if link.private_dns else 'false'}"
    if link.name.endswith(".s3"):
        # AWS's default is true: then names stay public in the VPC, and a gateway is required.
        yield ""
        yield "  dns_options {"
        yield "    private_dns_only_for_inbound_resolver_endpoint = false"
        yield "  }"
    yield "}"


def _dns_names(names: dict[tuple[str, str], str]) -> Iterator[str]:
    yield 'output "endpoint_dns_names" {'
    yield '  description = "Every DNS name of every endpoint"'
    yield "  value = {"
    width = max(map(len, names.values()))
    for name in names.values():
        yield f"    {name.ljust(width)} = aws_vpc_endpoint.{name}.dns_entry[*].dns_name"
    yield "  }"
    yield "}"


def _for_the_policy(plan: Plan, names: dict[tuple[str, str], str]) -> Iterator[str]:
    """``host=name``, the form that ``ENDPOINT_ROUTER_VPC_ENDPOINTS`` takes."""
    entries = [
        (names[endpoint.link.region, endpoint.link.name], host)
        for endpoint in plan.endpoints
        if not endpoint.link.private_dns
        for host in endpoint.hosts
    ]
    if not entries:
        return
    yield ""
    yield 'output "endpoint_router_vpc_endpoints" {'
    yield '  description = "ENDPOINT_ROUTER_VPC_ENDPOINTS: endpoints without private DNS"'
    yield '  value = join(",", concat('
    for name, host in entries:
        pair = hcl(f"{host}=")[:-1] + '${entry.dns_name}"'
        yield f"    [for entry in aws_vpc_endpoint.{name}.dns_entry : {pair}],"
    yield "  ))"
    yield "}"
