"""What code may pass as a policy, and what it may not."""

from __future__ import annotations

import enum
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy.load import load
from endpoint_router.policy.model import (
    CustomEndpoint,
    Dns,
    GatewayEndpoint,
    InterfaceEndpoint,
    Log,
    Network,
    Policy,
    Rule,
    Settings,
)
from tests.support.examples import examples

KMS = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"


class Texts(str, enum.Enum):
    REQUIRE = "require"


def cycle() -> dict[str, Any]:
    table: dict[str, Any] = {}
    table["defaults"] = table
    return table


@pytest.mark.parametrize(
    ("policy", "where", "found"),
    [
        (17, "code", "an object of type int"),
        ([], "code", "an object of type list"),
        (b"p.toml", "code", "an object of type bytes"),
        (Settings(), "code", "an object of type Settings"),
        ({1: 2}, "code, 1", 'unknown key "1"'),
        ({None: 2}, "code", "a key that is no text"),
        ({"fips": "require"}, "code, fips", 'unknown key "fips"'),
        ({"defaults": None}, "code, defaults", "null"),
        ({"defaults": []}, "code, defaults", "[]"),
        ({"defaults": {"fips": b"off"}}, "code, defaults.fips", "bytes"),
        ({"defaults": {"fips": object()}}, "code", "type object"),
        ({"defaults": {"fips": "\ud800"}}, "code", "half of a surrogate pair"),
        ({"\ud800": 1}, "code", "half of a surrogate pair"),
        ({"log": {"\ud800": "x"}}, "code", "half of a surrogate pair"),
        ({"version": 10**5000}, "code", ""),
        ({"dns": {"timeout": 10**400}}, "code, dns.timeout", "an integer of 1329 bits"),
        ({"rules": {"services": "s3"}}, "code, rules", '{services = "s3"}'),
        ({"rules": ["s3"]}, "code, rules[0]", '"s3"'),
        ({"rules": [{"services": "s3"}]}, "code, rules[0].services", '"s3"'),
        ({"rules": [{"services": [""]}]}, "code, rules[0].services[0]", '""'),
        ({"rules": [{}, {"expires": 3}]}, "code, rules[1].expires", "3"),
        ({"vpc_endpoints": [{"type": "interface"}]}, "code, vpc_endpoints[0]", "no dns_names"),
        ({"x" * 500: 1}, f"code, {'x' * 77}...", f'unknown key "{"x" * 77}..."'),
        (cycle(), "code", "nested too deeply"),
    ],
)
def test_what_code_may_not_pass(policy: object, where: str, found: str, refusal: Any) -> None:
    error = refusal(policy)
    assert error.where == where
    assert found in error.found


def test_what_code_may_pass_besides(loaded: Any) -> None:
    assert loaded({"defaults": {"fips": Texts.REQUIRE}}).policy.defaults.fips == "require"
    assert loaded({"defaults": Settings(fips="require")}).policy.defaults.fips == "require"
    assert loaded({"rules": (Rule(services=("s3",)),)}).policy.rules == (Rule(services=("s3",)),)


def test_expected_keys_are_those_of_the_table(refusal: Any) -> None:
    error = refusal({"vpc_endpoints": [{"type": "gateway", "x": 1}]})
    assert error.expected == "one of type, service, region, prefix_list"


STRUCTS = (
    Policy,
    Settings,
    Rule,
    InterfaceEndpoint,
    GatewayEndpoint,
    CustomEndpoint,
    Network,
    Dns,
    Log,
)
KEYS = st.sampled_from(
    sorted({"x", "type", *(key for struct in STRUCTS for key in struct.__struct_fields__)})
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.dates(),
    st.binary(max_size=3),
    st.sampled_from(
        ["require", "prefer", "off", "interface", "gateway", "s3", KMS, "https://[", "10.0.0.0/8"]
    ),
)


@settings(max_examples=examples(500), deadline=None)
@given(
    st.dictionaries(
        KEYS,
        st.recursive(
            VALUES,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_whatever_code_passes_nothing_but_a_policy_error_comes_out(policy: dict[str, Any]) -> None:
    with suppress(PolicyError):
        result = load(policy, environ={})
        # The result is stable: loading it again changes nothing.
        assert load(result.policy, environ={}).policy == result.policy
