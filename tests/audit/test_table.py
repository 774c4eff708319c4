"""The statements that make tables: as Athena takes them, over the folders of a trail."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router.audit.sql.table import COLUMNS, PLACEHOLDER, Trail, ddl


def statements(text: str) -> list[Any]:
    sqlglot = pytest.importorskip("sqlglot", reason="not installed")
    return [each for each in sqlglot.parse(text, read="athena") if each is not None]


def properties(statement: Any) -> dict[str, str]:
    from sqlglot import exp

    return {
        each.name: each.args["value"].name
        for each in statement.find_all(exp.Property)
        if each.args.get("value")
    }


@pytest.mark.parametrize(
    ("location", "folder"),
    [
        ("s3://trails", "s3://trails/AWSLogs/"),
        ("s3://trails/here/AWSLogs/o-abc123/", "s3://trails/here/AWSLogs/o-abc123/"),
        (PLACEHOLDER, PLACEHOLDER),
    ],
)
def test_two_tables_over_a_trail(location: str, folder: str) -> None:
    trail = Trail(location, ("111122223333", "444455556666"), ("us-gov-west-1",))
    both = statements(ddl("logs.trail", trail))
    assert [each.this.this.sql() for each in both] == ['"logs"."trail"', '"logs"."trail_network"']
    for statement, kind in zip(both, ("CloudTrail", "CloudTrail-NetworkActivity"), strict=True):
        told = properties(statement)
        assert (
            told["storage.location.template"] == f"{folder}${{account}}/{kind}/${{region}}/${{day}}"
        )
        assert told["projection.account.values"] == "111122223333,444455556666"
        assert told["projection.region.type"] == "enum"
        assert f"LOCATION '{folder}'" in statement.sql(dialect="athena")
        assert {each.name for each in statement.this.expressions} >= set(COLUMNS)


def test_where_none_are_named_each_query_names_them() -> None:
    text = ddl("trail", Trail("s3://trails"))
    assert text.count("'projection.account.type' = 'injected'") == 2
    assert ".values" not in text


@pytest.mark.parametrize(
    ("table", "trail"),
    [
        ("a`b", Trail("s3://trails")),
        ("t", Trail("https://trails")),
        ("t", Trail("s3://trails/it's")),
        ("t", Trail("s3://trails/${day}")),
        ("t", Trail("s3://trails/AWSLogs/111122223333/CloudTrail/us-east-1")),
        ("t", Trail("s3://trails", ("1', 'x'='y",))),
    ],
)
def test_what_is_no_name_or_place_gets_into_no_statement(table: str, trail: Trail) -> None:
    with pytest.raises(ValueError, match=r"expected|is no account"):
        ddl(table, trail)
