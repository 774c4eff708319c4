"""``Config(proxies=..., proxies_config=...)``, proxies that speak TLS, and their passwords."""

from __future__ import annotations

import base64
import logging
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.config import Config
from botocore.exceptions import ClientError, ProxyConnectionError, SSLError

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.sdk.connections.proxies import Proxies
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, client_for, hosts, only, policy_for
from tests.support.proxied import NOTICED, ONE_PRIVATE, PRIVATE, Clients, a_proxy, hosts_of, proxy

__all__ = ["proxy"]


def through(proxy: ConnectProxy, **settings: Any) -> Config:
    """The configuration of a client that *proxy* serves."""
    return Config(proxies={"https": proxy.url}, **settings)


# --- who has a say


@pytest.mark.parametrize("no_proxy", [KMS, "*", ".amazonaws.com"])
def test_for_public_hosts_no_proxy_has_no_say(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    """As in botocore, which asks it only about proxies of the environment."""
    monkeypatch.setenv("NO_PROXY", no_proxy)
    with a_proxy(lab) as proxy:
        client_for(lab, {}, config=through(proxy)).list_keys()
        client_for(lab, {"defaults": {"fips": "require"}}, config=through(proxy)).list_keys()
        assert hosts_of(proxy) == [KMS, KMS_FIPS]


@pytest.mark.parametrize("no_proxy", [KMS_VPCE, KMS, ".vpce.amazonaws.com", "*"])
def test_for_private_addresses_it_does(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    with a_proxy(lab) as proxy:
        client = client_for(lab, ONE_PRIVATE, config=through(proxy))
        client.list_keys()
        client.list_aliases()
        assert hosts(lab) == [KMS_VPCE, KMS]
        assert hosts_of(proxy) == [KMS]


def test_for_an_endpoint_that_the_application_names_it_does_not(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is demanded, so it goes as plain botocore goes, and that is what is told."""
    monkeypatch.setenv("NO_PROXY", "*")
    policy = {**PRIVATE, "defaults": {"private": "prefer"}}
    url = f"https://{KMS_VPCE}"
    with a_proxy(lab) as proxy:
        client_for(lab, policy, config=through(proxy), endpoint_url=url).list_keys()
        assert hosts_of(proxy) == [KMS_VPCE]
        decision = endpoint_router.explain(
            "kms",
            region="us-east-1",
            endpoint_url=url,
            config=through(proxy),
            policy=policy_for(lab, policy),
        )
        assert decision.proxy == proxy.url


@pytest.mark.parametrize(
    ("policy", "missing"), [(PRIVATE, KMS_VPCE), ({"defaults": {"private": "require"}}, KMS)]
)
def test_doing_what_the_refusal_says_lets_the_same_client_pass(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, policy: dict[str, Any], missing: str
) -> None:
    lab.host(KMS, "10.20.0.10")
    clients = Clients(lab, policy)
    with a_proxy(lab) as proxy:
        client = clients.client(config=through(proxy))
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        assert refusal.value.remedy == f"Add {missing} to NO_PROXY."
        monkeypatch.setenv("NO_PROXY", missing)
        clients.time.passes(NOTICED)
        client.list_keys()
        assert (only(lab).host, proxy.asked) == (missing, [])
        # Another client with the same configuration begins with what is true now.
        assert clients.client(config=through(proxy)).meta.endpoint_url == f"https://{missing}"


def test_for_a_custom_endpoint_the_way_out_is_another(lab: Lab) -> None:
    lab.host("kms.corp.example", "10.20.0.30")
    custom = {"url": "https://kms.corp.example", "services": ["kms"], "private": True}
    policy = {
        "defaults": {"private": "require"},
        "custom_endpoints": [{**custom, "reason": "on premises"}],
    }
    with a_proxy(lab) as proxy:
        client = client_for(lab, policy, config=through(proxy), endpoint_url=custom["url"])
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        assert "Config(proxies=...)" in refusal.value.remedy
        assert (proxy.asked, lab.seen) == ([], [])


def test_an_empty_dictionary_means_direct(lab: Lab, proxy: ConnectProxy) -> None:
    """Whatever the environment says: so botocore reads it, and so people switch proxies off."""
    config = Config(proxies={})
    client_for(lab, {}, config=config).list_keys()
    client_for(lab, PRIVATE, config=config).list_keys()
    assert hosts(lab) == [KMS, KMS_VPCE]
    assert proxy.asked == []


# --- proxies that speak TLS


def test_a_proxy_behind_tls(lab: Lab) -> None:
    config: dict[str, Any] = {"proxies_config": {"proxy_ca_bundle": lab.ca_bundle}}
    with a_proxy(lab, tls=lab.certificate("127.0.0.1")) as proxy:
        policy = {"defaults": {"fips": "require"}}
        client_for(lab, policy, config=through(proxy, **config)).list_keys()
        seen = only(lab)
        assert (seen.host, seen.sni, seen.address) == (KMS_FIPS, KMS_FIPS, "52.94.0.11")
        assert hosts_of(proxy) == [KMS_FIPS]


def test_settings_go_with_a_proxy_of_the_environment(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(proxies_config={"proxy_ca_bundle": lab.ca_bundle})
    with a_proxy(lab, tls=lab.certificate("127.0.0.1")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        clients = Clients(lab, ONE_PRIVATE)
        client = clients.client(config=config)
        client.list_aliases()
        with pytest.raises(EndpointDenied):
            client.list_keys()
        monkeypatch.setenv("NO_PROXY", KMS_VPCE)
        clients.time.passes(NOTICED)
        client.list_keys()
        assert hosts(lab) == [KMS, KMS_VPCE]
        assert hosts_of(proxy) == [KMS]


def test_a_proxy_with_a_certificate_of_nobody(lab: Lab, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pem"
    trustme.CA().cert_pem.write_to_path(str(foreign))
    config: dict[str, Any] = {"proxies_config": {"proxy_ca_bundle": str(foreign)}}
    with a_proxy(lab, tls=lab.certificate("127.0.0.1")) as proxy:
        # urllib3 1.26 tells it as an error of the server's certificate.
        with pytest.raises((ProxyConnectionError, SSLError)):
            client_for(lab, {}, config=through(proxy, **config)).list_keys()
        assert (proxy.asked, lab.seen) == ([], [])


def test_a_proxy_that_wants_the_clients_certificate(lab: Lab, tmp_path: Path) -> None:
    authority, mine = trustme.CA(), tmp_path / "client.pem"
    authority.issue_cert("client.example").private_key_and_cert_chain_pem.write_to_path(str(mine))
    tls = lab.certificate("127.0.0.1")
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    settings = {"proxy_ca_bundle": lab.ca_bundle, "proxy_client_cert": str(mine)}
    with a_proxy(lab, tls=tls) as proxy:
        client_for(lab, {}, config=through(proxy, proxies_config=settings)).list_keys()
        assert hosts_of(proxy) == [KMS]


# Of urllib3, about how botocore calls it.
@pytest.mark.filterwarnings("ignore:Passing ssl_context when use_forwarding_for_https")
def test_forwarding_changes_nothing_for_what_goes_direct(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy gets the whole URL instead of a CONNECT; an endpoint must never get that."""
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    settings = {"proxy_ca_bundle": lab.ca_bundle, "proxy_use_forwarding_for_https": True}
    with a_proxy(lab, tls=lab.certificate("127.0.0.1")) as proxy:
        client = client_for(lab, ONE_PRIVATE, config=through(proxy, proxies_config=settings))
        with pytest.raises(ClientError):  # this proxy makes tunnels only
            client.list_aliases()
        client.list_keys()
        assert [asked.line for asked in proxy.asked] == [f"POST https://{KMS}/ HTTP/1.1"]
    assert (only(lab).host, only(lab).path) == (KMS_VPCE, "/")


# --- passwords


def test_credentials_go_to_the_proxy_and_nowhere_else(
    lab: Lab,
    proxy: ConnectProxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://someone:hunter%402@"))
    decisions = tmp_path / "decisions.jsonl"
    policy = {**ONE_PRIVATE, "log": {"decisions": str(decisions)}}
    caplog.set_level(logging.DEBUG, logger="endpoint_router")
    client = client_for(lab, policy)
    client.list_aliases()
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    encoded = base64.b64encode(b"someone:hunter@2").decode()
    assert proxy.asked[0].headers["proxy-authorization"] == f"Basic {encoded}"
    assert "proxy-authorization" not in only(lab).header_names
    decision = endpoint_router.explain(
        "kms", "list_aliases", region="us-east-1", policy=policy_for(lab, ONE_PRIVATE)
    )
    assert decision.proxy == proxy.url
    error = refusal.value
    told = [str(error), repr(error), str(vars(error)), caplog.text, repr(decision), str(decision)]
    told += [decisions.read_text(), client.meta.endpoint_url]
    assert proxy.url in " ".join(told)
    for secret in ("someone", "hunter", encoded):
        assert not [one for one in told if secret in one]


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("https://usr:pw@proxy.example", "https://proxy.example"),
        ("http://usr:p@w@proxy.example:1/path?q", "http://proxy.example:1"),
        ("http://usr:pw@[fd00::1]:3128", "http://[fd00::1]:3128"),
        # What is no URL may be a password: nothing of it is told.
        ("http://usr:pw/half@proxy.example", "http://*"),
    ],
)
def test_what_is_told_of_a_proxy(proxy: str, shown: str) -> None:
    assert Proxies({"https": proxy}, None, lambda: 0.0).carrier(f"https://{KMS}") == shown
