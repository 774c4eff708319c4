"""What a client looks like before and after it is routed, and where its calls would go."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT, catch
from tests.support.wire import Caught, OnTheWire, on_the_wire

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BROKEN = {"defaults": {"fisp": "require"}}
EVENTS = ("creating-client-class", "before-sign", "before-send", "before-endpoint-resolution")


def unrouted(lab: Lab) -> Session:
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    return session


def kms(session: Any, **arguments: Any) -> Any:
    config = Config(retries=ONE_ATTEMPT, connect_timeout=30).merge(
        arguments.pop("config", Config())
    )
    make = getattr(session, "create_client", None) or session.client
    return make("kms", "us-east-1", config=config, **arguments)


def sent(client: Any) -> Any:
    """The request that would go out, and nothing of it does."""
    client.meta.events.register_last("before-send", catch, unique_id="catch")
    try:
        with pytest.raises(Caught) as caught:
            client.list_keys()
    finally:
        client.meta.events.unregister("before-send", unique_id="catch")
    return caught.value.request


def goes_to(client: Any) -> str:
    wire: OnTheWire = on_the_wire(sent(client))
    return wire.host


def handlers(emitter: Any) -> dict[str, list[Any]]:
    return {
        name: list(emitter._emitter._handlers.prefix_search(f"{name}.kms.ListKeys"))
        for name in EVENTS
    }


def fingerprint(client: Any) -> dict[str, Any]:
    """Everything about a client that routing may touch."""
    http = client._endpoint.http_session
    return {
        "bases": [base.__name__ for base in type(client).__mro__],
        "attributes": sorted(vars(client)),
        "class": sorted(name for name in vars(type(client)) if "router" in name),
        "events": {
            name: found
            for name, found in handlers(client.meta.events).items()
            if name != EVENTS[0]  # a copy of its session's, at which nobody looks any more
        },
        "http": sorted(vars(http)),
        "send": getattr(http.send, "__func__", http.send),
        "pools": http._manager.pool_classes_by_scheme,
        "endpoint": sorted(vars(client._endpoint)),
        "signer": sorted(vars(client._request_signer)),
        "resolver": sorted(vars(client._ruleset_resolver)),
        "host": client._endpoint.host,
        "url": client.meta.endpoint_url,
    }
