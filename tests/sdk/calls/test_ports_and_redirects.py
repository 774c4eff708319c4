"""What changes the way once the endpoint is resolved: a port, a redirect, a URL before a retry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.values import Fault, Reply
from tests.support.lab_client import KMS, KMS_FIPS, client_for, hosts, only
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns
from tests.support.plain_wire import Wire

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}


# --- a port


def at_8443(client: Any) -> Any:
    def change(params: dict[str, Any], **_: Any) -> None:
        params["url"] = params["url"].replace(".amazonaws.com", ".amazonaws.com:8443")

    client.meta.events.register("before-call", change)
    return client


@pytest.mark.parametrize(
    "policy", [FIPS, {"defaults": {"endpoint_url": "deny"}}, {"defaults": {"regional": "require"}}]
)
def test_a_port_counts_as_in_a_configured_url(lab: Lab, policy: dict[str, Any]) -> None:
    lab.host(KMS, "52.94.0.10", ports=(443, 8443))
    lab.host(KMS_FIPS, "52.94.0.11", ports=(443, 8443))
    configured = client_for(lab, policy, endpoint_url=f"https://{KMS}:8443")
    codes = []
    for client in (configured, at_8443(client_for(lab, policy))):
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        codes.append(refusal.value.code)
    assert codes == ["endpoint_url.undeclared"] * 2
    assert lab.dialled == []


def test_the_usual_port_is_none(lab: Lab) -> None:
    client = client_for(lab, FIPS)

    def change(params: dict[str, Any], **_: Any) -> None:
        params["url"] = params["url"].replace(".amazonaws.com", ".amazonaws.com:443")

    client.meta.events.register("before-call", change)
    client.list_keys()
    assert only(lab).sni == KMS_FIPS


def test_where_nothing_is_demanded_another_port_is_the_applications_affair(lab: Lab) -> None:
    lab.host(KMS, "52.94.0.10", ports=(443, 8443))
    at_8443(client_for(lab, {})).list_keys()
    assert (only(lab).port, only(lab).host) == (8443, f"{KMS}:8443")


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("policy", [{}, FIPS, PRIVATE_DNS])
def test_redirects_are_not_followed(policy: Mapping[str, Any], status: int) -> None:
    """Neither by botocore nor by its urllib3: the answer is the redirect itself."""
    elsewhere = (("Location", "https://kms.evil.example/"),)
    reply = Reply(status, elsewhere, b"{}")
    with Lab(replies={("kms", "ListKeys"): reply}) as lab:
        lab.host("kms.evil.example", "52.94.0.66")
        lab.host(KMS_FIPS, "52.94.0.11")
        private_dns(lab, ONE)
        plain = Session().create_client("kms", "us-east-1", verify=lab.ca_bundle)
        for client in (Wire().lead(plain, lab), client_for(lab, policy)):
            with pytest.raises(ClientError):
                client.list_keys()
        assert {seen.host for seen in lab.seen} <= {KMS, KMS_FIPS}
        assert ("52.94.0.66", 443) not in lab.dialled


# --- retries


def test_each_attempt_is_held_to_the_decision(lab: Lab) -> None:
    """A handler that changes the URL from the second attempt on."""
    lab.fail_next(1, Fault(status=503))
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = client_for(lab, FIPS, config=config)
    attempts: list[str] = []

    def change(request: Any, **_: Any) -> None:
        attempts.append(request.url)
        if len(attempts) > 1:
            request.url = request.url.replace(KMS_FIPS, KMS)

    client.meta.events.register("before-send.kms", change)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "guard.changed"
    assert len(attempts) == 2
    assert set(hosts(lab)) <= {KMS_FIPS}
