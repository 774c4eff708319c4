"""The fixtures, as a suite that names the plugin uses them."""

from __future__ import annotations

import pytest

pytest_plugins = "pytester"

_CONFTEST = """
import pytest

pytest_plugins = ["endpoint_router.testing.pytest_plugin"]


@pytest.fixture(autouse=True)
def routed(endpoint_router_policy):
    return endpoint_router_policy({"defaults": {"fips": "require"}})
"""

_SUITE = """
import datetime

import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router.testing import NothingAnswered, assert_routed

KMS = "kms.us-east-1.amazonaws.com"
before = Session().create_client("kms", "us-east-1")


def call(client):
    with pytest.raises(NothingAnswered):
        client.list_keys()


def test_the_policy_of_all_tests(routed):
    call(before)
    assert_routed(routed.calls, {"kms": "kms-fips.*"})


def test_no_call_of_another_test_remains(routed):
    assert routed.calls == ()
    endpoint_router.install({})
    call(before)
    assert_routed(routed.calls, {"kms": "kms-fips.*"})


def test_another_policy_for_one_test(
    routed, endpoint_router_policy, endpoint_router_dns, endpoint_router_clock
):
    rule = {"services": ["kms"], "private": "off", "reason": "r", "expires": datetime.date.max}
    block = endpoint_router_policy({"defaults": {"private": "require"}})
    endpoint_router_dns.set(KMS, "10.0.0.1")
    call(before)
    assert_routed(block.calls, {"kms": KMS})
    assert block.dns is endpoint_router_dns and block.clock is endpoint_router_clock
    assert endpoint_router_dns.questions == (KMS,)
    endpoint_router_clock.advance(3600)
    endpoint_router_dns.set(KMS, "52.94.0.1")
    with pytest.raises(endpoint_router.EndpointDenied):
        before.list_keys()
    assert routed.calls == ()


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_a_coroutine(routed):
    call(Session().create_client("kms", "us-east-1"))
    assert_routed(routed.calls, {"kms": "kms-fips.*"})


def test_a_failure_tells_all_calls(routed):
    call(before)
    assert_routed(routed.calls, {"kms": KMS})


def test_a_policy_that_is_wrong(endpoint_router_policy):
    endpoint_router_policy({"defaults": {"fips": "perhaps"}})
"""


def test_a_suite(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(_SUITE)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*kms.ListKeys in us-east-1: kms-fips.us-east-1.amazonaws.com",
            "*expected was: kms.us-east-1.amazonaws.com",
            "*all calls:",
            "*PolicyError: code, defaults.fips: *",
        ]
    )
    # Only the lines of the test itself.
    result.stdout.no_fnmatch_line("*faults = _faults*")


def test_nobody_has_it_who_does_not_name_it(pytestconfig: pytest.Config) -> None:
    from importlib.metadata import distribution

    groups = {point.group for point in distribution("endpoint-router").entry_points}
    assert groups == {"console_scripts", "pyinstaller40"}
