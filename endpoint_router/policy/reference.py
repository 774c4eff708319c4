"""Renders ``docs/reference/policy.md`` and the JSON Schema from the model.

``python -m endpoint_router.policy.reference docs/reference`` writes both, the same on every Python.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from . import environment, model, schema
from .document import MAX_BYTES, MAX_PARTS
from .keys import keys_of
from .layer import MAX_ITEMS, TYPE_OF_ENDPOINT
from .paths import TABLES
from .rules import GRADED, ORDER

#: Of the schema, as its readers cache it; its last part is the policy's ``version``.
SCHEMA_ID = "urn:endpoint-router:policy:1"

#: Tables in the order of the page: heading, class, an introducing sentence.
SECTIONS: tuple[tuple[str, type[msgspec.Struct], str], ...] = (
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

_HEAD = """\
# Policy reference

<!-- Written by `python -m endpoint_router.policy.reference docs/reference`. Do not edit. -->

The policy is TOML or JSON. Editors can check it against [the JSON Schema](policy.schema.json),
which a JSON policy may name in a top-level `"$schema"`.

## Which value wins

The policy comes in four layers. The weakest is the machine's own: the file
`/etc/endpoint-router/policy.toml`, which is read where it exists (not on Windows). Above it is the
document: the file or inline JSON that `ENDPOINT_ROUTER_POLICY` names, else the one that
`endpoint_router_policy` names in the AWS profile. Above it are the environment variables below, and
above these the values that code passes. A path that code passes is a document in place of
`ENDPOINT_ROUTER_POLICY`. Single values of a stronger layer replace weaker ones. `rules`,
`vpc_endpoints` and `custom_endpoints` are joined, those of the stronger layer first.

With `locked = true` the layers above may tighten, never loosen: a value that is weaker than the
locked one, or than the default where the locked layer is silent, is an error. So are a rule that
would put a weaker value in place of any locked one, a wider `network.private`, other `dns.servers`,
another `log.decisions` than a locked one, `log.user_agent = false` under a locked `true`, and an
attested endpoint. A locked document is not displaced by another one; it stays underneath.

Whatever cannot be read or understood is an error, and then every call is refused.

## Limits

A policy is a regular file of at most {max_bytes:,} bytes, in UTF-8. A list in it holds at most
{max_items:,} items, a dotted key at most {max_parts} parts. What is larger is an error.

A file that others may change is a warning, and with `locked = true` an error. That is one with
write permission for all users, or whose owner is neither root nor the user who runs the process, or
that lies in a folder where anybody may replace it (writable for all, without the sticky bit). Of a
read-only mount (a ConfigMap of Kubernetes, `docker run -v …:ro`) neither mode nor owner counts, and
group permissions never do.

## Selectors that match nothing

What rules select by (`services`, `operations`, `regions`, `partitions`) and `allowed_regions` are
held against the names that the installed botocore has. A glob that matches none of them and is a
slip away from one is an error with the right name: `Decript`, `put_object`, `us-gov-wst-1`,
`aws-gov`. In a rule that only loosens it is a warning, and so it is in `services` of a custom
endpoint. What is like nothing known may be newer than that botocore (`us-west-3`): a warning, and
the rule stands. Operations of a rule that names no service, or many, are held against those of ten
common services.

A rule that can never speak, because a rule before it in the same place matches all of its calls, is
a warning.
"""

_STRICT = """\
From weakest to strongest:

{rows}

{lists} is stricter the fewer globs it holds; an empty list is the weakest.
"""


def markdown() -> str:
    """The reference page."""
    limits = {"max_bytes": MAX_BYTES, "max_items": MAX_ITEMS, "max_parts": MAX_PARTS}
    parts = [_HEAD.format(**limits), "## Keys\n"]
    for heading, struct, introduction in SECTIONS:
        parts.append(f"### {heading}\n")
        if introduction:
            parts.append(f"{introduction}\n")
        parts.append(_table(("Key", "Type", "Default", "Meaning"), _key_rows(struct)))
    rows = "\n".join(f"- `{key}`: {', '.join(values)}" for key, values in ORDER.items())
    lists = schema.either(f"`{key}`" for key in GRADED if key not in ORDER)
    parts += ["## Strictness\n", _STRICT.format(rows=rows, lists=lists)]
    parts.append("## Environment variables\n")
    parts.append(
        "A variable that is set and blank is an error: unset it. So is an unknown"
        " `ENDPOINT_ROUTER_*` name,\nexcept for those that Kubernetes sets for a Service called"
        " `endpoint-router`; and so is a name one slip\naway from one of these, as"
        " `ENDPOINTROUTER_FIPS` or `endpoint_routr_fips`.\n"
    )
    parts.append(_table(("Variable", "Key", "Value"), _variable_rows()))
    return "\n".join(parts)


def json_schema() -> str:
    """JSON Schema (2020-12) of a policy document."""
    made = msgspec.json.schema(model.Policy)
    for struct in made["$defs"].values():
        # From Python 3.13 on, docstrings come without their indentation.
        struct["description"] = _unlinked(" ".join(cleandoc(struct["description"]).split()))
        for field in struct["properties"].values():
            _describe(field)
    policy = made["$defs"]["Policy"]
    # The model lets code and variables leave it out; a document may not.
    policy["required"] = ["version"]
    interface = made["$defs"]["InterfaceEndpoint"]
    interface["required"].remove("type")
    interface["properties"]["type"]["default"] = "interface"
    names_schema = {"type": "string", "description": "This schema, for editors; ignored."}
    policy["properties"] = {"$schema": names_schema, **policy["properties"]}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Policy of endpoint_router",
    }
    return json.dumps({**head, **made}, indent=2) + "\n"


def _describe(field: dict[str, Any]) -> None:
    """Put the meaning of a key first, and where editors look for it."""
    for part in field.get("anyOf", ()):
        if "description" in part:  # a rule's copy of a setting: the setting, or nothing
            field["description"] = part.pop("description")
    rest = {name: value for name, value in field.items() if name != "description"}
    described = field.get("description", "Kind of endpoint.")
    field.clear()
    field.update({"description": _unlinked(described), **rest})


def _unlinked(text: str) -> str:
    """*text* without what only Markdown on the page can follow."""
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text).replace("``", "`")


def write(directory: Path) -> None:
    """Write both files into *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "policy.md").write_text(markdown(), encoding="utf-8")
    (directory / "policy.schema.json").write_text(json_schema(), encoding="utf-8")


def _key_rows(struct: type[msgspec.Struct]) -> Iterator[tuple[str, ...]]:
    info = inspect.type_info(struct)
    if isinstance(info, inspect.StructType) and info.tag_field:
        default = f'`"{info.tag}"`' if info.tag == TYPE_OF_ENDPOINT else "required"
        yield f"`{info.tag_field}`", f'"{info.tag}"', default, "Kind of endpoint."
    stated = keys_of(struct)
    for name, field in schema.keys(info).items():
        kind = schema.describe(field.type)
        yield f"`{name}`", kind, _default(struct, name, field), stated[name].meaning


def _default(struct: type[msgspec.Struct], key: str, field: inspect.Field) -> str:
    if field.required:
        return "required"
    if struct is model.Rule:
        return ""
    if field.default is msgspec.NODEFAULT:
        return "its own defaults" if key in TABLES else ""
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
