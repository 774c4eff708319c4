"""A host of somebody else's that is up and would answer, and calls that reach nobody."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab

FIPS = {"defaults": {"fips": "require"}}
OTHER = "kms.gateway.example"


@pytest.fixture(autouse=True)
def another_host(lab: Lab) -> None:
    lab.host(OTHER, "52.94.0.30")


def refused(lab: Lab, client: Any, code: str) -> EndpointDenied:
    """A call of *client* is denied, and no server hears of it."""
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == code
    assert lab.seen == []
    return refusal.value
