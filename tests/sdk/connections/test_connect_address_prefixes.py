"""``connect = "address"`` for every operation whose host has a prefix of its own.

Generated from the models of the installed botocore; what plain botocore would send is the measure.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from endpoint_router.lab.network import Lab
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.calls.route import ROUTE
from tests.support.host_prefixes import FEWEST, SERVICES, called, client_of, sent_by_botocore
from tests.support.lab_client import scope
from tests.support.pinning import PRIVATE_DNS, addresses, session_of
from tests.support.wire import nothing_leaves, on_the_wire

ENDPOINT = "vpce-0123456789abcdef0-abcdefgh.combined.us-east-1.vpce.amazonaws.com"
HERE = "10.20.0.60"


def policy_for(hosts: set[str]) -> dict[str, Any]:
    entry = {"type": "interface", "dns_names": [ENDPOINT], "connect": "address"}
    return {**PRIVATE_DNS, "vpc_endpoints": [{**entry, "serves": sorted(hosts)}]}


def only_the_endpoint_exists(_dns: Any) -> Any:
    def lookup(name: str, _timeout: float) -> Answer:
        if name == ENDPOINT:
            return Answer(name, "answered", (HERE,), ttl=300)
        return Answer(name, "absent", detail="NXDOMAIN", ttl=300)

    return lookup


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_with_a_host_prefix(lab: Lab, service: str) -> None:
    expected = sent_by_botocore(service)
    assert len(expected) >= FEWEST * len(SERVICES[service])
    policy = policy_for({one.host for one in expected.values()})

    session = Session()
    Installation(policy, world=World(lookup=only_the_endpoint_exists), environ={})(session)
    with nothing_leaves():
        client = client_of(session, service)
        routed = {name: called(client, name) for name in expected}
    assert {name: request and on_the_wire(request) for name, request in routed.items()} == expected
    for request in routed.values():
        decision = request.context[ROUTE].decision
        assert decision.chosen.dials == decision.pin.question.name == ENDPOINT
        assert decision.pin.answer.addresses == (HERE,)

    # The same for real, once for each prefix.
    lab.host(ENDPOINT, HERE, certificate=False)
    one_each = {prefix: name for name, prefix in SERVICES[service].items() if name in expected}
    session, _ = session_of(lab, policy)
    client = client_of(session, service)
    for operation in one_each.values():
        host = expected[operation].host
        lab.host(f"{operation}.example", HERE, certificate=host)
        assert called(client, operation) is None
        seen = lab.seen[-1]
        assert (seen.host, seen.sni, seen.address) == (host, host, HERE)
        assert scope(seen) == (
            expected[operation].signing_name,
            expected[operation].signing_region,
        )
    assert len(lab.seen) == len(one_each)
    assert set(addresses(lab)) == {HERE}
