"""``HTTPS_PROXY`` and ``NO_PROXY``: the verdict is for the host that a call really goes to.

What is asserted is what the proxy and the servers saw.
"""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import patch

import pytest
from botocore.endpoint import EndpointCreator
from botocore.exceptions import ClientError, ProxyConnectionError
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.sdk import seams
from endpoint_router.sdk.proxies import Proxies
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_VPCE,
    SQS,
    client_for,
    hosts,
    only,
    policy_for,
)
from tests.support.plain_wire import Wire
from tests.support.proxied import (
    ENDPOINT,
    NOTICED,
    ONE_PRIVATE,
    PRIVATE,
    Clients,
    a_proxy,
    hosts_of,
    proxy,
)

__all__ = ["proxy"]

#: An endpoint's own address and port, as the lab's clients dial it.
ENDPOINT_DIALLED = ("10.20.0.10", 443)
BY_ADDRESS = {**ENDPOINT, "connect": "address"}


# --- direct to the endpoint, through the proxy for the rest


@pytest.mark.parametrize(
    ("no_proxy", "rest_is_direct"),
    [
        (KMS_VPCE, False),
        (f"localhost, {KMS_VPCE.upper()}", False),
        (".vpce.amazonaws.com", False),
        ("vpce.amazonaws.com", False),
        ("*", True),
        # The standard host that the endpoint serves.
        (KMS, True),
        (".us-east-1.amazonaws.com", True),
    ],
)
def test_no_proxy_may_name_the_endpoint_or_what_it_serves(
    lab: Lab,
    proxy: ConnectProxy,
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: str,
    rest_is_direct: bool,
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    clients = Clients(lab, ONE_PRIVATE)
    client = clients.client()
    client.list_keys()
    seen = lab.seen.pop()
    assert (seen.host, seen.sni, seen.address) == (KMS_VPCE, KMS_VPCE, "10.20.0.10")
    assert proxy.asked == []
    client.list_aliases()
    clients.client("sqs", "eu-west-1").list_queues()
    assert hosts(lab) == [KMS, SQS]
    through = [KMS, SQS]
    if rest_is_direct:
        through = [] if no_proxy == "*" else [SQS]
    assert hosts_of(proxy) == through


@pytest.mark.parametrize("no_proxy", [KMS, KMS_VPCE])
def test_by_address_no_proxy_may_name_either_as_well(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    lab.host(KMS, "52.94.0.10", "10.20.0.10")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    client_for(lab, {**PRIVATE, "vpc_endpoints": [BY_ADDRESS]}).list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (KMS, KMS, "10.20.0.10")
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("no_proxy", "through"),
    [(KMS, [KMS_FIPS]), (KMS_FIPS, []), (f"{KMS},{KMS_FIPS}", []), ("", [KMS_FIPS])],
)
def test_the_fips_host_is_what_counts(
    lab: Lab,
    proxy: ConnectProxy,
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: str,
    through: list[str],
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    client_for(lab, {"defaults": {"fips": "require"}}).list_keys()
    assert (only(lab).host, only(lab).address) == (KMS_FIPS, "52.94.0.11")
    assert hosts_of(proxy) == through
    # Only who connects directly looks up.
    assert bool(lab.dns.questions) == (not through)


@pytest.mark.parametrize(
    ("no_proxy", "through"), [(KMS, [KMS_VPCE]), (KMS_VPCE, []), ("", [KMS_VPCE])]
)
@pytest.mark.parametrize("private", ["off", "prefer"])
def test_an_endpoint_that_the_application_names_goes_as_plain_botocore_goes(
    lab: Lab,
    proxy: ConnectProxy,
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: str,
    through: list[str],
    private: str,
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    policy = {**PRIVATE, "defaults": {"private": private}}
    url = f"https://{KMS_VPCE}"
    client_for(lab, policy, endpoint_url=url).list_keys()
    assert only(lab).host == KMS_VPCE
    assert hosts_of(proxy) == through
    decision = endpoint_router.explain(
        "kms", region="us-east-1", endpoint_url=url, policy=policy_for(lab, policy)
    )
    assert decision.proxy == (proxy.url if through else "")


# --- refusals, and the way out


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        (PRIVATE, KMS_VPCE),
        ({**PRIVATE, "vpc_endpoints": [BY_ADDRESS]}, KMS),
        # A private hosted zone.
        ({"defaults": {"private": "require"}}, KMS),
    ],
)
def test_doing_what_the_refusal_says_lets_the_same_client_pass(
    lab: Lab,
    proxy: ConnectProxy,
    monkeypatch: pytest.MonkeyPatch,
    policy: dict[str, Any],
    missing: str,
) -> None:
    lab.host(KMS, "10.20.0.10")
    clients = Clients(lab, policy)
    client = clients.client()
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.proxy"
    assert refusal.value.remedy == f"Add {missing} to NO_PROXY."
    assert (proxy.asked, lab.dialled) == ([], [])
    monkeypatch.setenv("NO_PROXY", missing)
    clients.time.passes(NOTICED)
    client.list_keys()
    seen = only(lab)
    assert (seen.host, seen.address) == (missing, "10.20.0.10")
    assert proxy.asked == []


def test_preferred_goes_through_the_proxy_until_no_proxy_names_the_endpoint(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, {**PRIVATE, "defaults": {"private": "prefer"}})
    client = clients.client()
    client.list_keys()
    assert (lab.seen.pop().host, hosts_of(proxy)) == (KMS, [KMS])
    monkeypatch.setenv("NO_PROXY", ".vpce.amazonaws.com")
    clients.time.passes(NOTICED)
    client.list_keys()
    assert (lab.seen.pop().host, hosts_of(proxy)) == (KMS_VPCE, [KMS])


def test_a_proxy_that_is_down_is_no_reason_to_go_past_it(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.stop()
    policies: list[dict[str, Any]] = [{}, {"defaults": {"fips": "require"}}]
    for policy in policies:
        with pytest.raises(ProxyConnectionError) as failure:
            client_for(lab, policy).list_keys()
        assert proxy.url in str(failure.value)
    with pytest.raises(EndpointDenied):
        client_for(lab, PRIVATE).list_keys()
    assert (lab.seen, lab.dialled) == ([], [])


def test_presigned_urls_are_somebody_elses_to_connect(lab: Lab, proxy: ConnectProxy) -> None:
    for kind, host in (("public", KMS), ("routed", KMS_VPCE)):
        policy = {**PRIVATE, "defaults": {"private": "require", "presigned": kind}}
        url = client_for(lab, policy).generate_presigned_url("list_keys")
        assert url.startswith(f"https://{host}/")
    assert (proxy.asked, lab.seen) == ([], [])


# --- changes after the client was made


def test_a_host_that_enters_no_proxy_and_leaves_it_again(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, {})
    client = clients.client()
    dialled = [("52.94.0.10", 443)]
    client.list_keys()
    assert (hosts_of(proxy), lab.dialled) == ([KMS], dialled)
    monkeypatch.setenv("NO_PROXY", KMS)
    clients.time.passes(NOTICED)
    client.list_keys()
    # A connection of its own: not the tunnel that is still open.
    assert (hosts_of(proxy), lab.dialled) == ([KMS], 2 * dialled)
    monkeypatch.delenv("NO_PROXY")
    clients.time.passes(NOTICED)
    client.list_keys()
    # Back in the tunnel, not on the direct connection that is still open.
    proxy.stop()
    with pytest.raises(ProxyConnectionError):
        client.list_keys()
    assert hosts(lab) == 3 * [KMS]


def test_an_endpoint_that_enters_no_proxy_and_leaves_it_again(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    clients = Clients(lab, PRIVATE)
    client = clients.client()
    client.list_keys()
    monkeypatch.delenv("NO_PROXY")
    clients.time.passes(NOTICED)
    with pytest.raises(EndpointDenied, match=r"private\.proxy"):
        client.list_keys()
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    clients.time.passes(NOTICED)
    client.list_keys()
    assert hosts(lab) == 2 * [KMS_VPCE]
    assert (proxy.asked, set(lab.dialled)) == ([], {ENDPOINT_DIALLED})


def test_a_proxy_that_comes_moves_and_goes(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(lab, {})
    client = clients.client()
    client.list_keys()
    with a_proxy(lab) as first, a_proxy(lab) as second:
        for one in (first, second):
            monkeypatch.setenv("HTTPS_PROXY", one.url)
            clients.time.passes(NOTICED)
            client.list_keys()
        assert (hosts_of(first), hosts_of(second)) == ([KMS], [KMS])
    monkeypatch.delenv("HTTPS_PROXY")
    clients.time.passes(NOTICED)
    client.list_keys()
    assert hosts(lab) == 4 * [KMS]


def test_a_new_client_reads_the_environment_at_once(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As botocore's own does: nobody waits a second between setting it and using it."""
    clients = Clients(lab, PRIVATE)
    old = clients.client()
    with pytest.raises(EndpointDenied):
        old.list_keys()
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    new = clients.client()
    assert new.meta.endpoint_url == f"https://{KMS_VPCE}"
    new.list_keys()
    old.list_keys()
    assert hosts(lab) == 2 * [KMS_VPCE]


def test_what_other_clients_notice_is_not_missed(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, PRIVATE)
    one, other = clients.client(), clients.client()
    for client in (one, other):
        with pytest.raises(EndpointDenied):
            client.list_keys()
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    clients.time.passes(NOTICED)
    one.list_keys()
    other.list_keys()
    assert hosts(lab) == 2 * [KMS_VPCE]


def test_uninstalled_a_client_has_the_proxies_that_botocore_gave_it(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, PRIVATE)
    client = clients.client()
    http_session = client._endpoint.http_session
    assert isinstance(seams.proxy_configuration(http_session), Proxies)
    clients.installation.undo()
    native = seams.proxy_configuration(http_session)
    assert not isinstance(native, Proxies)
    monkeypatch.setenv("NO_PROXY", KMS)  # read once, when the client was made
    assert native.proxy_url_for(f"https://{KMS}/") == proxy.url
    client.list_keys()
    assert (only(lab).host, hosts_of(proxy)) == (KMS, [KMS])


# --- as botocore and urllib read it, where nothing is demanded


@pytest.mark.parametrize(
    ("variables", "is_used"),
    [
        ({"HTTPS_PROXY": "{url}"}, True),
        ({"https_proxy": "{url}"}, True),
        ({"https_proxy": "{bare}"}, True),
        ({"https_proxy": "//{bare}"}, True),
        ({"https_proxy": "{url}", "HTTPS_PROXY": "http://127.0.0.1:9"}, True),
        ({"https_proxy": "", "HTTPS_PROXY": "{url}"}, False),
        ({"HTTP_PROXY": "{url}", "http_proxy": "{url}"}, False),
        ({"ALL_PROXY": "{url}", "all_proxy": "{url}"}, False),
        ({"HTTPS_PROXY": "{url}", "no_proxy": KMS}, False),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "", "no_proxy": ""}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": KMS, "no_proxy": "localhost"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "*.us-east-1.amazonaws.com"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "52.94.0.0/16"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": f"{KMS}:443"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "east-1.amazonaws.com"}, True),
        ({"HTTPS_PROXY": "{url}", "NO_PROXY": "x,*"}, True),
    ],
)
def test_the_variables_mean_what_they_mean_to_botocore(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_used: bool
) -> None:
    with a_proxy(lab) as proxy:
        bare = proxy.url.partition("://")[2]
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(url=proxy.url, bare=bare))
        routed = client_for(lab, {})
        plain = Wire().lead(
            Session().create_client("kms", "us-east-1", verify=lab.ca_bundle), lab
        )
        for client in (plain, routed):
            proxy.targets.clear()
            client.list_keys()
            assert hosts_of(proxy) == ([KMS] if is_used else [])
    assert hosts(lab) == 2 * [KMS]


def test_plain_http_has_a_proxy_of_its_own(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_proxy(lab) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        client = client_for(lab, {}, use_ssl=False)
        with pytest.raises(ClientError):  # this proxy makes tunnels only
            client.list_keys()
        assert [asked.line for asked in proxy.asked] == [f"POST http://{KMS}/ HTTP/1.1"]
    assert lab.dialled == []


#: What people write into NO_PROXY, and what they write there by mistake.
ENTRIES = st.sampled_from(
    [
        KMS,
        KMS_FIPS,
        KMS_VPCE,
        KMS.upper(),
        f".{KMS}",
        f"*.{KMS}",
        f"{KMS}:443",
        "s3.us-east-1.amazonaws.com",
        "us-east-1.amazonaws.com",
        ".us-east-1.amazonaws.com",
        ".vpce.amazonaws.com",
        "amazonaws.com",
        "api.aws",
        "com",
        ".",
        "",
        " ",
        "*",
        "10.0.0.0/8",
        "169.254.169.254",
        "http://kms.us-east-1.amazonaws.com",
    ]
)
HOSTS = st.sampled_from(
    [
        KMS,
        KMS_FIPS,
        KMS_VPCE,
        SQS,
        "sts.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
        "kms.us-east-1.api.aws",
        "169.254.169.254",
        "localhost",
    ]
)
PROXY_URLS = st.sampled_from(
    ["", "http://proxy:3128", "https://u:p%40@proxy", "proxy:3128", "//proxy", "http://[fd00::1]:1"]
)


@given(
    scheme=st.sampled_from(["https", "http"]),
    host=HOSTS,
    port=st.sampled_from(["", ":443", ":8443"]),
    variables=st.dictionaries(
        st.sampled_from(["http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"]), PROXY_URLS
    ),
    no_proxy=st.dictionaries(
        st.sampled_from(["no_proxy", "NO_PROXY"]), st.lists(ENTRIES, max_size=4).map(",".join)
    ),
)
def test_where_nothing_is_demanded_the_proxy_is_botocores(
    scheme: str, host: str, port: str, variables: dict[str, str], no_proxy: dict[str, str]
) -> None:
    url = f"{scheme}://{host}{port}"
    with patch.dict(os.environ, {**variables, **no_proxy}):
        plain = seams.proxy_configuration(
            EndpointCreator(None)
            .create_endpoint(KMS_MODEL, region_name="us-east-1", endpoint_url=url, verify=False)
            .http_session
        )
        ours = Proxies(None, None, lambda: 0.0)
        for _ in range(2):  # found out, and remembered
            assert ours.proxy_url_for(f"{url}/?a=b") == plain.proxy_url_for(f"{url}/?a=b")
        assert bool(ours.carrier(url)) == bool(plain.proxy_url_for(url))


KMS_MODEL = Session().get_service_model("kms")
