"""The reference page that the tables draw, and the table that can be filtered beside it:
``python -m tests.kinds`` writes both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from endpoint_router import web_page
from endpoint_router.web_page import Cell

from .table import Kind, Row

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "endpoint-kinds.md"
#: Not the same name: the site makes an HTML page of each Markdown one.
TABLE = PAGE.with_name("endpoint-kinds-table.html")

_TITLE = "Kinds of endpoints"
_INTRODUCTION = """\
One client speaks to many hosts. Kind by kind, this is where a call goes under a policy, or why it
is refused. Every line of the table is a test: a real client makes the call, and what is compared is
the signed request on its way to the network.
"""
_LEGEND = """\
Signed as: the service and region in the signature. Names of VPC endpoints are shortened: vpce
stands for vpce-0123456789abcdef0-abcdefgh. Unless a row says otherwise, DNS answers for VPC
endpoints with private addresses and for everything else with public ones. Below a call stands what
the client's Config says, where that matters.
"""


def draw(kinds: Iterable[Kind]) -> str:
    """What there is to know about each kind, in Markdown."""
    return "\n".join(_lines(tuple(kinds)))


def _lines(kinds: tuple[Kind, ...]) -> Iterator[str]:
    yield f"# {_TITLE}\n"
    yield _INTRODUCTION
    calls = sum(len(kind.rows) for kind in kinds)
    yield f"**[The table of all {calls} calls]({TABLE.name})** is a page to open in a browser, with"
    yield "a box that filters: `s3 refused`, say, or the name of an operation.\n"
    yield "| kind | calls | of these refused |"
    yield "|---|--:|--:|"
    for kind in kinds:
        anchor = re.sub(r"[^\w\- ]", "", kind.title.lower()).replace(" ", "-")
        refused = sum(bool(row.code) for row in kind.rows)
        yield f"| [{kind.title}](#{anchor}) | {len(kind.rows)} | {refused} |"
    yield ""
    for kind in kinds:
        yield f"## {kind.title}\n"
        yield kind.text.strip() + "\n"


def draw_table(kinds: Iterable[Kind]) -> str:
    """Every call, as a page of its own, in HTML."""
    headings = ("", "goes to", "policy and DNS", "call", "signed as", "kind")
    rows = [
        (row.title, _came(row), *map(_plain, _asked(row)), row.scope or "", kind.title)
        for kind in kinds
        for row in kind.rows
    ]
    return web_page.page(
        f"{_TITLE}: every call",
        [" ".join(text.split()) for text in (_INTRODUCTION, _LEGEND)],
        [web_page.Table(headings, rows)],
        legend=[Cell("refused, with its code and what the reason names", "bad")],
    )


def _asked(row: Row) -> tuple[str, str]:
    under = filter(None, (row.under or _policy(row.policy), _dns(row.dns)))
    return "\n".join(under), _call(row)


def _came(row: Row) -> Cell:
    if row.code:
        return Cell(f"refused: {row.code}" + (f"\n“{row.says}”" if row.says else ""), "bad")
    url = _short(row.url)
    return Cell(url, code=len(url) < 80)  # which is never broken; a longer one may be


def _plain(markdown: str) -> str:
    """Without marks: HTML is told that it is code by the cell."""
    return markdown.replace("`", "")


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
    return "\n".join(parts)


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
    return "\n".join(parts) or "none"


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
    return "\n".join(f"`{_short(name)}` is {word}" for name, word in dns.items())


def _value(value: Any) -> str:
    return json.dumps(value)


def _short(text: str) -> str:
    for number in range(16):
        text = text.replace(f"vpce-0123456789abcdef{number:x}-abcdefgh", "vpce")
    return text
