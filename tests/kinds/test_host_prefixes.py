"""Operations with a host prefix, end to end: they go to another host than the client's own."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.kinds.table import interface
from tests.support.another_host import FIPS
from tests.support.caught_calls import sent_to, session
from tests.support.lab_client import client_for, only, scope
from tests.support.sessions import new_session

MACHINE = {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:lab"}


@pytest.mark.parametrize("inject", [True, False])
def test_the_host_prefix_is_not_lost(lab: Lab, inject: bool) -> None:
    """Without it ``StartSyncExecution`` would reach an endpoint that does not have it."""
    lab.host("states-fips.us-east-1.amazonaws.com", "52.94.0.40")
    lab.host("sync-states-fips.us-east-1.amazonaws.com", "52.94.0.41")
    config = Config(inject_host_prefix=inject)
    client = client_for(lab, FIPS, "stepfunctions", config=config)
    client.start_sync_execution(**MACHINE)
    seen = only(lab)
    assert (seen.operation, seen.host) == (
        "StartSyncExecution",
        "sync-states-fips.us-east-1.amazonaws.com",
    )
    assert scope(seen) == ("states", "us-east-1")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("inject", [True, False, None])
@pytest.mark.parametrize("url", [None, "https://states.us-east-1.amazonaws.com"])
@pytest.mark.parametrize(
    "policy",
    [{}, {"mode": "report"}, {"defaults": {"private": "off"}}, {"defaults": {"fips": "prefer"}}],
)
def test_where_nothing_is_demanded_it_is_as_the_application_wants(
    policy: dict[str, Any], url: str | None, inject: bool | None
) -> None:
    config = Config(inject_host_prefix=inject)
    plain, routed = (
        each.create_client("stepfunctions", "us-east-1", config=config, endpoint_url=url)
        for each in (new_session(), session(policy))
    )
    wanted = sent_to(plain, "start_sync_execution", **MACHINE)
    if "fips" in policy.get("defaults", {}):
        wanted = wanted.replace("states", "states-fips")
    for _ in range(2):
        assert sent_to(routed, "start_sync_execution", **MACHINE) == wanted


# --- as VPC endpoints


STATES, SYNC_STATES = (f"{one}.us-east-1.amazonaws.com" for one in ("states", "sync-states"))
STATES_VPCE, SYNC_VPCE = (
    f"vpce-0123456789abcdef{digit}-abcdefgh.{one}.us-east-1.vpce.amazonaws.com"
    for digit, one in enumerate(("states", "sync-states"))
)
PUBLIC, PRIVATE = "52.94.0.40", "10.20.0.40"


@pytest.fixture
def states(lab: Lab) -> Lab:
    for name in (STATES, SYNC_STATES):
        lab.host(name, PUBLIC)
    lab.host(STATES_VPCE, "10.20.0.41", certificate=STATES)
    lab.host(STATES_VPCE, "10.20.0.41")
    lab.host(SYNC_VPCE, "10.20.0.42", certificate=SYNC_STATES)
    lab.host(SYNC_VPCE, "10.20.0.42")
    return lab


@pytest.mark.parametrize("connect", ["name", "address"])
def test_a_synchronous_execution_has_an_endpoint_of_its_own(states: Lab, connect: str) -> None:
    endpoints = [interface(name, connect=connect) for name in (STATES_VPCE, SYNC_VPCE)]
    policy = {"defaults": {"private": "require"}, "vpc_endpoints": endpoints}
    client = client_for(states, policy, "stepfunctions")
    assert client.start_sync_execution(**MACHINE)["status"] == "SUCCEEDED"
    client.list_state_machines()
    sync, other = states.seen
    by_name = connect == "name"
    assert (sync.operation, sync.address) == ("StartSyncExecution", "10.20.0.42")
    assert sync.host == sync.sni == (SYNC_VPCE if by_name else SYNC_STATES)
    assert (other.operation, other.address) == ("ListStateMachines", "10.20.0.41")
    assert other.host == other.sni == (STATES_VPCE if by_name else STATES)
    assert scope(sync) == scope(other) == ("states", "us-east-1")


@pytest.mark.parametrize("connect", ["name", "address"])
def test_the_endpoint_for_states_does_not_serve_it(states: Lab, connect: str) -> None:
    endpoints = [interface(STATES_VPCE, connect=connect)]
    policy = {"defaults": {"private": "require"}, "vpc_endpoints": endpoints}
    client = client_for(states, policy, "stepfunctions")
    with pytest.raises(EndpointDenied) as caught:
        client.start_sync_execution(**MACHINE)
    assert caught.value.code == "private.public_address"
    assert "sync-states" in str(caught.value)
    assert states.seen == []
    assert states.dialled == []
    client.list_state_machines()
    assert only(states).address == "10.20.0.41"
