"""CSV and JSON: read back by others, they say the same; no cell of a spreadsheet is a formula."""

from __future__ import annotations

import csv
import io
import json

import pytest
from msgspec.structs import replace

from endpoint_router.catalog.forms import as_csv, as_json
from endpoint_router.catalog.reading import Catalog
from endpoint_router.catalog.values import VARIANTS, Endpoint, Row


def read(rows: list[Row], *, dns: bool) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(as_csv(rows, dns=dns)), newline="")))


def test_csv_has_all_names(known: Catalog) -> None:
    rows = list(known.rows("stepfunctions", ["us-east-1", "eu-west-1"]))
    for line, row in zip(read(rows, dns=False), rows, strict=True):
        assert None not in line
        assert (line["service"], line["region"]) == ("stepfunctions", row.region)
        assert line["operation"] == row.operation
        for variant in VARIANTS:
            assert line[variant] == row.variant(variant).name
            assert line[f"{variant}_basis"] == row.variant(variant).basis
        assert "fips_dns" not in line


def test_csv_tells_what_dns_said(known: Catalog) -> None:
    row = next(known.rows("kms", ["us-east-1"]))
    (line,) = read([replace(row, fips=replace(row.fips, dns="absent"))], dns=True)
    assert (line["fips_dns"], line["standard_dns"]) == ("absent", "")
    assert "privatelink_dns" not in line


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(known: Catalog, first: str) -> None:
    row = next(known.rows("kms", ["us-east-1"]))
    bad = f'{first}cmd|" /C calc"!A1'
    (line,) = read([replace(row, service=bad, fips=replace(row.fips, name=bad))], dns=False)
    assert line["service"] == line["fips"] == f"'{bad}"


def test_json_is_one_document_with_a_row_in_a_line(known: Catalog) -> None:
    row = next(known.rows("kms", ["us-east-1"]))
    rows = [row, replace(row, dual_stack=Endpoint(why="there is none"))]
    text = "".join(as_json(rows, {"version": 1, "not_read": []}))
    document = json.loads(text)
    assert document["version"] == 1
    for line, data, row in zip(text.splitlines()[4:], document["rows"], rows, strict=False):
        assert json.loads(line.rstrip(",")) == data
        assert data["operation"] is None
        assert data["fips"] == {"name": row.fips.name, "basis": row.fips.basis, "why": None}
    assert document["rows"][1]["dual_stack"]["name"] is None
    assert document["rows"][1]["dual_stack"]["why"] == "there is none"
    assert json.loads("".join(as_json([], {"version": 1})))["rows"] == []
