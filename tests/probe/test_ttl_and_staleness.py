from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from endpoint_router.probe.ttl_and_staleness import STALE_LEASE, Held, Lifetimes, is_certain
from endpoint_router.routing.answer import Answer

NAME = "kms.us-east-1.amazonaws.com"
POLICY = Lifetimes(min_ttl=5, max_ttl=300, negative_ttl=60, failure_ttl=0.5, max_stale=3600)

GOOD = Answer(NAME, "answered", ("10.0.0.1",), ttl=100.0)
ABSENT = Answer(NAME, "absent", detail="NXDOMAIN", ttl=40.0)
FAILED = Answer(NAME, "failed", detail="SERVFAIL")
PARTIAL = structs.replace(GOOD, addresses=("10.0.0.2",), unanswered=("AAAA",))

seconds = st.floats(0, 86400)
policies = st.builds(Lifetimes, seconds, seconds, seconds, seconds, seconds)
answers = st.one_of(
    st.builds(
        Answer,
        st.just(NAME),
        st.just("answered"),
        st.just(("10.0.0.1",)),
        source=st.sampled_from(["dns", "hosts", "literal"]),
        ttl=st.floats(0, 2**31),
        unanswered=st.sampled_from([(), ("AAAA",)]),
    ),
    st.builds(Answer, st.just(NAME), st.just("absent"), ttl=st.floats(0, 2**31)),
    st.builds(Answer, st.just(NAME), st.just("failed")),
)


@pytest.mark.parametrize(
    ("answer", "life"),
    [
        (GOOD, 100.0),
        (structs.replace(GOOD, ttl=0.0), 5.0),
        (structs.replace(GOOD, ttl=1e6), 300.0),
        (structs.replace(GOOD, source="hosts", ttl=0.0), 5.0),
        (structs.replace(GOOD, source="literal", ttl=0.0), 300.0),
        (ABSENT, 40.0),
        (structs.replace(ABSENT, ttl=900.0), 60.0),
        (structs.replace(ABSENT, ttl=0.0), 1.0),
        (FAILED, 0.5),
        (PARTIAL, 100.0),
    ],
)
def test_life(answer: Answer, life: float) -> None:
    held = POLICY.hold(answer, None, 1000.0)
    assert (held.answer, held.expires_at) == (answer, 1000.0 + life)


def test_renewal_starts_at_three_quarters_and_for_half_an_answer_soon() -> None:
    assert POLICY.hold(GOOD, None, 1000.0).refresh_at == 1075.0
    assert POLICY.hold(ABSENT, None, 1000.0).refresh_at == 1030.0
    assert POLICY.hold(PARTIAL, None, 1000.0).refresh_at == 1000.5
    assert POLICY.hold(FAILED, None, 1000.0).refresh_at == 1000.5


def test_a_failed_renewal_before_expiry_changes_nothing_but_the_next_attempt() -> None:
    for answer in (GOOD, ABSENT, PARTIAL):
        held = POLICY.hold(answer, None, 1000.0)
        assert POLICY.hold(FAILED, held, 1039.0) == structs.replace(held, refresh_at=1039.5)
    held = POLICY.hold(GOOD, None, 1000.0)
    assert POLICY.hold(PARTIAL, held, 1080.0) == structs.replace(held, refresh_at=1080.5)
    assert POLICY.hold(FAILED, held, 1099.9).refresh_at == held.expires_at


def test_a_good_answer_stands_stale_until_max_stale() -> None:
    held = POLICY.hold(GOOD, None, 1000.0)
    stale = POLICY.hold(FAILED, held, 1100.0)
    assert stale == Held(structs.replace(GOOD, stale=True), 1130.0, 1100.5, 4700.0)
    assert POLICY.hold(FAILED, stale, 1100.2).answer.stale
    last = POLICY.hold(FAILED, stale, 4700.0)
    assert last.answer == structs.replace(GOOD, stale=True)
    assert POLICY.hold(FAILED, last, 4700.1).answer == FAILED


def test_an_absence_does_not_outlive_its_ttl() -> None:
    held = POLICY.hold(ABSENT, None, 1000.0)
    assert POLICY.hold(FAILED, held, 1040.0).answer == FAILED


def test_an_absence_replaces_a_good_answer_for_good() -> None:
    held = POLICY.hold(GOOD, None, 1000.0)
    gone = POLICY.hold(ABSENT, held, 1080.0)
    assert gone.answer == ABSENT
    assert POLICY.hold(FAILED, gone, 1120.0).answer == FAILED


def test_a_fresh_answer_ends_staleness() -> None:
    stale = POLICY.hold(FAILED, POLICY.hold(GOOD, None, 1000.0), 1200.0)
    assert stale.answer.stale
    assert POLICY.hold(GOOD, stale, 1201.0) == POLICY.hold(GOOD, None, 1201.0)
    assert POLICY.hold(PARTIAL, stale, 1201.0).answer == PARTIAL


@pytest.mark.parametrize(
    ("answer", "certain"),
    [
        (GOOD, True),
        (ABSENT, True),
        (FAILED, False),
        (PARTIAL, False),
        (structs.replace(GOOD, stale=True), False),
    ],
)
def test_is_certain(answer: Answer, certain: bool) -> None:
    assert is_certain(answer) is certain


@given(policies, st.lists(st.tuples(answers, seconds), min_size=1, max_size=8))
def test_invariants(policy: Lifetimes, history: list[tuple[Answer, float]]) -> None:
    now = 1000.0
    held: Held | None = None
    good_until = float("-inf")
    for answer, pause in history:
        now += pause
        previous, held = held, policy.hold(answer, held, now)
        assert held.refresh_at <= held.expires_at
        if held.answer.status == "answered" and not held.answer.stale:
            good_until = held.expires_at
        if answer.status != "failed" and not answer.unanswered:
            assert held.answer == answer
        if answer.status == "absent":
            assert held.expires_at - now <= max(1.0, policy.negative_ttl) + 1e-6
            assert held.stands_until == held.expires_at
        if answer.status == "failed" and held.answer.status == "absent":
            assert previous is not None
            assert now < previous.expires_at
        if held.answer.stale:
            assert answer.status == "failed"
            assert now <= good_until + policy.max_stale
            assert held.refresh_at == now + policy.failure_ttl
            lease = min(now + STALE_LEASE, held.stands_until)
            assert held.expires_at == max(lease, held.refresh_at)
