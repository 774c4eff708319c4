"""Which endpoint wins, with the consequence of every verdict of DNS. No I/O at all."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from msgspec.structs import replace

from endpoint_router.cli.explanation import as_text
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.case import Ask, Decision, Given, Session
from endpoint_router.routing.decision import decide, intend, questions
from endpoint_router.routing.rendering import as_data
from tests.routing.cases import BOTH, FIPS, PLAIN, PUBLIC, SAYINGS, VPCE, VPCE_FIPS, case, settle

TABLE = [
    # fips, private, declared, what DNS says, host or code of the refusal
    ("require", "prefer", BOTH, {VPCE_FIPS: "private", FIPS: "public"}, VPCE_FIPS),
    ("require", "prefer", BOTH, {VPCE_FIPS: "public", FIPS: "public"}, FIPS),
    ("require", "prefer", BOTH, {VPCE_FIPS: "failed", FIPS: "public"}, FIPS),
    ("require", "prefer", BOTH, {VPCE_FIPS: "closed", FIPS: "public"}, FIPS),
    ("require", "prefer", (VPCE,), {FIPS: "public"}, FIPS),
    ("require", "prefer", (VPCE,), {FIPS: "absent"}, "fips.absent"),
    ("require", "prefer", (), {FIPS: "failed"}, FIPS),
    ("prefer", "require", BOTH, {VPCE_FIPS: "private", VPCE: "private", FIPS: "public", PLAIN: "public"}, VPCE_FIPS),
    ("prefer", "require", BOTH, {VPCE_FIPS: "public", VPCE: "private", FIPS: "public", PLAIN: "public"}, VPCE),
    ("prefer", "require", BOTH, {VPCE_FIPS: "failed", VPCE: "private", FIPS: "public", PLAIN: "public"}, "private.unverified"),
    ("prefer", "require", (VPCE,), {VPCE: "private", FIPS: "failed", PLAIN: "public"}, "private.unverified"),
    ("prefer", "require", (VPCE,), {VPCE: "private", FIPS: "absent", PLAIN: "public"}, VPCE),
    ("prefer", "prefer", (VPCE,), {VPCE: "private", FIPS: "public"}, FIPS),
    ("prefer", "prefer", (VPCE,), {VPCE: "private", FIPS: "absent"}, VPCE),
    ("prefer", "prefer", (), {FIPS: "absent"}, PLAIN),
    ("prefer", "prefer", (), {FIPS: "failed"}, FIPS),
    ("require", "require", BOTH, {VPCE_FIPS: "private", FIPS: "public"}, VPCE_FIPS),
    ("require", "require", BOTH, {VPCE_FIPS: "public", FIPS: "public"}, "private.public_address"),
    ("require", "require", (VPCE,), {FIPS: "private"}, FIPS),
    ("require", "require", (VPCE,), {FIPS: "failed"}, "private.unverified"),
    ("off", "require", (), {PLAIN: "private"}, PLAIN),
    ("off", "require", (), {PLAIN: "public"}, "private.public_address"),
    ("off", "require", (), {PLAIN: "mixed"}, "private.mixed"),
    ("off", "require", (), {PLAIN: "absent"}, "private.absent"),
    ("off", "require", (), {PLAIN: "failed"}, "private.unverified"),
    ("off", "require", (VPCE,), {VPCE: "failed", PLAIN: "private"}, PLAIN),
    ("off", "prefer", (VPCE,), {VPCE: "private"}, VPCE),
    ("off", "prefer", (VPCE,), {VPCE: "mixed"}, PLAIN),
    ("off", "prefer", (VPCE,), {VPCE: "failed"}, PLAIN),
    ("off", "prefer", (VPCE,), {VPCE: "closed"}, PLAIN),
    ("off", "off", (VPCE,), {}, PLAIN),
]  # fmt: skip


@pytest.mark.parametrize(("fips", "private", "declared", "says", "expected"), TABLE)
def test_which_endpoint_wins(
    fips: str, private: str, declared: tuple[str, ...], says: dict[str, str], expected: str
) -> None:
    asked = case({"fips": fips, "private": private}, declared)
    decision = settle(asked, says)
    assert expected == (decision.host if decision.allowed else decision.code)
    unverified = expected == "private.unverified"
    assert decision.outcome == (
        "unverified" if unverified else "allowed" if "amazonaws" in expected else "denied"
    )
    if not decision.allowed:
        assert decision.reason
        assert decision.remedy
    assert settle(asked, says) == decision


def test_a_listed_host_that_is_absent_is_a_contradiction() -> None:
    """An over-wide private hosted zone must not talk a call out of FIPS."""
    asked = case({"fips": "prefer"}, basis="listed")
    assert settle(asked, {}).host == FIPS
    asked = case({"fips": "prefer", "private": "require"}, (VPCE,), basis="listed")
    decision = settle(asked, {FIPS: "absent", VPCE: "private", PLAIN: "public"})
    assert decision.outcome == "unverified"


@pytest.mark.parametrize("demand", ["require", "prefer"])
@pytest.mark.parametrize("endpoints", [(), (VPCE,)])
def test_no_question_that_changes_nothing(demand: str, endpoints: tuple[str, ...]) -> None:
    """Answered, absent and failed, a listed host is chosen; what comes after it is not needed."""
    asked = case({"fips": demand}, endpoints, basis="listed")
    assert questions(asked) == ()
    decision = decide(asked, {})
    assert isinstance(decision, Decision)
    assert (decision.host, decision.evidence) == (FIPS, ())
    asked = case({"fips": demand}, endpoints, basis="ruleset")
    assert {each.name for each in questions(asked)} >= {FIPS}


@pytest.mark.parametrize(
    ("weakest", "basis", "host"),
    [
        ("listed", "listed", FIPS),
        ("listed", "ruleset", ""),
        ("ruleset", "ruleset", FIPS),
        ("attested", "ruleset", FIPS),
        ("ruleset", None, ""),
    ],
)
def test_the_basis_is_held_against_the_policy(weakest: str, basis: str | None, host: str) -> None:
    asked = case({"fips": "require", "fips_basis": weakest}, basis=basis)  # type: ignore[arg-type]
    decision = settle(asked, {FIPS: "public"})
    if host:
        assert (decision.host, decision.fips_basis) == (host, basis)
    else:
        assert decision.code == "fips.no_basis"


@pytest.mark.parametrize(
    ("demands", "more", "code"),
    [
        ({"allowed_regions": ["eu-*"]}, {}, "region.not_allowed"),
        ({"fips": "require"}, {"session": Session(verify=False)}, "tls.unverified"),
        ({"private": "require"}, {"session": Session(verify=False)}, "tls.unverified"),
        ({"private": "require"}, {"proxy": "http://proxy:3128"}, "private.proxy"),
        ({"fips": "require"}, {"given": Given("https://x.example")}, "endpoint_url.undeclared"),
        ({"endpoint_url": "deny"}, {"given": Given("https://x.example")}, "endpoint_url.undeclared"),
        ({"allowed_regions": ["us-*"]}, {"given": Given("https://x.example")}, "endpoint_url.undeclared"),
    ],
)  # fmt: skip
def test_what_is_refused_without_asking_dns(
    demands: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    asked = case(demands, **more)
    assert questions(asked) == ()
    assert intend(asked, {}) is None
    decision = decide(asked, {})
    assert isinstance(decision, Decision)
    assert (decision.outcome, decision.code) == ("denied", code)
    if code == "private.proxy":
        assert PLAIN in decision.remedy
    if "given" in more:
        assert "https://x.example" in decision.remedy


def test_behind_a_proxy_fips_is_not_probed() -> None:
    asked = case({"fips": "require"}, (VPCE_FIPS,), proxy="http://proxy:3128")
    assert questions(asked) == ()
    decision = settle(asked, {})
    assert decision.host == FIPS


def test_everything_is_asked_at_once() -> None:
    """One DNS round trip at most for a first call."""
    asked = case({"fips": "prefer", "private": "require"}, BOTH)
    result = decide(asked, {})
    assert isinstance(result, Ask)
    assert {one.name for one in result.questions} == {PLAIN, FIPS, VPCE, VPCE_FIPS}


def test_intent_hopes_and_then_knows() -> None:
    asked = case({"private": "prefer"}, (VPCE,))
    hoped = intend(asked, {})
    assert hoped is not None
    assert hoped.host == VPCE
    known = {one: Answer(one.name, **SAYINGS["public"]) for one in questions(asked)}
    found = intend(asked, known)
    assert found is not None
    assert found.host == PLAIN


def test_what_proves_nothing_is_retried_though_nothing_demands_a_proof() -> None:
    """The code tells the error: an endpoint of the application's choice that does not listen."""
    asked = case({"private": "prefer"}, (VPCE,))
    decision = settle(replace(asked, candidates=asked.candidates[:1]), {VPCE: "closed"})
    assert (decision.code, decision.outcome) == ("private.unverified", "unverified")


