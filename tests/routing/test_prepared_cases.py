"""A case is prepared once: for the questions, the intent, every round of asking, and the findings."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from msgspec.structs import replace

from endpoint_router.routing.case import Case, Decision
from endpoint_router.routing.decision import decide, intend, questions
from endpoint_router.routing.eligibility import prepared
from tests.routing.cases import BOTH, FIPS, PLAIN, VPCE, VPCE_FIPS, case, settle

SAYS = {VPCE_FIPS: "public", VPCE: "private", FIPS: "absent", PLAIN: "public"}


def calls_in(module: str, act: Callable[[], object]) -> Counter[str]:
    """How often each function of *module* is entered while *act* runs."""
    entered: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__") == module:
            entered[frame.f_code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return entered


def first_call(asked: Case) -> Decision:
    """All that a first call does, several rounds of asking included."""
    questions(asked)
    intend(asked, {})
    decision = settle(asked, SAYS)
    intend(asked, {one.question: one.answer for one in decision.evidence})
    return decision


@pytest.mark.parametrize("demands", [{"private": "require"}, {"fips": "prefer"}])
def test_what_the_policy_says_of_each_candidate_is_asked_once(demands: dict[str, str]) -> None:
    asked = case(demands, BOTH)
    entered = calls_in("endpoint_router.routing.eligibility", lambda: first_call(asked))
    assert entered["_forbidden"] == entered["_prepare"] == 1
    assert entered["_ruled_out"] == len(asked.candidates) > 1
    assert entered["prepared"] > 4
    again = calls_in("endpoint_router.routing.eligibility", lambda: first_call(asked))
    assert again["prepared"] == entered["prepared"]
    assert again["_forbidden"] == again["_ruled_out"] == 0


def test_what_forbids_the_call_is_found_once_too() -> None:
    asked = case({"allowed_regions": ["eu-*"]})
    entered = calls_in("endpoint_router.routing.eligibility", lambda: first_call(asked))
    assert entered["_forbidden"] == 1
    assert entered["_ruled_out"] == 0


def test_another_case_is_prepared_anew() -> None:
    asked = case({"private": "require"}, BOTH)
    assert prepared(asked) is prepared(asked)
    other = replace(asked, candidates=asked.candidates[:1])
    assert other.candidates == asked.candidates[:1]
    assert prepared(other) is not prepared(asked)
    assert len(prepared(other).contenders) == 1
    refused = asked.with_given(undeclared_url="https://x.example")
    assert prepared(asked).refusal is None
    assert prepared(refused).refusal is not None
    # What is kept beside the fields is no part of the value.
    assert asked == replace(asked)
    assert isinstance(decide(refused, {}), Decision)
