"""Renders ``docs/reference/policy.md`` and the JSON Schema from the model and the variables' table.

``python -m endpoint_router.policy.reference docs/reference`` writes both. A key without a meaning
here fails the test-suite; a key that does not exist has no row.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import inspect

from . import environment, model, schema
from .strictness import ORDER

#: Tables in the order of the page: heading, class, an introducing sentence.
TABLES: tuple[tuple[str, type[msgspec.Struct], str], ...] = (
    ("Top level", model.Policy, ""),
    (
        "`[defaults]`",
        model.Settings,
        "`off` means no opinion: the application's and botocore's own settings stand.",
    ),
    (
        "`[[rules]]`",
        model.Rule,
        "The first rule that matches a call speaks, and only that one. A rule matches when each"
        " selector that it gives has a matching glob, in any case. What it leaves out comes from"
        " `[defaults]`; the settings mean what they mean there.",
    ),
    (
        '`[[vpc_endpoints]]` with `type = "interface"`',
        model.InterfaceEndpoint,
        "An interface endpoint (PrivateLink). The order in the file is the order of preference.",
    ),
    (
        '`[[vpc_endpoints]]` with `type = "gateway"`',
        model.GatewayEndpoint,
        "A gateway endpoint changes routes, not names or addresses.",
    ),
    (
        "`[[custom_endpoints]]`",
        model.CustomEndpoint,
        "Hosts outside of AWS's standard ones that an `endpoint_url` may name.",
    ),
    ("`[network]`", model.Network, ""),
    ("`[dns]`", model.Dns, "Times are in seconds."),
    ("`[log]`", model.Log, ""),
)

#: One line for each key, by class. A rule's settings are those of ``[defaults]``.
MEANINGS: dict[type[msgspec.Struct], dict[str, str]] = {
    model.Policy: {
        "version": "Version of this format. A file must state it.",
        "mode": "`enforce`; `report` sends what botocore would send and records what `enforce`"
        " would do; `off` does nothing.",
        "locked": "The environment and code may tighten this policy, never loosen it.",
        "defaults": "What is demanded of every call.",
        "rules": "Exceptions to the defaults.",
        "vpc_endpoints": "VPC endpoints that calls may use.",
        "custom_endpoints": "Other endpoints that calls may use.",
        "network": "Which addresses count as private, and where this process runs.",
        "dns": "How names are looked up.",
        "log": "Where decisions are written.",
    },
    model.Settings: {
        "fips": "FIPS endpoints. `prefer` leaves them only where DNS shows that there is none.",
        "fips_basis": "The weakest basis on which a host counts as FIPS. Strongest first: listed,"
        " named, ruleset, attested.",
        "private": "Hosts whose addresses all lie in a trusted network.",
        "dual_stack": "Dual-stack endpoints.",
        "regional": "Regional hosts in place of global ones; only STS and S3 have both.",
        "allowed_regions": "Globs of the regions that calls may go to; empty allows any.",
        "endpoint_url": "`check` holds an `endpoint_url` against what is required; `deny` refuses"
        " every one that is not declared.",
        "presigned": "Host of presigned URLs, which someone else uses, often elsewhere.",
        "account_id_hosts": "Hosts that carry the account id (DynamoDB, Kinesis, EventBridge)."
        " `auto`: as botocore, and without it where only that host is private; `off`: never.",
    },
    model.Rule: {
        "services": "boto3 client names, globs. Empty matches any, here and below.",
        "operations": "Operations as the API spells them (`PutObject`), globs.",
        "regions": "Signing region of the standard endpoint, globs.",
        "partitions": "Partitions (`aws-us-gov`), globs.",
        "reason": "Required where the rule loosens the defaults.",
        "expires": "Last day of the rule, which ends at 24:00 UTC. Only where the rule loosens.",
    },
    model.InterfaceEndpoint: {
        "dns_names": "DNS names of the endpoint, the regional one first; any host where `serves`"
        " is given.",
        "serves": "Standard hosts that it serves, also as `*.suffix`. Empty: derived from the"
        " name.",
        "connect": "`name` puts the endpoint's name into the URL; `address` keeps the standard host"
        " there and moves only the connection, which no proxy may carry.",
        "fips": "Only where the name does not say so: you attest it, with a reason.",
        "zone": "Availability zone of a zonal name, by name or id. Empty: as the name says,"
        " which is what the endpoint's owner calls it.",
        "reason": "Required beside `fips = true`.",
    },
    model.GatewayEndpoint: {
        "service": "The service that the endpoint is for.",
        "region": "Its region.",
        "prefix_list": "CIDRs of the service's prefix list. When given, addresses must lie in it.",
    },
    model.CustomEndpoint: {
        "url": "Scheme, host and port; the host may hold `*` in all labels but the last.",
        "services": "boto3 client names that may use it, globs.",
        "fips": "You attest that it is FIPS-validated, with a reason.",
        "private": "You attest that it is private, with a reason.",
        "reason": "Required beside `fips = true` and `private = true`.",
    },
    model.Network: {
        "private": "Networks in CIDR notation, without host bits.",
        "zone": "Availability zone of this process, by name (`us-gov-west-1a`) or id"
        " (`usgw1-az1`). Empty: asked of the metadata endpoint where a zonal name is declared."
        " `none`: never asked, no preference. See"
        " [Prefer the same zone](../how-to/prefer-the-same-zone.md).",
    },
    model.Dns: {
        "servers": "`host`, `host:port` or `[v6]:port`. Empty: the hosts file, then the system's"
        " resolvers.",
        "timeout": "For one look-up in all, with at least two transmissions inside it.",
        "min_ttl": "Answers are believed for at least this long.",
        "max_ttl": "Answers are believed for at most this long; not less than `min_ttl`.",
        "negative_ttl": "Absences are believed for at most this long.",
        "failure_ttl": "Between calls, how long a failure stands; a retry of the same call always"
        " asks again.",
        "max_stale": "How long a good answer stands while its renewal fails (RFC 8767).",
    },
    model.Log: {
        "decisions": "Path, `stderr`, `logger` (Python's, `endpoint_router.decisions`), or nothing."
        " See [Decision log](decision-log.md)."
    },
}

_HEAD = """\
# Policy reference

