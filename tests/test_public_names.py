"""The package's face: what may be imported from it, and what a type checker is told."""

from __future__ import annotations

import subprocess
import sys
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from msgspec import Struct

import endpoint_router
from endpoint_router import explain, testing

VPCE = "vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
POLICY = {
    "defaults": {"private": "prefer", "fips": "prefer"},
    "rules": [{"services": ["s3"], "private": "require"}],
    "vpc_endpoints": [
        {"type": "gateway", "service": "s3", "region": "us-east-1"},
        {"type": "interface", "dns_names": [f"*.{VPCE}"]},
    ],
    "network": {"zone": "us-east-1a"},
}


def of_ours(value: object) -> Iterator[type]:
    """The types of this package that *value* is made of."""
    if isinstance(value, tuple):
        children: Any = value
    elif isinstance(value, Mapping):
        children = value.values()
    else:
        fields = value.__struct_fields__ if isinstance(value, Struct) else ()
        children = [getattr(value, name) for name in fields]
    if type(value).__module__.startswith("endpoint_router"):
        yield type(value)
    for child in children:
        yield from of_ours(child)


def test_what_a_decision_is_made_of_is_public() -> None:
    with testing.policy_in_force(POLICY):
        parameters = {"Bucket": "b", "Key": "k"}
        decision = explain("s3", "GetObject", region="us-east-1", params=parameters)
    types = {*of_ours(decision), *of_ours((decision.call, decision.demands, decision.pin))}
    assert {one.__name__ for one in types} >= {"Answer", "Candidate", "Gateway", "Origin", "Zone"}
    for one in types:
        assert getattr(endpoint_router, one.__name__, None) is one
        assert one.__name__ in endpoint_router.__all__


def test_dir_shows_the_public_names_before_any_is_used() -> None:
    code = "import endpoint_router; print(*dir(endpoint_router))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == sorted(endpoint_router.__all__)


@pytest.mark.parametrize("name", endpoint_router.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(endpoint_router, name) is not None


@pytest.mark.parametrize("name", testing.__all__)
def test_every_name_for_tests_is_there(name: str) -> None:
    assert getattr(testing, name) is not None
    assert not hasattr(endpoint_router, name)


@pytest.mark.parametrize("name", ["install", "attach"])
def test_a_policy_argument_is_not_anything(name: str) -> None:
    hint = typing.get_type_hints(getattr(endpoint_router, name))["policy"]
    assert set(typing.get_args(hint)) == {
        *typing.get_args(endpoint_router.PolicySource),
        type(None),
    }
