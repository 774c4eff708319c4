"""What is only in a decision log, or only in CloudTrail: the rows, their order and their causes."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router.audit.decisions import Cause
from endpoint_router.audit.grouping import Group
from endpoint_router.audit.judging import Verdict
from tests.plan.lines import line

from .compared import LABEL, NOON, Made, call, compared, sent, unlogged
from .made import ACCOUNT

OPERATIONS = ("Encrypt", "Decrypt")
STRANGER = {"type": "IAMUser", "userName": "admin"}


def at(number: int, time: str, host: str, **changed: Any) -> Made:
    time = f"2026-11-20T{time}:00Z"
    return call(number, userIdentity=STRANGER, eventTime=time, host=host, **changed)


def of_b(group: Group) -> Verdict:
    return Verdict("violates" if group.host == "b.example" else "complies")


def test_rows_of_what_no_log_has_worst_first() -> None:
    records = [
        *(at(number, f"1{number}:00", "a.example") for number in range(2)),
        at(3, "12:00", "b.example", eventName="Encrypt"),
        at(4, "09:00", "b.example", eventName="Decrypt"),
        at(5, "23:00", "b.example", eventName="CreateKey"),
        *(at(number, "10:00", "c.example") for number in range(6, 10)),
        *(at(number, "10:00", "0.example") for number in range(10, 12)),
    ]
    found = compared(records, [sent()], verdict=of_b)
    rows = [(row.host, row.count, row.violations) for row in found.unlogged]
    assert rows == [
        ("b.example", 3, 3),
        ("c.example", 4, 0),
        ("0.example", 2, 0),
        ("a.example", 2, 0),
    ]
    worst = found.unlogged[0]
    assert (worst.account, worst.principal, worst.basis) == (ACCOUNT, "admin", "nobody")
    assert worst.operations == ("CreateKey", "Decrypt", "Encrypt")
    assert (worst.first, worst.last) == ("2026-11-20T09:00:00Z", "2026-11-20T23:00:00Z")
    assert worst.event_id == records[3]["eventID"]


def test_what_went_round_the_router() -> None:
    agents = ("Boto3/1 app/other", "curl/8", LABEL, "Boto3/1 app/reports", "Boto3/1 app/reports")
    records = [call(number, userAgent=agent) for number, agent in enumerate(agents)]
    found = compared(records, [sent(application="billing"), sent(application="reports")])
    assert [basis for basis, _, _ in unlogged(found)] == ["label", "label", "application"]
    assert [each.basis for each in found.round()] == ["label", "label"]


@pytest.mark.parametrize(
    ("agent", "refused", "expected"),
    [
        # A log without names may be anybody's.
        ("Boto3/1 app/others", "", ("refused", ("fips.absent", "private.absent"))),
        ("Boto3/1 app/others", "billing", ("nobody", ())),
        ("Boto3/1", "billing", ("refused", ("fips.absent", "private.absent"))),
    ],
)
def test_all_codes_of_refusals_are_told(
    agent: str, refused: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    lines = [
        line(operation=name, time=NOON, application=refused, code=code)
        for name, code in zip(OPERATIONS, ("private.absent", "fips.absent"), strict=True)
    ]
    records = [
        call(n, userAgent=agent, eventName=each["operation"]) for n, each in enumerate(lines)
    ]
    found = compared(records, lines)
    (row,) = found.unlogged
    assert (row.basis, row.refused) == expected
    assert found.round() == (found.unlogged if row.basis == "refused" else ())


def test_a_client_of_a_role_that_logs_goes_round_the_router() -> None:
    records = [call(1, userAgent="Boto3/1 app/billing"), call(2, userAgent="Boto3/1")]
    (row,) = compared(records, [sent(application="billing")]).round()
    assert (row.basis, row.count) == ("role", 1)


def test_a_refusal_is_less_than_the_label() -> None:
    records = [call(1, userAgent=LABEL), call(2, userAgent="curl/8", eventName="Encrypt")]
    refused = line(operation="Encrypt", time=NOON, code="fips.absent")
    (row,) = compared(records, [sent(application="billing"), refused]).unlogged
    assert (row.basis, row.refused) == ("label", ("fips.absent",))


OTHER = "kms-fips.eu-west-1.amazonaws.com"
QUEUE: dict[str, Any] = {"host": "sqs-fips.us-east-1.amazonaws.com"}
CAUSES: dict[str, tuple[Cause, Made]] = {
    "a region by its host alone": ("region", sent(region="", host=OTHER)),
    "a region, whatever the host says": ("unknown", sent(operation="Encrypt", host=OTHER)),
    "data events that the trail has": ("unknown", sent("sqs", operation="SendMessage", **QUEUE)),
    "a region that is known by its host": ("unknown", sent(operation="Encrypt", region="")),
}


@pytest.mark.parametrize("name", CAUSES)
def test_why_it_may_not_be_recorded(name: str) -> None:
    cause, missing = CAUSES[name]
    source = {"eventSource": "sqs.amazonaws.com", "eventName": "ReceiveMessage"}
    records = [call(1), call(2, eventCategory="Data", **source, **QUEUE)]
    (row,) = compared(records, [missing]).unrecorded
    assert (row.cause, row.applications) == (cause, ())


def test_a_trail_without_data_events_has_others_of_that_service() -> None:
    made = call(1, eventSource="sqs.amazonaws.com", eventName="CreateQueue", **QUEUE)
    found = compared([made], [sent("sqs", operation="SendMessage", **QUEUE)])
    assert [row.cause for row in found.unrecorded] == ["data-events"]


def test_what_is_missing_most_is_told_first() -> None:
    lines = [sent(operation=name, calls=calls) for name, calls in (("A", 1), ("B", 3), ("C", 2))]
    found = compared([call(1)], lines)
    assert [(row.operation, row.count) for row in found.unrecorded] == [
        ("B", 3),
        ("C", 2),
        ("A", 1),
    ]


def test_policies_by_their_calls() -> None:
    calls = {"sha256:abc": 1, "sha256:b": 2, "sha256:c": 4, "sha256:d": 3}
    lines = [sent(policy={"hash": each, "origin": []}, calls=n) for each, n in calls.items()]
    found = compared([call(1)], lines)
    assert [(row.digest, row.calls) for row in found.policies] == [
        *(("sha256:abc", 1), ("sha256:c", 4), ("sha256:d", 3), ("sha256:b", 2))
    ]


def test_only_those_are_named_whose_calls_are_missing() -> None:
    records = [call(1, userAgent="Boto3/1 app/billing")]
    names = ("billing", "reports", "", "batch")
    lines = [sent(application=name, calls=1 + (name == "batch")) for name in names]
    (row,) = compared(records, lines).unrecorded
    assert (row.applications, row.count, row.sent, row.recorded) == (("batch", "reports"), 4, 5, 1)


def test_where_a_side_has_no_day() -> None:
    undated = call(2, eventTime="soon")
    assert str(compared([call(1), undated], [sent()]).days) == "2026-11-20"
    for records, lines in (([undated], [sent()]), ([], [sent()]), ([call(1)], [])):
        found = compared(records, lines)
        assert (found.days, found.matched, found.unlogged) == (None, 0, ())
