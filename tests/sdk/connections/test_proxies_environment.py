"""``HTTPS_PROXY`` and ``NO_PROXY``: the verdict is for the host that a call really goes to.

What is asserted is what the proxy and the servers saw.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ProxyConnectionError

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
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
from tests.support.proxied import (
    ENDPOINT,
    NOTICED,
    ONE_PRIVATE,
    PRIVATE,
    Clients,
    hosts_of,
    proxy,
)

__all__ = ["proxy"]

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


def test_each_host_of_a_client_counts_for_itself(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore would send both the way of ``s3.us-west-2``, for which it decided at creation."""
    near, far = (f"{name}.s3.us-west-2.amazonaws.com" for name in ("near-1", "far-1"))
    for host in (near, far):
        lab.host(host, "52.94.5.1")
    monkeypatch.setenv("NO_PROXY", near)
    client = client_for(lab, {}, "s3", "us-west-2")
    for bucket in ("near-1", "far-1"):
        client.head_bucket(Bucket=bucket)
    assert hosts(lab) == [near, far]
    assert hosts_of(proxy) == [far]


# --- refusals, and the way out


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        (PRIVATE, KMS_VPCE),
        ({**PRIVATE, "vpc_endpoints": [BY_ADDRESS]}, KMS_VPCE),
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
    by_address = BY_ADDRESS in policy.get("vpc_endpoints", [])
    assert (seen.host, seen.address) == (KMS if by_address else missing, "10.20.0.10")
    assert proxy.asked == []


def test_for_s3_one_entry_is_enough_for_all_buckets(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    vpce = "vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com"
    lab.host(f"bucket.{vpce}", "10.20.0.40")
    lab.host(f"*.bucket.{vpce}", "10.20.0.40")
    endpoint = {"type": "interface", "dns_names": [vpce]}
    clients = Clients(lab, {"defaults": {"private": "require"}, "vpc_endpoints": [endpoint]})
    client = clients.client("s3", "us-west-2")
    with pytest.raises(EndpointDenied) as refusal:
        client.head_bucket(Bucket="one-1")
    assert refusal.value.remedy == f"Add bucket.{vpce} to NO_PROXY."
    monkeypatch.setenv("NO_PROXY", f"bucket.{vpce}")
    clients.time.passes(NOTICED)
    for bucket in ("one-1", "other-1"):
        client.head_bucket(Bucket=bucket)
    assert hosts(lab) == [f"one-1.bucket.{vpce}", f"other-1.bucket.{vpce}"]
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
