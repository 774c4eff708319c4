"""What a report comes to: whether it is complete, and how much evidence there is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from endpoint_router.audit.counting import Tally
from endpoint_router.audit.judging import Verdict
from endpoint_router.audit.reading import Read
from endpoint_router.audit.report import Report, report_of
from endpoint_router.audit.sources import NO_FILES, Period
from endpoint_router.cli.audit_words import headlines, share_of

from .judged import group

OF: dict[str, Verdict] = {
    "complies": Verdict("complies"),
    "violates": Verdict("violates", "fips.no_basis"),
    "service": Verdict("no-evidence", "service"),
    "network": Verdict("no-evidence", "network-activity"),
    "aws": Verdict("not-application", "aws"),
}
MANY = 10_000_000


def report(**counts: int) -> Report:
    """So many records of each, and no file that could not be read."""
    judged = [(group(eventName=kind), Tally(count), OF[kind]) for kind, count in counts.items()]
    groups = tuple((each, tally) for each, tally, _ in judged)
    read = Read(groups, 1, {}, (), sum(counts.values()), 0, 0, 0)
    return report_of(NO_FILES, read, Period(), judged)


def told(made: Report, wanted: float = 0.0) -> list[str]:
    return [word for word, _, _ in headlines(made, wanted)]


@pytest.mark.parametrize(
    ("counts", "share", "said"),
    [
        ({}, None, "none"),
        ({"aws": 5}, None, "none"),
        ({"network": 5}, None, "none"),
        ({"service": 5}, 0.0, "0.0%"),
        ({"complies": 1, "violates": 1, "service": 1}, 0.666666, "66.7%"),
        # A second record of a call is no call without evidence.
        ({"complies": 1, "network": 9, "aws": 9}, 1.0, "100.0%"),
        # Never rounded up to the whole, nor down to nothing.
        ({"complies": MANY, "service": 1}, 0.999999, "over 99.9%"),
        ({"complies": 1, "service": MANY}, 0.000001, "0.0%"),
    ],
)
def test_the_share_of_evidence(counts: dict[str, int], share: float | None, said: str) -> None:
    made = report(**counts)
    assert made.evidence_share == share
    assert share_of(made.evidence_share) == said
    assert ("TOO LITTLE EVIDENCE" in told(made, 1.0)) == (share != 1.0)
    assert "TOO LITTLE EVIDENCE" not in told(made, share or 0.0)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"complies": 1, "service": 9}, ["COMPLIES"]),
        ({"violates": 1, "complies": 9}, ["VIOLATES"]),
        ({"service": 1, "aws": 9}, ["NO EVIDENCE"]),
        ({}, ["INCOMPLETE", "NO EVIDENCE"]),
    ],
)
def test_what_it_comes_to(counts: dict[str, int], words: list[str]) -> None:
    made = report(**counts)
    assert told(made) == words
    assert made.complete == ("INCOMPLETE" not in words)
    # What could not be read may hold anything.
    unread = replace(made, read=replace(made.read, bad=(("a.json", "no JSON"),)))
    assert not unread.complete
    assert told(unread) == ["INCOMPLETE", *({*words} & {"VIOLATES", "NO EVIDENCE"})]
