"""Decision logs against CloudTrail, in words: every number, basis and cause is told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import astuple

from endpoint_router.audit.decisions import Cause, Compared, Unlogged, Unrecorded
from endpoint_router.audit.gaps import Stretch
from endpoint_router.audit.logged import PolicyInLogs
from endpoint_router.audit.matching import Basis
from endpoint_router.cli.audit_decisions import as_lines, as_tables
from endpoint_router.cli.screen import Screen
from endpoint_router.web_page import Cell

HOST = "kms.us-east-1.amazonaws.com"
LISTS: dict[str, Any] = {"unrecorded": (), "unlogged": (), "policies": ()}
WHY: dict[Basis, str] = {
    "label": "other calls of the same role or application bear the router's label",
    "role": "other calls of the same role are in the logs, these are in none",
    "refused": "the logs have such calls as refused",
    "application": "more than the logs of this application have",
    "nobody": "no log is known to be theirs",
}
CAUSES: dict[Cause, str] = {
    "region": "no records of this region",
    "data-events": "a data event, and the trail has none of this service",
    "service": "no records of this service",
    "fewer": "attempts that did not arrive, calls of another account, or not all are recorded",
    "unknown": "no attempt arrived, calls of another account, or not recorded",
}


def compared(**changed: Any) -> Compared:
    """One day of one log of two lines, both recorded, unless told."""
    numbers = dict.fromkeys(Compared.__struct_fields__, 0)
    days = Stretch("2026-11-20", "2026-11-20")
    made = {**numbers, "logs": 1, "lines": 2, "sent": 2, "matched": 2, "days": days, **LISTS}
    return Compared(**{**made, **changed})


def unlogged(basis: Basis, count: int = 3, **changed: Any) -> Unlogged:
    who = ("111122223333", "arn:aws:iam::111122223333:role/batch", "")
    row = Unlogged(basis, *who, "kms", "us-east-1", HOST, ("Decrypt",), count, event_id="e-1")
    for name, value in changed.items():
        setattr(row, name, value)
    return row


def unrecorded(cause: Cause, *names: str, operation: str = "Decrypt", **numbers: int) -> Unrecorded:
    count, sent, recorded = (numbers.get(each, 0) for each in ("count", "sent", "recorded"))
    return Unrecorded("kms", operation, "us-east-1", HOST, names, count, sent, recorded, cause)


def text(made: Compared, few: int | None = None) -> str:
    return " ".join(" ".join(as_lines(made, Screen(), few)).split())


def cells(made: Compared) -> list[list[list[Any]]]:
    """Of each table, the rows."""
    return [
        [[list(astuple(cell)) if isinstance(cell, Cell) else cell for cell in row] for row in rows]
        for rows in (table.rows for table in as_tables(made))
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"broken": 2, "unknown": 3}, ", 5 of them not understood"),
        ({"refused": 4}, " set aside 4 refused"),
        ({"unverified": 4}, " set aside 4 held back without proof"),
        ({"presigned": 4}, " set aside 4 presigned"),
        ({"elsewhere": 4}, " set aside 4 to hosts that are not AWS's"),
        ({"other_days": 4, "refused": 1}, " set aside 1 refused, 4 of other days"),
        ({"labelled": 9}, " labelled 9 recorded calls bear the router's label"),
        (
            {"labelled": 9, "labelled_unlogged": 4},
            " labelled 9 recorded calls bear the router's label; 4 of them are in none of these"
            " logs",
        ),
        (
            {"unlogged": (unlogged("application"), unlogged("application"), unlogged("nobody", 5))},
            " unlogged 6 more calls of applications than their logs have (--json tells which)"
            " unlogged 5 calls of others, of whom no log is (--json tells which)",
        ),
        (
            {"policies": (PolicyInLogs("sha256:abc", True, 1), PolicyInLogs("", False, 2))},
            " policy 1 call under the judged one"
            " policy 2 calls of nobody named under another one (no digest; code)",
        ),
    ],
)
def test_numbers(changed: dict[str, Any], said: str) -> None:
    told = text(compared(**changed))
    middle = " compared 2026-11-20 (UTC): 2 sent by the logs, 2 of them recorded"
    first = "Decision logs logs 1 log, 2 lines"
    inside, behind = (said, "") if "understood" in said else ("", said)
    assert told == f"{first}{inside}{middle}{behind}"


@pytest.mark.parametrize("basis", WHY)
def test_what_no_log_accounts_for(basis: Basis) -> None:
    plain = compared(unlogged=(unlogged(basis),))
    refused = unlogged(basis, violations=2, refused=("fips.absent",), host="", application="etl")
    worse = compared(unlogged=(refused,))
    if basis in ("label", "role", "refused"):
        what = "in 111122223333: 3 x kms Decrypt in us-east-1, at"
        head = "Round the router: 3 calls"
        assert f"{head} batch {what} {HOST} {WHY[basis]}; event e-1" in text(plain)
        codes = "against the policy: 2; the logs have such calls as refused (fips.absent)"
        also = "" if basis == "refused" else f"; {WHY[basis]}"
        assert f"{head} etl {what} no host {codes}{also}; event e-1" in text(worse)
    else:
        assert "Round the router" not in text(plain)
    _, (row,) = cells(plain)
    assert [cell[0] if isinstance(cell, list) else cell for cell in row] == [
        *("batch", "3", "0", "kms in us-east-1", HOST, "111122223333", WHY[basis], "e-1")
    ]
    _, (row,) = cells(worse)
    assert [row[at][:2] for at in (0, 2, 4)] == [["etl", ""], ["2", "bad"], ["-", ""]]
    assert row[6] == [WHY[basis], "", "", False, "fips.absent"]


@pytest.mark.parametrize("cause", CAUSES)
def test_what_is_not_recorded(cause: Cause) -> None:
    row = unrecorded(cause, "billing", count=3, sent=3)
    told = text(compared(unrecorded=(row,)))
    head = "Logged as sent, and not recorded: 3 calls 3 x kms"
    assert f"{head} Decrypt in us-east-1 of billing, at {HOST} {CAUSES[cause]}" in told
    assert "sent, 0" not in told
    row = unrecorded(cause, *"abcde", operation="", count=3, sent=5, recorded=2)
    made = compared(unrecorded=(row,))
    what = f"(no operation) in us-east-1 of a, b, c, d, ..., at {HOST}"
    assert f"{head} {what} {CAUSES[cause]} (5 sent, 2 recorded)" in text(made)
    (_, ((*numbers, host, names, why),)) = cells(made)
    assert numbers == ["kms  in us-east-1", "3", "5", "2"]
    assert (host[0], names, why) == (HOST, "a, b, c, d, e", CAUSES[cause])


def test_only_so_many_are_told() -> None:
    rows = tuple(unlogged("role", count, host=f"{count}.example") for count in (1, 2, 3))
    missing = tuple(unrecorded("service", f"app-{count}", count=count) for count in (4, 5))
    made = compared(unlogged=rows, unrecorded=missing)
    told = text(made, 1)
    assert "Round the router: 6 calls" in told
    assert "not recorded: 9 calls" in told
    assert ("1.example" in told, "2.example" in told) == (True, False)
    assert ("app-4" in told, "app-5" in told) == (True, False)
    assert "... and 2 more" in told
    assert "... and 1 more" in told
    assert "more" not in text(made)
    assert [len(rows) for rows in cells(made)[1:]] == [3, 2]


def test_no_day_in_common() -> None:
    assert "compared nothing: no day is both in the logs" in text(compared(days=None))
