"""Private hosted zones as Terraform: each standard host an alias of its endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..plan.quoting import hcl
from ..plan.terraform import identifier
from . import comments
from .values import Loss, Record

_SHADOW = "A private zone answers for every name at and below its own, in all of the VPC."


def as_hcl(
    records: Sequence[Record], losses: Sequence[Loss], origins: Iterable[str]
) -> tuple[str, tuple[Loss, ...]]:
    """A module by itself; and all that is lost, of *losses* and with it."""
    held = [record for record in records if record.endpoint_id]
    lost = (
        *losses,
        *(
            Loss(record.host, f"{record.dials} is not the name of a VPC endpoint: no alias")
            for record in records
            if not record.endpoint_id
        ),
    )
    regions = sorted({record.region for record in held})
    lines = [*comments.head(origins, _SHADOW), *comments.lost(lost)]
    if len(regions) > 1:
        aliases = ", ".join(identifier(region) for region in regions)
        lines.append(f'# Needs a provider "aws" for each region, with these aliases: {aliases}.')
    for region in regions:
        suffix = f"_{identifier(region)}" if len(regions) > 1 else ""
        lines += _of_region([record for record in held if record.region == region], suffix)
    return "\n".join(lines) + "\n", lost


def _of_region(records: Sequence[Record], suffix: str) -> Iterator[str]:
    """:param suffix: of the variable and of the provider, where there are several regions."""
    provider = [f"  provider = aws.{suffix[1:]}", ""] if suffix else []
    yield ""
    yield f'variable "vpc_id{suffix}" {{'
    yield "  type        = string"
    yield f"  description = {hcl(f'{records[0].region}: VPC whose programs ask for these names')}"
    yield "}"
    for endpoint_id in dict.fromkeys(record.endpoint_id for record in records):
        yield ""
        yield f'data "aws_vpc_endpoint" "{identifier(endpoint_id)}" {{'
        yield from provider
        yield f"  id = {hcl(endpoint_id)}"
        yield "}"
    for zone in dict.fromkeys(_zone(record) for record in records):
        yield ""
        yield from _of_zone(zone, [each for each in records if _zone(each) == zone], suffix)


def _of_zone(zone: str, records: Sequence[Record], suffix: str) -> Iterator[str]:
    provider = [f"  provider = aws.{suffix[1:]}", ""] if suffix else []
    name = identifier(zone)
    yield f'resource "aws_route53_zone" "{name}" {{'
    yield from provider
    yield f"  name    = {hcl(zone)}"
    yield f"  comment = {hcl('endpoint-router export')}"
    yield ""
    yield "  vpc {"
    yield f"    vpc_id = var.vpc_id{suffix}"
    yield "  }"
    yield "}"
    for record in records:
        kind = "_below" if record.host.startswith("*.") else ""
        yield ""
        yield f'resource "aws_route53_record" "{name}{kind}" {{'
        yield from provider
        yield f"  zone_id = aws_route53_zone.{name}.zone_id"
        yield f"  name    = {hcl(record.host)}"
        yield '  type    = "A"'
        yield ""
        yield "  alias {"
        yield f"    name                   = {hcl(record.dials)}"
        endpoint = f"data.aws_vpc_endpoint.{identifier(record.endpoint_id)}"
        yield f"    zone_id                = {endpoint}.dns_entry[0].hosted_zone_id"
        yield "    evaluate_target_health = false"
        yield "  }"
        yield "}"


def _zone(record: Record) -> str:
    return record.host.removeprefix("*.")
