"""The page of codes and the source name the same codes.

People alert on codes, so each one that an error may carry is documented, and none is that no error
carries any more. The source is read as text: a code counts however rarely its line is reached.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from endpoint_router.aws.names import AWS_SUFFIXES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "endpoint_router"
PAGE = ROOT / "docs" / "reference" / "codes.md"

_CODE = re.compile(r"[a-z][a-z_]*\.[a-z_]+")
#: Texts of the same shape that are no codes: a module, a key in botocore's context, a file.
_OTHERS = {
    *AWS_SUFFIXES,
    # Prefixes of PrivateLink services.
    "aws.api",
    "com.amazonaws",
    "eu.amazonaws",
    "botocore.session",
    "endpoints.json",
    "endpoint_router.call",
    "endpoint_router.deadline",
    "endpoint_router.decisions",
    "policy.md",
    "sitecustomize.py",
}

_COLUMNS = ("code", "error", "retried", "meaning", "way out")


def codes_of(text: str) -> set[str]:
    """Every constant in a module's *text* that is shaped like a code."""
    return {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _CODE.fullmatch(node.value)
        and node.value not in _OTHERS
    }


def in_source(*folders: str) -> set[str]:
    """Codes in the modules below these *folders* of the package; without any, in all of it."""
    modules = [
        module
        for folder in folders or ("",)
        for module in (PACKAGE / folder).rglob("*.py")
        if "lab" not in module.relative_to(PACKAGE).parts  # it plays AWS: operations, not codes
    ]
    return set().union(*(codes_of(module.read_text(encoding="utf-8")) for module in modules))


def on_page() -> list[dict[str, str]]:
    """The rows of the page, in its order."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found.append(dict(zip(_COLUMNS, (cell.strip("`") for cell in cells), strict=True)))
    return found


def test_the_page_has_the_codes_of_the_source_and_no_others() -> None:
    documented = [row["code"] for row in on_page()]
    assert len(documented) == len(set(documented))
    assert set(documented) == in_source()


def test_codes_are_found_in_the_source() -> None:
    known = {"fips.absent", "private.unverified", "guard.changed", "policy.locked"}
    assert known <= in_source()
    assert codes_of('a = Result("no", text, "x.y_z"); b = "not a code. x.y"') == {"x.y_z"}


@pytest.mark.parametrize("row", on_page(), ids=lambda row: row["code"])
def test_a_row_is_complete_and_agrees_with_its_error(row: dict[str, str]) -> None:
    assert all(row.values())
    assert row["retried"] == ("yes" if row["error"] == "EndpointUnverified" else "no")
    decided = in_source("routing") | {"fips.data_overridden"}
    if row["code"] in decided:
        assert row["error"] in ("EndpointDenied", "EndpointUnverified")
    else:
        assert row["error"] == "PolicyError"


def test_what_a_policy_is_refused_with_is_a_policy_error() -> None:
    of_policies = in_source("policy")
    assert of_policies >= {"policy.invalid", "policy.locked"}
    rows = {row["code"]: row["error"] for row in on_page()}
    assert {rows[code] for code in of_policies} == {"PolicyError"}


def test_each_refusal_of_a_call_has_a_way_out_of_its_own() -> None:
    remedies = codes_of((PACKAGE / "routing" / "remedies.py").read_text(encoding="utf-8"))
    refusals = {row["code"] for row in on_page() if row["error"] != "PolicyError"}
    # Where botocore itself knows no endpoint, its own words are all that there is.
    assert refusals - remedies == {"endpoint.none"}
    assert remedies <= refusals
