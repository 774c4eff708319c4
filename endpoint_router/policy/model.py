"""What a policy may say: frozen values, checked by msgspec, and nothing that reads the world.

Each key is stated here, once, with its type, default, meaning, strictness and variable
(:func:`.keys.key`); loader, variables, locks, ``explain``, decision log, JSON Schema and reference
page follow. A setting is a line in :class:`Settings`, and nothing else.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, defstruct, field

from .keys import key

# From weakest to strongest.
Demand = Literal["off", "prefer", "require"]
Basis = Literal["attested", "ruleset", "named", "listed"]
Mode = Literal["off", "report", "enforce"]

#: Names that may be asked of DNS servers are few; a policy with more is a mistake or an attack.
Glob = Annotated[str, Meta(min_length=1, max_length=253)]

_DAY = 86400  # seconds


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is demanded of a call. ``[defaults]`` of the policy.

    ``off`` means no opinion: the application's and botocore's own settings stand.
    """

    fips: Annotated[
        Demand,
        key(
            "FIPS endpoints. `prefer` leaves them only where DNS shows that there is none.",
            graded=True,
            variable="FIPS",
        ),
    ] = "off"
    fips_basis: Annotated[
        Basis,
        key(
            "The weakest basis on which a host counts as FIPS. Strongest first: listed, named,"
            " ruleset, attested.",
            graded=True,
            variable="FIPS_BASIS",
        ),
    ] = "ruleset"
    private: Annotated[
        Demand,
        key("Hosts whose addresses all lie in a trusted network.", graded=True, variable="PRIVATE"),
    ] = "prefer"
    dual_stack: Annotated[
        Demand, key("Dual-stack endpoints.", graded=True, variable="DUAL_STACK")
    ] = "off"
    regional: Annotated[
        Literal["off", "require"],
        key(
            "Regional hosts in place of global ones; only STS and S3 have both.",
            graded=True,
            variable="REGIONAL",
        ),
    ] = "off"
    allowed_regions: Annotated[
        tuple[Glob, ...],
        key(
            "Globs of the regions that calls may go to: the client's, the signature's and the"
            " host's; empty allows any.",
            graded=True,
            variable="ALLOWED_REGIONS",
            spelled="globs, separated by commas or spaces",
        ),
    ] = ()
    endpoint_url: Annotated[
        Literal["check", "deny"],
        key(
            "`check` holds an `endpoint_url` against what is required; `deny` refuses every one"
            " that is not declared.",
            graded=True,
        ),
    ] = "check"
    presigned: Annotated[
        Literal["public", "routed"],
        key("Host of presigned URLs, which someone else uses, often elsewhere."),
    ] = "public"
    account_id_hosts: Annotated[
        Literal["auto", "off"],
        key(
            "Hosts that carry the account id (DynamoDB, Kinesis, EventBridge). `auto`: as"
            " botocore, and without it where only that host is private; `off`: never."
        ),
    ] = "auto"


