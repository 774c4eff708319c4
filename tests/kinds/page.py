"""The reference page that the tables draw: ``python -m tests.kinds`` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .table import Kind, Row

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "endpoint-kinds.md"

_TOP = """\
# Kinds of endpoints

One client speaks to many hosts. Here is, kind by kind, where a call goes under a policy, or why it
is refused. Every line is a test: a real client makes the call, and what is compared is the signed
request on its way to the network. The page is drawn from those tests.

*Signed as* is the service and region in the signature. Names of VPC endpoints are shortened: `vpce`
stands for `vpce-0123456789abcdef0-abcdefgh`. Unless a line says otherwise, DNS answers for VPC
endpoints with private addresses and for everything else with public ones. Behind a call stands what
the client's `Config` says, where that matters.
"""


def draw(kinds: Iterable[Kind]) -> str:
    """The whole page, in Markdown."""
    return "\n".join(_lines(kinds))


def _lines(kinds: Iterable[Kind]) -> Iterator[str]:
    yield _TOP
    for kind in kinds:
        yield f"## {kind.title}\n"
        yield kind.text.strip() + "\n"
        yield "| | call | policy and DNS | goes to | signed as |"
        yield "|---|---|---|---|---|"
        for row in kind.rows:
            yield "| " + " | ".join(_cell(text) for text in _cells(row)) + " |"
        yield ""


def _cells(row: Row) -> Iterator[str]:
    yield row.title
    yield _call(row)
    yield "; ".join(filter(None, (row.under or _policy(row.policy), _dns(row.dns))))
    if row.code:
        yield f"refused: `{row.code}`" + (f", “{row.says}”" if row.says else "")
        yield ""
    else:
        yield f"`{_short(row.url)}`"
        yield f"`{row.scope}`" if row.scope else ""


def _call(row: Row) -> str:
    name = f"{row.service}.{row.operation}"
    if row.presigned:
        name = f"presigned {'POST' if row.presigned == 'post' else name}"
    values = ", ".join(_value(value) for value in row.parameters.values() if _is_short(value))
    parts = [f"`{name}({values})`" if values else f"`{name}`"]
    if row.region:
        parts.append(row.region)
    parts += [f"`{key}={_value(value)}`" for key, value in row.config.items()]
    parts += [f"`{key}={_value(value)}`" for key, value in row.arguments.items()]
    parts += [f"`{key} = {value}`" for key, value in row.profile.items()]
    if row.account_id:
        parts.append(f"account {row.account_id}")
    return ", ".join(parts)


def _is_short(value: Any) -> bool:
    return isinstance(value, (str, int)) and bool(value) and len(str(value)) < 90


def _policy(policy: Mapping[str, Any]) -> str:
    parts = [f"`{key} = {_value(value)}`" for key, value in policy.get("defaults", {}).items()]
    for one in policy.get("rules", ()):
        parts.append("rule " + ", ".join(f"`{key} = {_value(v)}`" for key, v in one.items()))
    for one in policy.get("vpc_endpoints", ()):
        parts.append(_endpoint(one))
    for key, value in policy.get("network", {}).items():
        parts.append(f"`network.{key} = {_value(value)}`")
    for one in policy.get("custom_endpoints", ()):
        facts = [f"`{one['url']}`", *(key for key in ("fips", "private") if one.get(key))]
        parts.append("custom endpoint " + ", ".join(facts))
    return ", ".join(parts) or "none"


def _endpoint(one: Mapping[str, Any]) -> str:
    if one["type"] == "gateway":
        extra = f" in {', '.join(one['prefix_list'])}" if "prefix_list" in one else ""
        return f"gateway `{one['service']}` of {one['region']}{extra}"
    facts = [" and ".join(f"`{_short(name)}`" for name in one["dns_names"])]
    if "serves" in one:
        facts.append("serving " + " and ".join(f"`{host}`" for host in one["serves"]))
    for key in ("connect", "fips", "zone"):
        if key in one:
            facts.append(f"`{key} = {_value(one[key])}`")
    return " ".join(facts)


def _dns(dns: Mapping[str, str]) -> str:
    return ", ".join(f"`{_short(name)}` is {word}" for name, word in dns.items())


def _value(value: Any) -> str:
    return json.dumps(value)


def _short(text: str) -> str:
    for number in range(16):
        text = text.replace(f"vpce-0123456789abcdef{number:x}-abcdefgh", "vpce")
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
