"""What calls and look-ups add to: exact with a global lock, bounded, and a child's own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from msgspec.structs import astuple

from endpoint_router import codes, explain, testing
from endpoint_router.counters import OTHER, SECONDS, Counters
from endpoint_router.routing.case import Decision
from tests.support.children import forks, in_child


@pytest.fixture
def decisions() -> Iterator[list[Decision]]:
    """Of three services, all allowed, and one that is denied."""
    with testing.policy_in_force({"rules": [{"services": ["sns"], "private": "require"}]}):
        services = ("kms", "sqs", "sts", "sns")
        yield [explain(service, region="us-east-1") for service in services]


def test_one_kind_has_one_count(decisions: list[Decision]) -> None:
    counters = Counters()
    kms, sqs = (counters.of_call(decision, "enforce") for decision in decisions[:2])
    assert kms is counters.of_call(decisions[0], "enforce")
    assert kms is not sqs
    assert kms is not counters.of_call(decisions[0], "report")
    (kind, *_) = counters.calls
    assert (kind.service, kind.outcome, kind.code) == ("kms", "allowed", "allowed")


def test_what_a_kind_tells(decisions: list[Decision]) -> None:
    counters = Counters()
    with testing.policy_in_force({"defaults": {"fips": "require"}}):
        fips = explain("kms", region="us-east-1")
    counters.of_call(decisions[0], "enforce")
    counters.of_call(fips, "report")
    counters.of_refusal("no.such.code", "kms")
    assert [astuple(kind) for kind in counters.calls] == [
        ("enforce", "allowed", "allowed", "kms", "public", "none", "none"),
        ("report", "allowed", "allowed", "kms", "public", "listed", "none"),
        ("enforce", "denied", "no.such.code", "kms", "none", "none", "none"),
    ]


def test_too_many_kinds_are_counted_together_and_refusals_apart(decisions: list[Decision]) -> None:
    counters = Counters(capacity=1)
    for decision in decisions:
        for _ in range(2):
            counters.of_call(decision, "enforce").calls += 1
    told = {
        (kind.service, kind.code, kind.outcome): count.calls
        for kind, count in list(counters.calls.items())
    }
    assert told == {
        ("kms", "allowed", "allowed"): 2,
        (OTHER, OTHER, "allowed"): 4,
        (OTHER, OTHER, "denied"): 2,
    }


@pytest.mark.parametrize("code", codes.TABLE)
def test_every_refusal_counts_by_its_outcome(code: str) -> None:
    counters = Counters()
    counters.of_refusal(code, "").calls += 1
    ((kind, count),) = counters.calls.items()
    assert (kind.outcome, kind.service, count.calls) == (
        "unverified" if codes.TABLE[code].retried else "denied",
        "unknown",
        1,
    )


def test_a_look_up_is_in_the_bucket_that_its_seconds_do_not_exceed() -> None:
    counters = Counters()
    for seconds in (0.0, 0.001, 0.0011, 5.0, 5.1, -1.0):
        counters.looked_up("public", seconds)
    counted = counters.lookups["public"]
    buckets = counted.buckets
    assert (buckets[0], buckets[1], buckets[-2], buckets[-1]) == (3, 1, 1, 1)
    assert (len(buckets), sum(buckets)) == (len(SECONDS) + 1, 6)
    assert counted.seconds == pytest.approx(10.1021)


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="exact with a global lock only"
)
def test_threads_lose_no_count(decisions: list[Decision]) -> None:
    counters = Counters()
    rounds, before = 20_000, sys.getswitchinterval()

    def add() -> None:
        count = counters.of_call(decisions[0], "enforce")
        for _ in range(rounds):
            count.calls += 1
            counters.renewed("renewed")
            counters.looked_up("public", 0.003)

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert [count.calls for count in counters.calls.values()] == [8 * rounds]
    assert counters.renewals["renewed"] == sum(counters.lookups["public"].buckets) == 8 * rounds


@forks
def test_a_child_has_its_own(decisions: list[Decision]) -> None:
    counters = Counters()
    count = counters.of_call(decisions[0], "enforce")
    count.calls += 3
    counters.looked_up("failed", 0.2)
    counters.renewed("stale")

    def begins_at_zero() -> bool:
        failed = counters.lookups["failed"]
        numbers = [count.calls, failed.seconds, *failed.buckets, *counters.renewals.values()]
        count.calls += 1
        return not any(numbers) and counters.of_call(decisions[0], "enforce").calls == 1

    assert in_child(begins_at_zero)
    assert count.calls == 3
    assert counters.renewals["stale"] == 1
