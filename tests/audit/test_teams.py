"""Which team somebody belongs to, by a file of patterns."""

from __future__ import annotations

import pytest

from endpoint_router.audit.teams import NO_TEAMS, decode

FILE = b"""
payments = ["111122223333", "arn:aws:iam::*:role/pay-*"]
"data lake" = ["etl-?", "444455556666"]
rest = ["*[Ee]tl*"]
"""


@pytest.mark.parametrize(
    ("account", "principal", "application", "team"),
    [
        ("111122223333", "", "", "payments"),
        # The first one in the file that fits, by whichever of the three.
        ("444455556666", "arn:aws:iam::444455556666:role/pay-out", "etl-1", "payments"),
        ("444455556666", "", "billing", "data lake"),
        ("999999999999", "", "etl-1", "data lake"),
        ("999999999999", "", "etl-10", "rest"),
        ("999999999999", "Etl", "", "rest"),
        ("999999999999", "ETL", "", ""),
        ("", "", "", ""),
    ],
)
def test_the_first_that_fits(account: str, principal: str, application: str, team: str) -> None:
    assert decode(FILE).of(account, principal, application) == team
    assert NO_TEAMS.of(account, principal, application) == ""


def test_a_file_as_windows_writes_it() -> None:
    text = FILE.decode().replace("\n", "\r\n").encode("utf-16")
    assert decode(text) == decode(FILE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'a = "111122223333"', "of 'a' expected a list of patterns"),
        (b"a = [111122223333]", "of 'a' expected a list of patterns"),
        (b'a = ["x", 5]', "of 'a' expected a list of patterns"),
        (b'a = ["x", ""]', "of 'a' expected a list of patterns"),
        (b'"" = ["x"]', "of '' expected a list of patterns"),
        (b"a = [", "Invalid value"),
        (b"\xff\xff", "no UTF-8"),
        (b"a = " + b"[" * 100_000, "nested"),
    ],
)
def test_what_is_none(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode(text)