class _SelectorKeys(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Which calls a rule is about."""

    services: Annotated[
        tuple[Glob, ...],
        key("boto3 client names, globs. Empty matches any, here and below."),
    ] = ()
    operations: Annotated[
        tuple[Glob, ...], key("Operations as the API spells them (`PutObject`), globs.")
    ] = ()
    regions: Annotated[
        tuple[Glob, ...], key("Signing region of the standard endpoint, globs.")
    ] = ()
    partitions: Annotated[tuple[Glob, ...], key("Partitions (`aws-us-gov`), globs.")] = ()


if TYPE_CHECKING:
    _SelectorsAndSettings = _SelectorKeys
else:
    # Between a rule's other keys, because a policy's digest is that of its keys in this order.
    _SelectorsAndSettings = defstruct(
        "_SelectorsAndSettings",
        [(name, hint | None, None) for name, hint in Settings.__annotations__.items()],
        bases=(_SelectorKeys,),
        module=__name__,
        kw_only=True,
    )


class Rule(
    _SelectorsAndSettings,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """An exception to the defaults. The first rule that matches a call speaks, and only that one.

    It may hold every setting of :class:`Settings`; one that is ``None`` comes from ``[defaults]``.
    """

    reason: Annotated[str, key("Required where the rule loosens the defaults.")] = ""
    expires: Annotated[
        datetime.date | None,
        key("Last day of the rule, which ends at 24:00 UTC. Only where the rule loosens."),
    ] = None

    if TYPE_CHECKING:
        # Type checkers cannot see that a rule has a copy of each setting.
        def __init__(self, **keys: Any) -> None: ...

    def own(self, setting: str) -> Any:
        """The rule's own value of a setting; ``None`` where it says nothing about it."""
        return getattr(self, setting)


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

    dns_names: Annotated[
        tuple[Glob, ...],
        key("DNS names of the endpoint, the regional one first; any host where `serves` is given."),
    ]
    serves: Annotated[
        tuple[Glob, ...],
        key("Standard hosts that it serves, also as `*.suffix`. Empty: derived from the name."),
    ] = ()
    connect: Annotated[
        Literal["name", "address"],
        key(
            "`name` puts the endpoint's name into the URL; `address` keeps the standard host there"
            " and moves only the connection, which no proxy may carry."
        ),
    ] = "name"
    fips: Annotated[
        bool | None,
        key("Only where the name does not say so: you attest it, with a reason."),
    ] = None
    zone: Annotated[
        str,
        key(
            "Availability zone of a zonal name, by name or id. Empty: as the name says, which is"
            " what the endpoint's owner calls it."
        ),
    ] = ""
    reason: Annotated[str, key("Required beside `fips = true`.")] = ""


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

    service: Annotated[
        Literal["s3", "s3express", "dynamodb"], key("The service that the endpoint is for.")
    ]
    region: Annotated[Glob, key("Its region.")]
    prefix_list: Annotated[
        tuple[str, ...],
        key("CIDRs of the service's prefix list. When given, addresses must lie in it."),
    ] = ()


VpcEndpoint = InterfaceEndpoint | GatewayEndpoint


class CustomEndpoint(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An endpoint that is not AWS's standard one, which an ``endpoint_url`` may name."""

    url: Annotated[
        str,
        key(
            "Scheme, host and port; the host may hold `*` in all labels but the last.",
            min_length=1,
            max_length=2048,
        ),
    ]
    services: Annotated[tuple[Glob, ...], key("boto3 client names that may use it, globs.")]
    fips: Annotated[bool, key("You attest that it is FIPS-validated, with a reason.")] = False
    private: Annotated[bool, key("You attest that it is private, with a reason.")] = False
    reason: Annotated[str, key("Required beside `fips = true` and `private = true`.")] = ""


class Network(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which addresses count as private, and where this process runs."""

    private: Annotated[
        tuple[str, ...],
        key(
            "Networks in CIDR notation, without host bits.",
            variable="PRIVATE_NETWORKS",
            spelled="CIDRs, separated by commas or spaces",
        ),
    ] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
    # A preference only, so no lock holds it.
    zone: Annotated[
        str,
        key(
            "Availability zone of this process, by name (`us-gov-west-1a`) or id (`usgw1-az1`)."
            " Empty: asked of the metadata endpoint where a zonal name is declared. `none`: never"
            " asked, no preference. See"
            " [Prefer the same zone](../how-to/prefer-the-same-zone.md).",
            variable="ZONE",
            spelled="availability zone of this process, as `us-east-1a` or `use1-az1`, or `none`",
        ),
    ] = ""


class Dns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How names are looked up. Times are in seconds."""

    servers: Annotated[
        tuple[str, ...],
        key(
            "`host`, `host:port` or `[v6]:port`. Empty: the hosts file, then the system's"
            " resolvers.",
            variable="DNS_SERVERS",
        ),
    ] = ()
    timeout: Annotated[
        float,
        key(
            "So long does a call wait for DNS, with at least two transmissions; a retry, half as"
            " long as the attempt before it.",
            variable="DNS_TIMEOUT",
            spelled="seconds",
            gt=0,
            le=60,
        ),
    ] = 2.0
    min_ttl: Annotated[
        float, key("Answers are believed for at least this long.", ge=0, le=_DAY)
    ] = 5
    max_ttl: Annotated[
        float,
        key("Answers are believed for at most this long; not less than `min_ttl`.", ge=0, le=_DAY),
    ] = 300
    negative_ttl: Annotated[
        float, key("Absences are believed for at most this long.", ge=0, le=_DAY)
    ] = 60
    failure_ttl: Annotated[
        float,
        key(
            "Between calls, how long a failure stands; a retry of the same call always asks again.",
            ge=0,
            le=_DAY,
        ),
    ] = 0.5
    max_stale: Annotated[
        float,
        key("How long a good answer stands while its renewal fails (RFC 8767).", ge=0, le=_DAY),
    ] = 3600


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where decisions are written, and what else tells of them."""

    decisions: Annotated[
        str,
        key(
            "Path, `stderr`, `stdout`, `logger` (Python's, `endpoint_router.decisions`), or"
            " nothing. See [Decision log](decision-log.md).",
            variable="LOG_DECISIONS",
        ),
    ] = ""
    user_agent: Annotated[
        bool,
        key(
            "Routed clients add `md/endpoint-router#VERSION-DIGEST` to their user agent, with"
            " eight hex digits of the policy's digest; none does in report mode. It tells which"
            " calls were routed, and proves nothing, because nobody signs it. See"
            " [Label your calls](../how-to/prove-it-to-an-auditor.md#label-your-calls).",
            variable="LOG_USER_AGENT",
            spelled="`true` or `false`",
        ),
    ] = False


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole policy. ``Policy()`` demands nothing and prefers private where one is declared."""

    version: Annotated[Literal[1], key("Version of this format. A file must state it.")] = 1
    mode: Annotated[
        Mode,
        key(
            "`enforce`; `report` sends what botocore would send and records what `enforce` would"
            " do; `off` does nothing.",
            graded=True,
            variable="MODE",
        ),
    ] = "enforce"
    locked: Annotated[
        bool, key("The environment and code may tighten this policy, never loosen it.")
    ] = False
    defaults: Annotated[Settings, key("What is demanded of every call.")] = field(
        default_factory=Settings
    )
    rules: Annotated[tuple[Rule, ...], key("Exceptions to the defaults.")] = ()
    vpc_endpoints: Annotated[
        tuple[VpcEndpoint, ...],
        key(
            "VPC endpoints that calls may use.",
            variable="VPC_ENDPOINTS",
            spelled="DNS names of interface endpoints, separated by commas or spaces or as a JSON"
            " list, as Terraform prints `dns_entry[*].dns_name`; `host=name` where the name does"
            " not tell which host it serves",
        ),
    ] = ()
    custom_endpoints: Annotated[
        tuple[CustomEndpoint, ...], key("Other endpoints that calls may use.")
    ] = ()
    network: Annotated[
        Network, key("Which addresses count as private, and where this process runs.")
    ] = field(default_factory=Network)
    dns: Annotated[Dns, key("How names are looked up.")] = field(default_factory=Dns)
    log: Annotated[Log, key("Where decisions are written, and what else tells of them.")] = field(
        default_factory=Log
    )