def test_no_repr_shows_an_origin_or_a_url() -> None:
    """An application's URL may hold a password, and a presigned one holds a token."""
    asked = case({"private": "require"}, (VPCE,))
    decision = replace(settle(asked, {VPCE: "private", PLAIN: "public"}), url="https://t0ken@x/")
    assert decision.chosen is not None
    assert decision.chosen.origin.startswith("https://")
    for value in (decision, decision.chosen, decision.chosen.resolved, asked):
        shown = [repr(value), *map(repr, value.__rich_repr__())]
        assert not any("https://" in one or "t0ken" in one for one in shown)
        assert any(PLAIN in one for one in shown)


def test_a_decision_is_a_value() -> None:
    decision = settle(case({"fips": "require"}), {FIPS: "public"})
    with pytest.raises(AttributeError):
        decision.code = "x"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(decision)) == decision


def test_the_trace_tells_host_rule_candidates_and_evidence() -> None:
    decision = settle(case({"private": "require"}, (VPCE,)), {VPCE: "public", PLAIN: "public"})
    text = as_text(decision, verbose=True)
    for expected in ("DENIED", "private.public_address", VPCE, PLAIN, PUBLIC, "defaults"):
        assert expected in text
    data = as_data(decision)
    assert data["outcome"] == "denied"
    assert [one["host"] for one in data["candidates"]] == [VPCE, PLAIN]
    assert {one["name"] for one in data["evidence"]} == {VPCE, PLAIN}
    assert [one["chosen"] for one in data["candidates"]] == [False, False]
    data = as_data(settle(case({"private": "prefer"}, BOTH), {VPCE: "closed"}))
    assert [one["chosen"] for one in data["candidates"]] == [False, True]
