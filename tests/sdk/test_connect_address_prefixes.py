"""``connect = "address"`` for every operation whose host has a prefix of its own.

Generated from the models of the installed botocore; what plain botocore would send is the measure.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError
from botocore.session import Session

from endpoint_router.lab.network import Lab
from endpoint_router.probe.answer import Answer
from endpoint_router.router import World
from endpoint_router.sdk.install import Installation
from tests.support.lab_client import ONE_ATTEMPT, REGION, scope
from tests.support.pinning import PRIVATE_DNS, addresses, session_of
from tests.support.wire import Caught, OnTheWire, _minimal, nothing_leaves, on_the_wire

ENDPOINT = "vpce-0123456789abcdef0-abcdefgh.combined.us-east-1.vpce.amazonaws.com"
HERE = "10.20.0.60"


class PrefixesOnly(Loader):
    """botocore's loader, with nothing but operations with a host prefix in each model.

    Making a client costs a method for each operation.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: Any = None) -> Any:
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name != "service-2":
            return model
        kept = {
            name: operation
            for name, operation in model["operations"].items()
            if "hostPrefix" in operation.get("endpoint", {})
        }
        return {**model, "operations": kept} if kept else model


LOADER = PrefixesOnly()


def _services() -> dict[str, dict[str, str]]:
    """Prefix by operation, by service."""
    found = {}
    for service in Loader().list_available_services("service-2"):
        operations = LOADER.load_service_model(service, "service-2")["operations"]
        prefixes = {name: one.get("endpoint", {}).get("hostPrefix", "") for name, one in
                    operations.items()}  # fmt: skip
        if all(prefixes.values()):
            found[service] = prefixes
    return found


SERVICES = _services()
#: The share of operations that can be sent. Not those for HTTP/2, nor with labels that are no host.
FEWEST = 0.8


def client_of(session: Session, service: str) -> Any:
    session.register_component("data_loader", LOADER)
    config = Config(retries=ONE_ATTEMPT, parameter_validation=False, connect_timeout=5)
    return session.create_client(service, REGION, config=config)


def called(client: Any, operation: str) -> Any:
    """The request that a call of *operation* would send; ``None`` if botocore itself refuses it."""
    methods = {name: python for python, name in client.meta.method_to_api_mapping.items()}
    shape = client.meta.service_model.operation_model(operation).input_shape
    call = getattr(client, methods[operation], None)
    if call is None:
        return None  # bidirectional: botocore makes no method for it
    try:
        call(**_minimal(shape))
    except Caught as caught:
        return caught.request
    except ResponseParserError:
        return None  # of an event stream, which the lab does not speak
    except (BotoCoreError, ValueError):
        return None
    return None


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
    with nothing_leaves():
        plain = client_of(Session(), service)
        requests = {name: called(plain, name) for name in SERVICES[service]}
    expected: dict[str, OnTheWire] = {
        name: on_the_wire(request) for name, request in requests.items() if request is not None
    }
    assert len(expected) >= FEWEST * len(requests)
    policy = policy_for({one.host for one in expected.values()})

    session = Session()
    Installation(policy, world=World(lookup=only_the_endpoint_exists), environ={})(session)
    with nothing_leaves():
        client = client_of(session, service)
        routed = {name: called(client, name) for name in expected}
    assert {name: request and on_the_wire(request) for name, request in routed.items()} == expected
    for request in routed.values():
        decision = request.endpoint_router.decision
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
