"""Endpoints that are dialled by address, and the measure: what plain botocore would send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT
from tests.support.wire import Caught, OnTheWire, nothing_leaves, on_the_wire

HERE = "10.20.0.50"
ID = "vpce-0123456789abcdef0-abcdefgh"


def endpoint(name: str, *serves: str, **more: Any) -> dict[str, Any]:
    """The declaration of a VPC endpoint that is connected to by address."""
    entry = {"type": "interface", "dns_names": [name], "connect": "address", **more}
    return {**entry, "serves": list(serves)} if serves else entry


def requiring(*endpoints: dict[str, Any], **demands: str) -> dict[str, Any]:
    """A policy under which only those endpoints will do."""
    return {"defaults": {"private": "require", **demands}, "vpc_endpoints": list(endpoints)}


def shows(lab: Lab, *hosts: str, at: str = HERE) -> None:
    """A server at this address holds certificates for *hosts*, of which DNS knows nothing."""
    for host in hosts:
        lab.host(f"holder-{len(lab._held)}-{len(host)}.example", at, certificate=host)


def reference(service: str, region: str, call: Callable[[Any], Any], **config: Any) -> OnTheWire:
    """What plain botocore would send, and sign."""
    client = None
    with nothing_leaves():
        settings: dict[str, Any] = {"retries": ONE_ATTEMPT, **config}
        client = Session().create_client(service, region, config=Config(**settings))
        with pytest.raises(Caught) as caught:
            call(client)
    return on_the_wire(caught.value.request)
