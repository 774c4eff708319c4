"""A proxy is decided on for the host that the request really goes to."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from tests.support.async_lab import calls
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, hosts, only
from tests.support.proxied import PRIVATE, a_proxy, proxy

__all__ = ["proxy"]

FIPS = {"defaults": {"fips": "require"}}


def list_keys(client: Any) -> Any:
    return client.list_keys()


def test_private_required_is_refused(lab: Lab, proxy: ConnectProxy):
    with pytest.raises(EndpointDenied) as refusal:
        calls(lab, PRIVATE, list_keys)
    assert refusal.value.code == "private.proxy"
    assert proxy.targets == []
    assert not lab.seen


@pytest.mark.parametrize("entry", [KMS, KMS_VPCE, ".amazonaws.com"])
def test_no_proxy_makes_it_direct(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch, entry: str
):
    monkeypatch.setenv("NO_PROXY", entry)
    calls(lab, PRIVATE, list_keys)
    assert (only(lab).host, only(lab).address) == (KMS_VPCE, "10.20.0.10")
    assert proxy.targets == []


def test_fips_goes_through_the_proxy(lab: Lab, proxy: ConnectProxy):
    calls(lab, FIPS, list_keys)
    assert (only(lab).host, only(lab).sni) == (KMS_FIPS, KMS_FIPS)
    assert proxy.targets == [(KMS_FIPS, 443)]
    assert lab.dns.questions == []


def test_no_proxy_for_the_host_that_it_does_not_go_to_changes_nothing(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_PROXY", KMS)
    calls(lab, FIPS, list_keys)
    assert proxy.targets == [(KMS_FIPS, 443)]


def test_a_proxy_from_the_clients_configuration_counts_as_well(lab: Lab):
    with a_proxy(lab) as proxy:
        with pytest.raises(EndpointDenied) as refusal:
            calls(lab, PRIVATE, list_keys, proxies={"https": proxy.url})
        assert refusal.value.code == "private.proxy"
        calls(lab, FIPS, list_keys, proxies={"https": proxy.url})
        assert proxy.targets == [(KMS_FIPS, 443)]


def test_the_certificate_is_checked_through_a_proxy_as_well(lab: Lab, proxy: ConnectProxy):
    """aiobotocore did not for years, where the proxy has no settings of its own."""
    lab.host(KMS_FIPS, "52.94.0.11", certificate="somebody-else.example")
    lab.zone.set(KMS_FIPS, lab.zone.find(KMS_FIPS))
    lab.host("other.example", "52.94.0.12", certificate="other.example")
    lab.zone.set(KMS_FIPS, lab.zone.find("other.example"))
    with pytest.raises(Exception, match=r"(?i)certificate|hostname|proxy"):
        calls(lab, FIPS, list_keys)
    assert hosts(lab) == []


def test_a_proxy_that_is_to_forward_https_makes_a_tunnel_all_the_same(
    lab: Lab, proxy: ConnectProxy
):
    """aiobotocore knows no other way, so nobody ends TLS on the way."""
    calls(lab, FIPS, list_keys, proxies_config={"proxy_use_forwarding_for_https": True})
    assert proxy.targets == [(KMS_FIPS, 443)]
    assert only(lab).sni == KMS_FIPS
