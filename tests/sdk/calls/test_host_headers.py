"""A ``Host`` header that a handler sets: it may not name another host than was decided on."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, client_for, only
from tests.support.plain_wire import Wire

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BOUND: list[dict[str, Any]] = [
    FIPS,
    {"defaults": {"allowed_regions": ["us-*"]}},
    {"defaults": {"endpoint_url": "deny"}},
]
EVENTS = ["request-created.kms", "before-sign.kms", "before-send.kms"]


def naming(client: Any, event: str, host: str, name: str = "Host") -> Any:
    def set_header(request: Any, **_: Any) -> None:
        if name in request.headers:
            del request.headers[name]
        request.headers[name] = host

    client.meta.events.register_first(event, set_header)
    return client


@pytest.mark.parametrize("event", EVENTS)
def test_plain_botocore_sends_it(lab: Lab, event: str) -> None:
    """Otherwise the tests below could not fail."""
    client = Session().create_client("kms", "us-east-1", verify=lab.ca_bundle)
    Wire().lead(naming(client, event, "kms.evil.example"), lab).list_keys()
    assert (only(lab).host, only(lab).sni) == ("kms.evil.example", KMS)


@pytest.mark.parametrize("name", ["Host", "hOST"])
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("policy", BOUND)
def test_another_host_is_refused(lab: Lab, policy: dict[str, Any], event: str, name: str) -> None:
    client = naming(client_for(lab, policy), event, "kms.eu-west-1.amazonaws.com", name)
    for _ in range(2):
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        assert refusal.value.code == "guard.changed"
        assert "kms.eu-west-1.amazonaws.com" in refusal.value.reason
    assert lab.dialled == []


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("host", [KMS_FIPS, KMS_FIPS.upper(), f"{KMS_FIPS}:443"])
def test_the_same_host_is_not(lab: Lab, event: str, host: str) -> None:
    naming(client_for(lab, FIPS), event, host).list_keys()
    assert (only(lab).host, only(lab).sni) == (host, KMS_FIPS)


@pytest.mark.parametrize("event", EVENTS)
def test_nor_is_the_host_that_an_endpoint_serves(lab: Lab, event: str) -> None:
    """botocore's own, which the handler may have found in the URL."""
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
    }
    naming(client_for(lab, policy), event, KMS).list_keys()
    assert (only(lab).host, only(lab).sni) == (KMS, KMS_VPCE)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("policy", [{}, {"defaults": {"fips": "prefer"}}])
def test_where_nothing_is_demanded_it_is_sent(lab: Lab, policy: dict[str, Any], event: str) -> None:
    naming(client_for(lab, policy), event, "kms.evil.example").list_keys()
    assert only(lab).host == "kms.evil.example"
    assert only(lab).sni in (KMS, KMS_FIPS)


def test_a_bucket_in_the_host(lab: Lab) -> None:
    host = "payroll.s3.us-west-2.amazonaws.com"
    lab.host(host, "52.94.0.70")
    lab.host("s3.us-west-2.amazonaws.com", "52.94.0.70")
    policy = {"defaults": {"endpoint_url": "deny"}}
    client = client_for(lab, policy, "s3", "us-west-2")
    naming(client, "before-sign.s3", host)
    client.head_object(Bucket="payroll", Key="key")
    assert only(lab).host == host
    url = client.generate_presigned_url("get_object", {"Bucket": "payroll", "Key": "key"})
    assert url.startswith("https://payroll.s3.")
