"""``proxy_use_forwarding_for_https``: a proxy that speaks TLS ends it, and sees what is for AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_VPCE,
    ONE_ATTEMPT,
    client_for,
    only,
    policy_for,
)
from tests.support.proxied import a_proxy, hosts_of

pytestmark = pytest.mark.filterwarnings("ignore:Passing ssl_context when")

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
REQUIRED: list[dict[str, Any]] = [
    {"fips": "require"},
    {"regional": "require"},
    {"dual_stack": "require"},
]


def tls_proxy(lab: Lab) -> ConnectProxy:
    return a_proxy(lab, tls=lab.certificate("127.0.0.1"))


def forwarding(lab: Lab, url: str, **more: Any) -> Config:
    settings: Any = {"proxy_ca_bundle": lab.ca_bundle, "proxy_use_forwarding_for_https": True}
    return Config(proxies={"https": url}, proxies_config=settings, retries=ONE_ATTEMPT, **more)


def test_plain_botocore_shows_the_proxy_everything(lab: Lab) -> None:
    """There is no TLS with AWS: what is signed for it goes to the proxy as it is."""
    with tls_proxy(lab) as proxy:
        config = forwarding(lab, proxy.url, use_fips_endpoint=True)
        client = Session().create_client("kms", "us-east-1", config=config, verify=lab.ca_bundle)
        with pytest.raises(ClientError):  # this proxy makes tunnels only
            client.list_keys()
        assert [asked.line for asked in proxy.asked] == [f"POST https://{KMS_FIPS}/ HTTP/1.1"]
        assert "authorization" in proxy.asked[0].headers


@pytest.mark.parametrize("demands", REQUIRED, ids=lambda demands: next(iter(demands)))
def test_it_is_refused_where_anything_is_required(lab: Lab, demands: dict[str, Any]) -> None:
    lab.host("kms.us-east-1.api.aws", "52.94.0.12")
    with tls_proxy(lab) as proxy:
        client = client_for(lab, {"defaults": demands}, config=forwarding(lab, proxy.url))
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        assert refusal.value.code == "tls.unverified"
        assert proxy.url in refusal.value.reason
        assert "proxy_use_forwarding_for_https" in refusal.value.remedy
        assert proxy.asked == []
    assert lab.dialled == []


def test_explain_says_so(lab: Lab) -> None:
    decision = endpoint_router.explain(
        "kms",
        region="us-east-1",
        config=forwarding(lab, "https://proxy.example:3128"),
        policy=policy_for(lab, FIPS),
    )
    assert (decision.outcome, decision.code) == ("denied", "tls.unverified")


def test_the_remedy_helps(lab: Lab) -> None:
    """Without it the same proxy makes a tunnel."""
    with tls_proxy(lab) as proxy:
        settings: Any = {"proxy_ca_bundle": lab.ca_bundle}
        config = Config(proxies={"https": proxy.url}, proxies_config=settings)
        client_for(lab, FIPS, config=config).list_keys()
        assert hosts_of(proxy) == [KMS_FIPS]
    assert only(lab).sni == KMS_FIPS


@pytest.mark.parametrize(
    "policy", [{}, {"defaults": {"allowed_regions": ["us-*"]}}, {"defaults": {"fips": "prefer"}}]
)
def test_where_nothing_is_required_it_works_as_in_plain_botocore(
    lab: Lab, policy: dict[str, Any]
) -> None:
    with tls_proxy(lab) as proxy:
        client = client_for(lab, policy, config=forwarding(lab, proxy.url))
        with pytest.raises(ClientError):
            client.list_keys()
        (asked,) = proxy.asked
        assert asked.line in (f"POST https://{host}/ HTTP/1.1" for host in (KMS, KMS_FIPS))


def test_a_proxy_that_speaks_no_tls_makes_a_tunnel_anyway(lab: Lab) -> None:
    with a_proxy(lab) as proxy:
        client_for(lab, FIPS, config=forwarding(lab, proxy.url)).list_keys()
        assert hosts_of(proxy) == [KMS_FIPS]


def test_what_goes_past_the_proxy_is_not_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
    }
    with tls_proxy(lab) as proxy:
        client_for(lab, policy, config=forwarding(lab, proxy.url)).list_keys()
        assert proxy.asked == []
    assert only(lab).host == KMS_VPCE
