"""Counts of decision logs and of CloudTrail: what matches, what is left, and why perhaps."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.audit.sources import Period
from tests.plan.lines import line
from tests.support.examples import examples

from .compared import LABEL, NOON, Made, call, compared, sent, unlogged
from .made import ACCOUNT

SAME: dict[str, tuple[Made, Made]] = {
    "the plain case": (call(), sent()),
    "a record without TLS": (call(tlsDetails=...), sent()),
    "a line without an operation": (call(), sent(operation="")),
    "a bucket": (
        call(
            eventSource="s3.amazonaws.com",
            eventName="ListObjects",
            host="lab.s3.us-east-1.amazonaws.com",
        ),
        sent("s3", operation="ListObjectsV2", host="*.s3.us-east-1.amazonaws.com"),
    ),
    "an account in the host": (
        call(
            eventSource="dynamodb.amazonaws.com",
            eventName="GetItem",
            host=f"{ACCOUNT}.ddb.us-east-1.amazonaws.com",
        ),
        sent("dynamodb", operation="GetItem", host="*.ddb.us-east-1.amazonaws.com"),
    ),
    "a date in the event's name": (
        call(
            eventSource="lambda.amazonaws.com",
            eventName="ListFunctions20150331",
            host="lambda-fips.us-east-1.amazonaws.com",
        ),
        sent("lambda", operation="ListFunctions", host="lambda-fips.us-east-1.amazonaws.com"),
    ),
    "another name of the service": (
        call(eventSource="monitoring.amazonaws.com", eventName="PutMetricAlarm", tlsDetails=...),
        sent("cloudwatch", operation="PutMetricAlarm"),
    ),
    "report mode: what really went": (
        call(host="kms.us-east-1.amazonaws.com"),
        line(operation="Decrypt", time=NOON, sent="kms.us-east-1.amazonaws.com"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same_call_in_both(name: str) -> None:
    recorded, logged = SAME[name]
    found = compared([recorded], [logged])
    assert (found.sent, found.matched, found.refused) == (1, 1, 0)
    assert found.unlogged == found.unrecorded == ()


def test_days_that_only_one_side_has() -> None:
    lines = [sent(time=f"2026-11-{day}T12:00", calls=day) for day in (19, 20, 21)]
    records = [call(at, eventTime=f"2026-11-{20 + at}T10:00:00Z") for at in range(4)]
    found = compared(records, lines)
    assert str(found.days) == "2026-11-20 to 2026-11-21"
    assert (found.sent, found.matched, found.other_days) == (41, 2, 19)
    assert found.unlogged == ()
    period = Period(datetime.date(2026, 11, 21), datetime.date(2026, 11, 30))
    assert str(compared(records, lines, period).days) == "2026-11-21"
    nothing = compared(records, [sent(time="2026-10-01T12:00")])
    assert (nothing.days, nothing.sent, nothing.other_days) == (None, 0, 1)
    assert nothing.unrecorded == nothing.unlogged == ()


def test_calls_from_before_the_label_was_switched_on() -> None:
    old = [call(at, eventTime=f"2026-11-{at}T10:00:00Z") for at in (18, 20)]
    new = call(1, eventTime="2026-11-19T10:00:00Z", userAgent=LABEL)
    line_of = [sent(time=f"2026-11-{day}T12:00", application="billing") for day in (18, 19)]
    found = compared([*old, new], [*line_of, sent(time=NOON)])
    assert unlogged(found) == [("label", "billing", 1)]
    assert found.labelled == 1


def test_an_application_without_the_label_beside_one_with_it() -> None:
    agent = "Boto3/1.44.5 app/reports"
    records = [call(1, userAgent=LABEL), *(call(at, userAgent=agent) for at in (2, 3))]
    lines = [sent(application="billing"), sent(application="reports")]
    assert unlogged(compared(records, lines)) == [("application", "reports", 1)]
    # Of the same role, and in no log.
    other = call(4, userAgent="curl/8")
    assert ("label", "", 1) in unlogged(compared([*records, other], lines))


def test_an_application_that_has_a_name_does_not_go_without_it() -> None:
    records = [call(1, userAgent="Boto3/1 app/billing"), call(2, userAgent="Boto3/1")]
    found = compared(records, [sent(application="billing", calls=2)])
    assert unlogged(found) == [("role", "", 1)]
    assert [row.count for row in found.unrecorded] == [1]


def test_names_are_compared_as_user_agents_spell_them() -> None:
    records = [call(at, userAgent="Boto3/1 app/my-app") for at in range(2)]
    assert unlogged(compared(records, [sent(application="my app")])) == [
        ("application", "my-app", 1)
    ]


def test_labelled_calls_of_which_no_log_is_here() -> None:
    found = compared([call(at, userAgent=LABEL) for at in range(3)], [sent(application="billing")])
    assert (found.labelled, found.labelled_unlogged, found.unlogged) == (3, 2, ())


def test_somebody_of_whom_no_log_is() -> None:
    stranger = {"type": "IAMUser", "userName": "admin"}
    records = [call(1), call(2, userAgent="aws-cli/2", userIdentity=stranger)]
    found = compared(records, [sent(application="billing")])
    assert unlogged(found) == [("nobody", "", 1)]
    assert found.round() == ()


@pytest.mark.parametrize(
    ("who", "basis"), [("", "refused"), ("billing", "refused"), ("others", "nobody")]
)
def test_refused_calls_are_those_of_the_same_application(who: str, basis: str) -> None:
    agent = f"Boto3/1 app/{who}" if who else "Boto3/1"
    refused = line(operation="Decrypt", time=NOON, application="billing")
    found = compared([call(userAgent=agent)], [refused])
    assert found.refused == 1
    assert unlogged(found) == [(basis, who, 1)]
    codes = ("private.public_address",) if basis == "refused" else ()
    assert found.unlogged[0].refused == codes


def test_what_is_no_call_of_an_application_accounts_for_nothing() -> None:
    records = [
        call(1, eventCategory="NetworkActivity", eventType="AwsVpceEvent", tlsDetails=...),
        call(2, userIdentity={"type": "AssumedRole", "invokedBy": "ec2.amazonaws.com"}),
        call(3),
    ]
    found = compared(records, [sent(calls=3)])
    assert (found.matched, found.unlogged) == (1, ())


CAUSES: dict[str, Made] = {
    "region": sent(region="eu-west-1", host="kms-fips.eu-west-1.amazonaws.com"),
    "data-events": sent("sqs", operation="SendMessage", host="sqs-fips.us-east-1.amazonaws.com"),
    "service": sent("rds", operation="StartDBCluster", host="rds-fips.us-east-1.amazonaws.com"),
    "fewer": sent(calls=3),
    "unknown": sent(operation="Encrypt"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_why_it_may_not_be_recorded(cause: str) -> None:
    missing = CAUSES[cause]
    found = compared([call()], [{**missing, "application": "billing"}])
    (row,) = found.unrecorded
    assert row.cause == cause
    assert (row.service, row.applications) == (missing["service"], ("billing",))
    assert (row.count, row.sent, row.recorded) == ((2, 3, 1) if cause == "fewer" else (1, 1, 0))


def test_what_was_not_sent_to_aws_is_set_aside() -> None:
    lines = [
        sent(presigned=True, calls=2),
        sent("s3", host="minio.internal.example", calls=3),
        line(outcome="unverified", code="private.unverified", time=NOON, calls=4),
        line(time=NOON, calls=5),
        sent(calls=6),
    ]
    found = compared([call()], lines)
    assert (found.presigned, found.elsewhere, found.unverified, found.refused) == (2, 3, 4, 5)
    assert (found.sent, found.matched, found.other_days) == (6, 1, 0)


def test_lines_under_another_policy() -> None:
    other = {"hash": "sha256:def", "origin": ["file a.toml", "ENDPOINT_ROUTER_MODE"]}
    lines = [sent(application="b", policy=other, calls=9), sent(application="a")]
    mine, another = compared([call()], lines).policies
    assert (mine.judged, mine.calls, mine.applications) == (True, 1, ("a",))
    assert (another.judged, another.calls, another.applications) == (False, 9, ("b",))
    assert another.sources == ("ENDPOINT_ROUTER_MODE", "file a.toml")


AGENTS = st.sampled_from(["", "app/a", "app/b", "app/a md/endpoint-router#1", "curl"])
CALLS = st.tuples(AGENTS, st.sampled_from(["Decrypt", "Encrypt"]), st.booleans())
LINES = st.tuples(
    st.sampled_from(["", "a", "b"]), st.sampled_from(["Decrypt", "Encrypt", ""]), st.integers(1, 3)
)


@settings(max_examples=examples(60))
@given(st.lists(CALLS, min_size=1, max_size=8), st.lists(LINES, min_size=1, max_size=5))
def test_each_call_is_accounted_for_once(
    calls: list[tuple[str, str, bool]], lines: list[tuple[str, str, int]]
) -> None:
    records = [
        call(at, userAgent=agent, eventName=name, **({} if tls else {"tlsDetails": ...}))
        for at, (agent, name, tls) in enumerate(calls)
    ]
    logged = [sent(application=a, operation=name, calls=number) for a, name, number in lines]
    found = compared(records, logged)
    assert found.sent == sum(number for _, _, number in lines)
    assert found.sent - found.matched == sum(row.count for row in found.unrecorded)
    told = found.labelled_unlogged + sum(row.count for row in found.unlogged)
    assert found.matched + told == len(records)
