"""A rule that can never speak, because another one matches all of its calls before, is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.policy.globs import Globs, Selectors
from endpoint_router.policy.hidden import hidden
from endpoint_router.policy.model import Rule


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"services": ["kms"]}),
        ({"services": ["*"]}, {}),
        ({"services": ["kms"]}, {"services": ["KMS"]}),
        ({"services": ["s3*"]}, {"services": ["s3", "s3control"]}),
        ({"services": ["s?"]}, {"services": ["s3"]}),
        ({"regions": ["us-*"]}, {"regions": ["us-gov-*"], "services": ["kms"]}),
        ({"services": ["s3", "kms"]}, {"services": ["kms"], "operations": ["Decrypt"]}),
        ({"partitions": ["aws*"]}, {"partitions": ["aws-us-gov", "aws-iso*"]}),
    ],
)
def test_a_rule_behind_a_wider_one(first: Any, second: Any, write: Any, loaded: Any) -> None:
    rules = [{**first, "private": "require"}, {**second, "fips": "require"}]
    (warning,) = loaded({"rules": rules}).warnings
    assert warning.startswith("rules[1] (code) never speaks: rules[0] before it")
    assert "Put the narrower rule first" in warning
    assert loaded({"rules": [rules[0]]}, {"ENDPOINT_ROUTER_FIPS": "require"}).warnings == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"services": ["kms"]}, {}),
        ({"services": ["kms"]}, {"services": ["kms", "sts"]}),
        ({"services": ["s3"]}, {"services": ["s3*"]}),
        ({"services": ["kms"], "operations": ["Decrypt"]}, {"services": ["kms"]}),
        ({"services": ["s?"]}, {"services": ["s*"]}),
        ({"services": ["[ab]*"]}, {"services": ["*"]}),
        ({"regions": ["us-gov-*"]}, {"regions": ["us-*"]}),
        ({"services": ["kms"]}, {"regions": ["us-east-1"]}),
    ],
)
def test_a_rule_that_may_speak(first: Any, second: Any, loaded: Any) -> None:
    rules = [{**first, "private": "require"}, {**second, "fips": "require"}]
    assert loaded({"rules": rules}).warnings == ()


def test_a_rule_that_will_end_hides_none(loaded: Any) -> None:
    waiver = {"fips": "off", "reason": "r", "expires": "2027-01-01"}
    policy = {"defaults": {"fips": "require"}, "rules": [waiver, {"private": "require"}]}
    assert loaded(policy).warnings == ()


def test_a_layer_may_hide_what_lies_below_it(write: Any, loaded: Any) -> None:
    path = write('version = 1\n[[rules]]\nservices = ["kms"]\nfips = "require"\n')
    assert (
        loaded({"rules": [{"private": "require"}]}, {"ENDPOINT_ROUTER_POLICY": path}).warnings == ()
    )


GLOBS = st.lists(st.text("ab*?", min_size=1, max_size=3), max_size=2).map(
    lambda texts: Globs(tuple(texts))
)
SELECTORS = st.builds(Selectors, services=GLOBS, regions=GLOBS)
NAMES = ["", "a", "b", "ab", "ba", "aba", "bbbb"]


@given(SELECTORS, SELECTORS)
def test_no_call_that_it_matches_is_left_to_a_hidden_rule(one: Selectors, two: Selectors) -> None:
    if list(hidden((Rule(), Rule()), (one, two))):
        for service in NAMES:
            for region in NAMES:
                call = {"service": service, "region": region, "operation": "", "partition": ""}
                assert one.match(**call) or not two.match(**call)