<!-- Written by `python -m endpoint_router.policy.reference docs/reference`. Do not edit. -->

The policy is TOML or JSON. Editors can check it against [the JSON Schema](policy.schema.json).

## Which value wins

The policy comes in three layers. The weakest is the document: the file or inline JSON that
`ENDPOINT_ROUTER_POLICY` names, else the one that `endpoint_router_policy` names in the AWS profile.
Above it are the environment variables below, and above these the values that code passes. A path
that code passes is a document in place of `ENDPOINT_ROUTER_POLICY`. Single values of a stronger
layer replace weaker ones. `rules`, `vpc_endpoints` and `custom_endpoints` are joined, those of the
stronger layer first.

With `locked = true` the layers above may tighten, never loosen: a value that is weaker than the
locked one, or than the default where the locked layer is silent, is an error. So are a rule that
would put a weaker value in place of any locked one, a wider `network.private`, other `dns.servers`,
another `log.decisions` than a locked one, and an attested endpoint. A locked document is not
displaced by another one; it stays underneath.

Whatever cannot be read or understood is an error, and then every call is refused.
"""

_STRICT = """\
From weakest to strongest:

{rows}

`allowed_regions` is stricter the fewer globs it holds; an empty list is the weakest.
"""


def markdown() -> str:
    """The reference page."""
    parts = [_HEAD, "## Keys\n"]
    for heading, struct, introduction in TABLES:
        parts.append(f"### {heading}\n")
        if introduction:
            parts.append(f"{introduction}\n")
        parts.append(_table(("Key", "Type", "Default", "Meaning"), _key_rows(struct)))
    rows = "\n".join(f"- `{key}`: {', '.join(values)}" for key, values in ORDER.items())
    parts += ["## Strictness\n", _STRICT.format(rows=rows), "## Environment variables\n"]
    parts.append(
        "An empty variable counts as unset, with a warning. An unknown `ENDPOINT_ROUTER_*` name is"
        " an\nerror, except for those that Kubernetes sets for a Service called"
        " `endpoint-router`.\n"
    )
    parts.append(_table(("Variable", "Key", "Value"), _variable_rows()))
    return "\n".join(parts)


def json_schema() -> str:
    """JSON Schema (2020-12) of a policy document."""
    schema_of = msgspec.json.schema(model.Policy)
    # The model lets code and variables leave it out; a document may not.
    schema_of["$defs"]["Policy"]["required"] = ["version"]
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps({"$schema": dialect, **schema_of}, indent=2) + "\n"


def write(directory: Path) -> None:
    """Write both files into *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "policy.md").write_text(markdown(), encoding="utf-8")
    (directory / "policy.schema.json").write_text(json_schema(), encoding="utf-8")


def meaning(struct: type[msgspec.Struct], key: str) -> str:
    """One line about a key; a rule's settings share theirs with ``[defaults]``."""
    if struct is model.Rule and key not in MEANINGS[struct]:
        return MEANINGS[model.Settings][key]
    return MEANINGS[struct][key]


def _key_rows(struct: type[msgspec.Struct]) -> Iterator[tuple[str, ...]]:
    info = inspect.type_info(struct)
    if isinstance(info, inspect.StructType) and info.tag_field:
        yield f"`{info.tag_field}`", f'"{info.tag}"', "required", "Kind of endpoint."
    for key, field in schema.keys(info).items():
        kind = schema.describe(field.type)
        yield f"`{key}`", kind, _default(struct, key, field), meaning(struct, key)


def _default(struct: type[msgspec.Struct], key: str, field: inspect.Field) -> str:
    if field.required:
        return "required"
    if struct is model.Rule:
        return ""
    if field.default is msgspec.NODEFAULT:
        return "its own defaults" if key in schema.TABLES else ""
    if field.default is None:
        return "as the name says"
    return f"`{json.dumps(field.default)}`"


def _variable_rows() -> Iterator[tuple[str, ...]]:
    for variable in environment.VARIABLES:
        key = environment.key_of(variable)
        yield f"`{variable.name}`", f"`{key}`" if key else "", variable.meaning


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
