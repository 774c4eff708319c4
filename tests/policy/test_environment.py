"""The variables: every one of the table, names that Kubernetes sets, typos, empty values."""

from __future__ import annotations

import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy import environment
from endpoint_router.policy.load import load
from endpoint_router.policy.model import Network
from endpoint_router.policy.origins import Origin
from endpoint_router.policy.paths import value_at
from tests.support.examples import examples

VPCE = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"

#: Variable, a good value and what it becomes, a bad value.
CASES: dict[str, tuple[str, object, str]] = {
    "POLICY": ('{"version": 1}', None, "/nowhere/policy.toml"),
    "MODE": ("report", "report", "Report"),
    "FIPS": ("require", "require", "yes"),
    "FIPS_BASIS": ("listed", "listed", "list"),
    "PRIVATE": ("require", "require", "true"),
    "DUAL_STACK": ("prefer", "prefer", "preferred"),
    "REGIONAL": ("require", "require", "prefer"),
    "ALLOWED_REGIONS": ("us-gov-*, us-east-1", ["us-gov-*", "us-east-1"], "us-east-1;us-east-2"),
    "VPC_ENDPOINTS": (VPCE, [{"type": "interface", "dns_names": [VPCE]}], "kms.corp.example"),
    "PRIVATE_NETWORKS": ("10.1.0.0/16 fd00::/8", ["10.1.0.0/16", "fd00::/8"], "10.1.0.0/8"),
    "DNS_SERVERS": ("10.0.0.2,[fd00::2]:53", ["10.0.0.2", "[fd00::2]:53"], "10.0.0.2:0"),
    "DNS_TIMEOUT": ("1.5", 1.5, "2s"),
    "ZONE": ("us-gov-west-1a", "us-gov-west-1a", "us-gov-west-1"),
    "LOG_DECISIONS": ("/tmp/decisions.jsonl", "/tmp/decisions.jsonl", "stdouts"),
    "LOG_USER_AGENT": ("true", True, "yes"),
    "APPLICATION": ("billing", None, "a" * 129),
}


def test_every_variable_has_a_case() -> None:
    assert {variable.suffix for variable in environment.VARIABLES} == set(CASES)


@pytest.mark.parametrize(
    "variable",
    [one for one in environment.VARIABLES if one.path and CASES[one.suffix][0]],
    ids=lambda v: v.suffix,
)
def test_a_good_value(variable: environment.Variable, loaded: Any) -> None:
    text, value, _ = CASES[variable.suffix]
    for spelled in (text, f"  {text}\n"):
        read = environment.read({variable.name: spelled})
        assert value_at(variable.path, read.layer.values) == value
        result = loaded(environ={variable.name: spelled})
        key = environment.key_of(variable)
        at = "vpc_endpoints[0]" if key == "vpc_endpoints" else key
        assert result.origins[at] == Origin("variable", variable.name)
        assert not result.warnings


@pytest.mark.parametrize("variable", environment.VARIABLES, ids=lambda v: v.suffix)
def test_a_bad_value_names_the_variable(variable: environment.Variable, refusal: Any) -> None:
    bad = CASES[variable.suffix][2]
    error = refusal(environ={variable.name: bad})
    if variable is environment.POLICY:
        assert error.where == bad
    else:
        assert error.where == variable.name
        assert bad.split(";")[0][:40] in error.found
    assert error.code == "policy.invalid"


def test_the_nearest_right_value_is_named(refusal: Any) -> None:
    error = refusal(environ={"ENDPOINT_ROUTER_FIPS": "requried"})
    assert error.expected == '"off", "prefer" or "require"'
    assert error.hint == "Did you mean 'require'?"


@pytest.mark.parametrize("zone", ["usgw1-az1", "none"])
def test_the_zone_joins_the_rest_of_its_table(zone: str, write: Any, loaded: Any) -> None:
    path = write('version = 1\n[network]\nprivate = ["10.1.0.0/16"]\nzone = "us-gov-west-1b"\n')
    result = loaded(environ={"ENDPOINT_ROUTER_POLICY": path, "ENDPOINT_ROUTER_ZONE": zone})
    assert result.policy.network == Network(private=("10.1.0.0/16",), zone=zone)
    assert str(result.origin("network.zone")) == "ENDPOINT_ROUTER_ZONE"
    assert str(result.origin("network.private")) == f"file {path}:3"
    assert loaded().policy.network.zone == ""


