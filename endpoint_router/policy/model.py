"""What a policy may say: frozen values, checked by msgspec, and nothing that reads the world.

The loader, the environment variables, the JSON Schema and the reference page all follow these
classes; a key exists because it stands here. Defaults written here are the policy's defaults.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Demand = Literal["require", "prefer", "off"]
Basis = Literal["listed", "named", "ruleset", "attested"]
Mode = Literal["enforce", "report", "off"]

#: Names that may be asked of DNS servers are few; a policy with more is a mistake or an attack.
Glob = Annotated[str, Meta(min_length=1, max_length=253)]
Seconds = Annotated[float, Meta(ge=0, le=86400)]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is demanded of a call. ``[defaults]`` of the policy.

    ``off`` means no opinion: the application's and botocore's own settings stand.
    """

    fips: Demand = "off"
    #: The weakest basis on which a host counts as FIPS.
    fips_basis: Basis = "ruleset"
    private: Demand = "prefer"
    dual_stack: Demand = "off"
    #: Only STS and S3 have a global twin.
    regional: Literal["require", "off"] = "off"
    #: Globs of region names; empty allows any.
    allowed_regions: tuple[Glob, ...] = ()
    endpoint_url: Literal["check", "deny"] = "check"
    #: A presigned URL is used by someone else, often elsewhere.
    presigned: Literal["public", "routed"] = "public"
    account_id_hosts: Literal["auto", "off"] = "auto"


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An exception to the defaults. The first rule that matches a call speaks, and only that one.

    A setting that is ``None`` comes from ``[defaults]``.
    """

    services: tuple[Glob, ...] = ()  # boto3 client names
    operations: tuple[Glob, ...] = ()  # API spelling (``PutObject``)
    regions: tuple[Glob, ...] = ()  # signing region of the standard endpoint
    partitions: tuple[Glob, ...] = ()

    fips: Demand | None = None
    fips_basis: Basis | None = None
    private: Demand | None = None
    dual_stack: Demand | None = None
    regional: Literal["require", "off"] | None = None
    allowed_regions: tuple[Glob, ...] | None = None
    endpoint_url: Literal["check", "deny"] | None = None
    presigned: Literal["public", "routed"] | None = None
    account_id_hosts: Literal["auto", "off"] | None = None

    #: Required where the rule loosens.
    reason: str = ""
    #: Only where the rule loosens; the rule ends at 24:00 UTC of that day.
    expires: datetime.date | None = None


class InterfaceEndpoint(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    tag="interface",
):
    """An interface VPC endpoint (PrivateLink)."""

    dns_names: tuple[Glob, ...]
    #: Standard hosts that it serves (``*.suffix`` allowed). Empty: derived from the name.
    serves: tuple[Glob, ...] = ()
    connect: Literal["name", "address"] = "name"
    #: ``None``: as the name says. ``True`` where it does not say so: attested, with a reason.
    fips: bool | None = None
    zone: str = ""
    reason: str = ""


class GatewayEndpoint(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    tag="gateway",
):
    """A gateway VPC endpoint: routes change, names and addresses do not."""

    service: Literal["s3", "s3express", "dynamodb"]
    region: Glob
    prefix_list: tuple[str, ...] = ()


VpcEndpoint = InterfaceEndpoint | GatewayEndpoint


class CustomEndpoint(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An endpoint that is not AWS's standard one, which an ``endpoint_url`` may name."""

    url: Annotated[str, Meta(min_length=1, max_length=2048)]
    services: tuple[Glob, ...]
    fips: bool = False
    private: bool = False
    reason: str = ""


class Network(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which addresses count as private, and where this process runs."""

    private: tuple[str, ...] = (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
    )
    #: Name or id of this process's availability zone, or ``none``; empty: asked of the metadata
    #: endpoint where a zonal name is declared. A preference only, so no lock holds it.
    zone: str = ""


class Dns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How names are looked up. Times are in seconds."""

    #: ``host``, ``host:port`` or ``[v6]:port``; empty: hosts file, then the system's resolvers.
    servers: tuple[str, ...] = ()
    #: In all, with at least two transmissions inside it.
    timeout: Annotated[float, Meta(gt=0, le=60)] = 2.0
    min_ttl: Seconds = 5
    max_ttl: Seconds = 300
    #: Ceiling for how long an absence is believed.
    negative_ttl: Seconds = 60
    #: Between calls; a retry of the same call always asks again.
    failure_ttl: Seconds = 0.5
    #: How long a good answer stands while its renewal fails (RFC 8767).
    max_stale: Seconds = 3600


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where decisions are written."""

    #: A path, ``stderr``, ``logger`` (``endpoint_router.decisions``), or nowhere.
    decisions: str = ""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole policy. ``Policy()`` demands nothing and prefers private where one is declared."""

    version: Literal[1] = 1
    mode: Mode = "enforce"
    #: Environment and code may tighten, never loosen.
    locked: bool = False
    defaults: Settings = field(default_factory=Settings)
    rules: tuple[Rule, ...] = ()
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    custom_endpoints: tuple[CustomEndpoint, ...] = ()
    network: Network = field(default_factory=Network)
    dns: Dns = field(default_factory=Dns)
    log: Log = field(default_factory=Log)
