"""A proxy in between: what it would carry is not private, and it does the looking up."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    SQS_FIPS,
    client_for,
    only,
)
from tests.support.proxied import PRIVATE, proxy

__all__ = ["proxy"]


def test_private_required_is_refused_and_names_the_entry_that_is_missing(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, PRIVATE).list_keys()
    assert refusal.value.code == "private.proxy"
    assert proxy.url in refusal.value.reason
    assert "NO_PROXY" in refusal.value.remedy
    assert proxy.targets == []
    assert lab.seen == []
    (entry,) = [word for word in refusal.value.remedy.split() if word.endswith(".amazonaws.com")]
    monkeypatch.setenv("NO_PROXY", entry)
    client_for(lab, PRIVATE).list_keys()
    assert only(lab).host == KMS_VPCE


@pytest.mark.parametrize("entry", [KMS, ".amazonaws.com", "*"])
def test_no_proxy_makes_it_direct(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    monkeypatch.setenv("NO_PROXY", entry)
    client_for(lab, PRIVATE).list_keys()
    seen = only(lab)
    assert (seen.host, seen.address) == (KMS_VPCE, "10.20.0.10")
    assert proxy.targets == []


def test_a_proxy_from_the_clients_configuration_counts_as_well(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        config = Config(proxies={"https": proxy.url})
        with pytest.raises(EndpointDenied) as refusal:
            client_for(lab, PRIVATE, config=config).list_keys()
        assert refusal.value.code == "private.proxy"
        assert proxy.targets == []


def test_credentials_of_the_proxy_are_not_told(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:hunter2@"))
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, PRIVATE).list_keys()
    assert "hunter2" not in str(refusal.value)


def test_private_preferred_stays_public_behind_a_proxy(lab: Lab, proxy: ConnectProxy) -> None:
    policy = {**PRIVATE, "defaults": {"private": "prefer"}}
    client_for(lab, policy).list_keys()
    assert only(lab).host == KMS
    assert proxy.targets == [(KMS, 443)]


def test_fips_goes_through_the_proxy_and_is_not_probed(lab: Lab, proxy: ConnectProxy) -> None:
    client_for(lab, {"defaults": {"fips": "require"}}).list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (KMS_FIPS, KMS_FIPS, "52.94.0.11")
    assert proxy.targets == [(KMS_FIPS, 443)]
    assert lab.dns.questions == []


@pytest.mark.parametrize("demand", ["require", "prefer"])
def test_a_fips_host_that_only_the_proxy_can_look_up(
    lab: Lab, proxy: ConnectProxy, demand: str
) -> None:
    """The network behind the proxy has its own DNS: an absence here says nothing about there."""
    lab.host(SQS_FIPS, "52.94.0.21")
    lab.dns.down()
    client_for(lab, {"defaults": {"fips": demand}}, "sqs", "eu-west-1").list_queues()
    assert only(lab).host == SQS_FIPS
    assert proxy.targets == [(SQS_FIPS, 443)]
    assert lab.dns.questions == []


def test_a_fips_vpc_endpoint_is_not_reached_through_a_proxy(lab: Lab, proxy: ConnectProxy) -> None:
    policy: dict[str, Any] = {
        "defaults": {"fips": "require", "private": "prefer"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
    }
    client_for(lab, policy).list_keys()
    assert only(lab).host == KMS_FIPS
    policy["defaults"]["private"] = "require"
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, policy).list_keys()
    assert refusal.value.code == "private.proxy"
    assert len(lab.seen) == 1