@pytest.mark.parametrize("variable", environment.VARIABLES, ids=lambda v: v.suffix)
@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_variable_is_an_error(
    variable: environment.Variable, empty: str, refusal: Any
) -> None:
    error = refusal(environ={variable.name: empty})
    assert (error.where, error.found) == (variable.name, "nothing")
    assert f"`unset {variable.name}`" in error.hint


@pytest.mark.parametrize("suffix", ["ALLOWED_REGIONS", "PRIVATE_NETWORKS", "DNS_SERVERS"])
def test_a_list_of_nothing_is_no_list(suffix: str, refusal: Any) -> None:
    error = refusal(environ={f"ENDPOINT_ROUTER_{suffix}": " , ,"})
    assert "a list" in error.expected


@pytest.mark.parametrize("text", ["nan", "inf", "0", "-1", "61", "1e999"])
def test_a_timeout_is_a_sensible_number(text: str, refusal: Any) -> None:
    error = refusal(environ={"ENDPOINT_ROUTER_DNS_TIMEOUT": text})
    assert "more than 0 and at most 60" in error.expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("FISP", "FIPS"),
        ("ALLOWED_REGION", "ALLOWED_REGIONS"),
        ("VPC_ENDPOINT", "VPC_ENDPOINTS"),
        ("DNS_SERVER", "DNS_SERVERS"),
        ("PRIVATE_NETWORK", "PRIVATE_NETWORKS"),
        ("fips", ""),
        ("", ""),
        ("LOCKED", ""),
        ("SERVICE_HOSTS", ""),
        ("SERVICE_PORT_", ""),
        ("SERVICE", ""),
        ("PORT_443", ""),
        ("PORT_443_ICMP", ""),
        ("PORT_443_TCP_HOST", ""),
        ("PORT_443_TCP_ADDR_X", ""),
        ("PORT_X_TCP", ""),
        ("FOO_SERVICE_HOST", ""),
    ],
)
def test_an_unknown_name_is_an_error(name: str, meant: str, refusal: Any) -> None:
    error = refusal(environ={f"ENDPOINT_ROUTER_{name}": "require"})
    assert error.where == f"ENDPOINT_ROUTER_{name}"
    assert "ALLOWED_REGIONS" in error.expected
    if meant:
        assert error.hint == f"Did you mean ENDPOINT_ROUTER_{meant}?"
    assert refusal(environ={f"ENDPOINT_ROUTER_{name}": ""}).where == error.where


@pytest.mark.parametrize(
    "name",
    [
        "SERVICE_HOST",
        "SERVICE_PORT",
        "SERVICE_PORT_HTTPS",
        "SERVICE_PORT_WEB_2",
        "PORT",
        "PORT_443_TCP",
        "PORT_53_UDP",
        "PORT_9_SCTP",
        "PORT_443_TCP_PROTO",
        "PORT_443_TCP_PORT",
        "PORT_53_UDP_ADDR",
    ],
)
def test_what_kubernetes_sets_is_ignored(name: str, loaded: Any) -> None:
    result = loaded(environ={f"ENDPOINT_ROUTER_{name}": "tcp://10.0.0.1:443"})
    assert result == loaded()


def test_other_variables_are_none_of_our_business(loaded: Any) -> None:
    assert loaded(environ={"ENDPOINT_ROUTERS": "x", "AWS_REGION": "y"}) == loaded()


def test_only_own_names_of_services_declare_nothing_and_say_so(loaded: Any) -> None:
    result = loaded(environ={"ENDPOINT_ROUTER_VPC_ENDPOINTS": "kms.us-east-1.amazonaws.com"})
    assert result.policy.vpc_endpoints == ()
    assert len(result.warnings) == 1
    assert "ENDPOINT_ROUTER_VPC_ENDPOINTS" in result.warnings[0]


NAMES = st.one_of(
    st.sampled_from([variable.name for variable in environment.VARIABLES]),
    st.text(string.ascii_uppercase + "_", max_size=8).map(environment.PREFIX.__add__),
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="\udc80\udcffab/", max_size=5),
    st.sampled_from([text for text, _, _ in CASES.values()]),
    st.sampled_from([bad for _, _, bad in CASES.values()]),
)


@settings(max_examples=examples(300), deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_the_environment_holds_nothing_but_a_policy_error_comes_out(
    environ: dict[str, str],
) -> None:
    with suppress(PolicyError):
        result = load(environ=environ)
        known = {variable.name for variable in environment.VARIABLES}
        assert all(name in known or "SERVICE" in name or "PORT" in name for name in environ)
        assert all(environ[name].strip() for name in known & set(environ))
        assert result.origins or not (known - {environment.APPLICATION.name}) & set(environ)
