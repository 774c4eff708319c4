"""Codes stand in one table, which everything about them follows from.

People alert on codes, so none is lost, none is renamed, each is on the page, and whoever refuses a
call with one names it by the table's constant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoint_router import codes, errors
from endpoint_router.codes import TABLE
from endpoint_router.codes_page import main, page
from endpoint_router.policy.model import Settings
from endpoint_router.routing.remedies import WAYS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "endpoint_router"
PAGE = ROOT / "docs" / "reference" / "codes.md"

#: As published. A code is never taken away or renamed; a new one is added here, too.
PUBLISHED = {
    "fips.absent",
    "fips.no_basis",
    "fips.data_overridden",
    "private.public_address",
    "private.mixed",
    "private.absent",
    "private.prefix_list",
    "private.no_endpoint",
    "private.peer",
    "private.proxy",
    "private.unpinned",
    "private.unverified",
    "region.not_allowed",
    "region.unknown",
    "regional.global_host",
    "dual_stack.none",
    "endpoint.none",
    "endpoint_url.undeclared",
    "data.overridden",
    "tls.unverified",
    "tls.plaintext",
    "route.changed",
    "guard.changed",
    "client.unknown",
    "policy.invalid",
    "policy.locked",
    "policy.installed",
    "botocore.too_old",
    "url.invalid",
    "operation.unknown",
}
REFUSALS = {code for code, row in TABLE.items() if row.error != "PolicyError"}


def literals(text: str) -> Iterator[str]:
    """Codes that a module's *text* writes out, and whatever it hands over as ``code=``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "code":
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                yield from filter(None, [node.value.value])
        elif isinstance(node, ast.Constant) and node.value in TABLE:
            yield str(node.value)


def test_no_code_is_lost_or_renamed() -> None:
    assert set(TABLE) == PUBLISHED


def test_each_code_has_a_constant_of_its_name() -> None:
    named = {name: value for name, value in vars(codes).items() if name.isupper()}
    for name in ("ALLOWED", "TABLE"):
        named.pop(name)
    assert set(named.values()) == set(TABLE)
    assert {value.upper().replace(".", "_") for value in named.values()} == set(named)


def test_a_literal_is_found() -> None:
    assert [*literals('a = refusal(case, "fips.absent", "fips.absent is it")')] == ["fips.absent"]
    assert [*literals('raise PolicyError(where="url", code="x.y")')] == ["x.y"]
    assert [*literals("raise PolicyError(where='url', code=codes.URL_INVALID)")] == []


def test_codes_are_written_out_in_their_table_and_nowhere_else() -> None:
    modules = {one for one in PACKAGE.rglob("*.py") if one != PACKAGE / "codes.py"}
    assert len(modules) > 90
    found = {
        str(module.relative_to(PACKAGE)): written
        for module in modules
        if (written := [*literals(module.read_text(encoding="utf-8"))])
    }
    assert found == {}


@pytest.mark.parametrize("code", TABLE)
def test_a_row_is_complete(code: str) -> None:
    row = TABLE[code]
    assert row.meaning.endswith(".")
    assert row.way_out.endswith(".")
    assert issubclass(getattr(errors, row.error), errors.EndpointRouterError)
    assert row.retried == (row.error == "EndpointUnverified")
    assert row.setting in {"", *Settings.__struct_fields__}
    if row.error == "PolicyError":
        assert (row.setting, row.observed, row.cure) == ("", False, "person")


def test_a_retry_helps_where_botocore_makes_one() -> None:
    retried = {code for code, row in TABLE.items() if row.retried}
    assert retried == {"private.unverified", "route.changed"}
    assert {TABLE[code].outcome for code in retried} == {"unverified"}
    assert {TABLE[code].outcome for code in REFUSALS - retried} == {"denied"}


def test_each_refusal_of_a_call_has_a_way_out_of_its_own() -> None:
    # Where botocore itself knows no endpoint, its own words are all that there is.
    assert REFUSALS - set(WAYS) == {codes.ENDPOINT_NONE}
    assert set(WAYS) <= REFUSALS


def test_the_page_is_drawn_from_the_table(tmp_path: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
    main([str(tmp_path / "codes.md")])
    assert (tmp_path / "codes.md").read_text(encoding="utf-8") == page()
    for code in TABLE:
        assert page().count(f"\n| `{code}` | ") == 1
