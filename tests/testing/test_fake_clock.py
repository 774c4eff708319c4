"""FakeClock: seconds and date move together, and only forward."""

from __future__ import annotations

import datetime
from contextlib import suppress

import pytest

from endpoint_router.testing import (
    FakeClock,
    FakeDns,
    NothingAnswered,
    assert_routed,
    policy_in_force,
)
from tests.support.sessions import new_session

KMS = "kms.us-east-1.amazonaws.com"


def test_seconds_and_date_move_together() -> None:
    clock = FakeClock(datetime.date(2026, 12, 31))
    began = clock()
    clock.advance(86_399)
    assert (clock() - began, clock.today()) == (86_399, datetime.date(2026, 12, 31))
    clock.advance(1, days=1)
    assert clock.today() == datetime.date(2027, 1, 2)


def test_it_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        FakeClock().advance(-1)


def test_a_waiver_ends_when_its_day_is_over() -> None:
    rule = {
        "services": ["kms"],
        "fips": "off",
        "reason": "a waiver",
        "expires": datetime.date(2027, 3, 31),
    }
    policy = {"defaults": {"fips": "require"}, "rules": [rule]}
    clock = FakeClock(datetime.date(2027, 3, 31))
    with policy_in_force(policy, clock=clock) as block:
        client = new_session().create_client("kms", "us-east-1")
        client.generate_presigned_url("list_keys")
        assert_routed(block.calls, {"kms": KMS})
        clock.advance(days=1)
        client.generate_presigned_url("list_keys")
        assert_routed(block.calls[1:], {"kms": "kms-fips.*"})


def test_an_answer_is_asked_for_anew_when_its_life_is_over() -> None:
    clock, dns = FakeClock(), FakeDns({KMS: "10.0.0.1"}, ttl=60)
    policy = {"defaults": {"private": "require"}}
    with policy_in_force(policy, clock=clock, dns=dns) as block:
        client = new_session().create_client("kms", "us-east-1")
        for seconds in (0, 10, 61):
            clock.advance(seconds)
            with suppress(NothingAnswered):
                client.list_keys()
    assert dns.questions == (KMS, KMS)
    assert len(block.calls) == 3
