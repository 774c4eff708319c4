"""HTTP sessions that cannot be told where to dial: refused where an address counts."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT, REGION, installed
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns


def adopted(lab: Lab, policy: dict[str, Any], change: Any) -> Any:
    """A client of plain botocore's that was changed before it is routed."""
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    client = session.create_client("kms", REGION, config=Config(retries=ONE_ATTEMPT))
    change(client._endpoint)
    installed(lab, policy).adopt(client)
    return client


class Foreign:
    """An HTTP session of somebody else's."""

    def send(self, request: Any) -> Any:
        raise AssertionError("sent")

    def close(self) -> None: ...


@pytest.mark.parametrize("how", ["session", "send"])
def test_an_http_session_of_somebody_elses_is_refused(lab: Lab, how: str) -> None:
    private_dns(lab, ONE)

    def change(endpoint: Any) -> None:
        if how == "session":
            endpoint.http_session = Foreign()
        else:
            endpoint.http_session.send = Foreign().send

    client = adopted(lab, PRIVATE_DNS, change)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.unpinned"
    assert lab.dialled == []


def test_it_is_used_where_nothing_relies_on_an_address(lab: Lab) -> None:
    def change(endpoint: Any) -> None:
        endpoint.http_session.send = Foreign().send

    client = adopted(lab, {"defaults": {"fips": "require"}}, change)
    with pytest.raises(AssertionError, match="sent"):
        client.list_keys()
