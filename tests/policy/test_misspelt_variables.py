"""Variables one slip away from ours are errors, and those of other people are theirs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy import environment
from endpoint_router.policy.load import load
from endpoint_router.policy.slips import one_slip
from tests.support.examples import examples

OURS = [variable.name for variable in environment.VARIABLES]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ENDPOINTROUTER_FIPS", "ENDPOINT_ROUTER_FIPS"),
        ("ENDPOINT_ROUTR_FIPS", "ENDPOINT_ROUTER_FIPS"),
        ("ENDPOINT_ROUTER.FIPS", "ENDPOINT_ROUTER_FIPS"),
        ("ENDPOINT-ROUTER_POLICY", "ENDPOINT_ROUTER_POLICY"),
        ("ENDPOINT_ROUTE_POLICY", "ENDPOINT_ROUTER_POLICY"),
        ("ENDPOINTS_ROUTER_MODE", "ENDPOINT_ROUTER_MODE"),
        ("ENPOINT_ROUTER_PRIVATE", "ENDPOINT_ROUTER_PRIVATE"),
        ("EDNPOINT_ROUTER_PRIVATE", "ENDPOINT_ROUTER_PRIVATE"),
        ("ENDPOINT_RUOTER_ZONE", "ENDPOINT_ROUTER_ZONE"),
        ("ENDPOINRT_OUTER_ZONE", "ENDPOINT_ROUTER_ZONE"),
        ("endpoint_router_policy", "ENDPOINT_ROUTER_POLICY"),
        ("Endpoint_Router_Vpc_Endpoints", "ENDPOINT_ROUTER_VPC_ENDPOINTS"),
        (" ENDPOINT_ROUTER_FIPS", "ENDPOINT_ROUTER_FIPS"),
        ("ENDPOINTROUTERFIPSBASIS", "ENDPOINT_ROUTER_FIPS_BASIS"),
    ],
)
def test_a_slip_is_an_error_that_names_ours(name: str, meant: str, refusal: Any) -> None:
    error = refusal(environ={name: "require", "PATH": "/bin"})
    assert error.where == name
    assert error.expected == meant
    assert "unset" in error.hint


@pytest.mark.parametrize("variable", OURS)
@settings(max_examples=examples(30), deadline=None)
@given(st.data())
def test_every_slip_in_our_part_of_the_name_is_seen(variable: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(environment.PREFIX) - 2))
    letter = data.draw(st.sampled_from("ABCXYZ019_-"))
    kind = data.draw(st.sampled_from(["wrong", "missing", "more", "swapped"]))
    head, tail = variable[:at], variable[at:]
    name = {
        "wrong": head + letter + tail[1:],
        "missing": head + tail[1:],
        "more": head + letter + tail,
        "swapped": head + tail[1] + tail[0] + tail[2:],
    }[kind]
    if name != variable:
        with pytest.raises(PolicyError) as caught:
            load(environ={name: "require"}, system_policy="")
        assert caught.value.expected == variable or name.startswith(environment.PREFIX)


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
        *("ENDPOINT", "ENDPOINT_URL", "ENDPOINT_MODE", "ENDPOINTS", "ENDPOINT_ZONE", "ROUTER_MODE"),
        *("ENDPOINT_ROUTING", "ENDPOINT_ROUTING_MODE", "ENDPOINT_ROUTING_POLICY"),
        *("ENDPOINT_ROUTE", "ENDPOINT_ROUTES", "ENDPOINT_ROUTER", "ENDPOINT_ROUTERS"),
        *("VPC_ENDPOINT_ROUTE_TABLE_IDS", "TF_VAR_vpc_endpoint_router_policy"),
        *("OTEL_EXPORTER_OTLP_ENDPOINT", "REACT_ROUTER_MODE", "OUTER_MODE", "ENDPOIN"),
        *("MY_ENDPOINT_ROUTER_POLICY", "ENDPOINT_ROUTER2_POLICY_FILE", "ROUTER_POLICY"),
        "SERVICE_ENDPOINT_ROUTER_MODE",
    ],
)
def test_other_peoples_names_are_theirs(name: str, loaded: Any) -> None:
    assert loaded(environ={name: "require"}) == loaded()
    assert loaded(environ={name: ""}) == loaded()


@pytest.mark.parametrize("service", ["ENDPOINTROUTER", "ENDPOINT_ROUTE", "ENDPOINT_ROUTERS"])
def test_what_kubernetes_sets_for_a_service_of_a_name_like_ours(service: str, loaded: Any) -> None:
    ports = ("", "_443_TCP", "_443_TCP_PROTO", "_443_TCP_PORT", "_443_TCP_ADDR")
    names = [f"{service}_SERVICE_HOST", f"{service}_SERVICE_PORT", f"{service}_SERVICE_PORT_HTTPS"]
    names += [f"{service}_PORT{port}" for port in ports]
    assert loaded(environ=dict.fromkeys(names, "tcp://10.0.0.1:443")) == loaded()


@settings(deadline=None)
@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_one_slip_is_an_edit_distance_of_one(word: str, known: str) -> None:
    edits = {known}
    for at in range(len(known) + 1):
        edits |= {known[:at] + new + known[at:] for new in "abc"}
        edits |= {known[:at] + new + known[at + 1 :] for new in ("", "a", "b", "c")}
        if at + 1 < len(known):
            edits.add(known[:at] + known[at + 1] + known[at] + known[at + 2 :])
    assert one_slip(word, known) == (word in edits)
