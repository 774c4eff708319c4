"""Rows of the query, and what is none."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest

from endpoint_router.audit.sql.query import COLUMNS, MADE_BY
from endpoint_router.audit.sql.rows import Unusable, read_rows, rows_of_file


def row(**changed: str) -> list[str]:
    """A call of an application's."""
    cells = {
        **dict.fromkeys(COLUMNS, ""),
        "made_by": MADE_BY,
        "of_rows": "1",
        "first_day": "2026-11-01",
        "day": "2026-11-20",
        "account": "111122223333",
        "region": "us-gov-west-1",
        "source": "kms.amazonaws.com",
        "name": "Decrypt",
        "version": "1.10",
        "type": "AwsApiCall",
        "category": "Management",
        "has_tls": "yes",
        "tls": "TLSv1.3",
        "host": "kms-fips.us-gov-west-1.amazonaws.com",
        "identity": "AssumedRole",
        "agent": "Boto3/ app/billing",
        "records": "12",
        "duplicates": "2",
        "replaced": "1",
        "first_time": "2026-11-20T10:00:00Z",
        "first_id": "11111111-0000-4000-8000-000000000000",
        "last_time": "2026-11-20T11:00:00Z",
        **changed,
    }
    return list(cells.values())


def test_rows_of_one_group_are_one() -> None:
    earlier = row(
        of_rows="3", version="1.11", first_time="2026-11-20T09:00:00Z", first_id="2", records="3"
    )
    gone = row(of_rows="3", name="Encrypt", records="3", duplicates="3", replaced="0")
    ((group, tally),) = read_rows([COLUMNS, row(of_rows="3"), earlier, gone]).read.groups
    assert (group.caller, group.application, group.lacks) == ("application", "billing", "")
    assert (tally.count, tally.first, tally.last) == (
        9,
        ("2026-11-20T09:00:00Z", "2"),
        "2026-11-20T11:00:00Z",
    )


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "the heading is another"),
        ([COLUMNS[1:]], "the heading is another"),
        ([COLUMNS, row()[:-1]], "row 2 has"),
        ([COLUMNS, row(), row(made_by="endpoint-router-0")], "row 3 is of another version"),
        ([COLUMNS, row(records="-1")], "row 2 has no number"),
        ([COLUMNS, row(records="²")], "row 2 has no number"),
        ([COLUMNS, row(records="2")], "more duplicates than records"),
        ([COLUMNS, row(of_rows="3"), row(of_rows="3")], "2 rows are there, and the query gave 3"),
        (
            [COLUMNS, row(of_rows="2"), row(of_rows="2", first_day="2026-11-02")],
            "of several periods",
        ),
        ([COLUMNS, row(first_day="someday")], "of no days"),
    ],
)
def test_what_is_no_result_is_refused(rows: list[list[str]], why: str) -> None:
    with pytest.raises(Unusable, match=why):
        read_rows(rows)


def test_files(tmp_path: Path) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [COLUMNS, row(user_name='a "b",\nc', identity="IAMUser")]
    )
    path = tmp_path / "rows.csv"
    for held in (
        text.getvalue().encode(),
        gzip.compress(b"\xef\xbb\xbf" + text.getvalue().encode()),
    ):
        path.write_bytes(held)
        rows, _ = rows_of_file(str(path))
        assert [group.principal for group, _ in rows.read.groups] == ['a "b",\nc']
    path.write_bytes(text.getvalue().encode()[:-9])
    with pytest.raises(Unusable, match="no CSV"):
        rows_of_file(str(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Unusable, match="no UTF-8"):
        rows_of_file(str(path))
