"""Which operations and rules of a client share a connection, and which never."""

from __future__ import annotations

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Addresses, ByType, Fault, Rcode
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, KMS_FIPS, ONE_ATTEMPT, REGION
from tests.support.pinning import (
    ONE,
    PRIVATE_DNS,
    PUBLIC,
    addresses,
    arrived,
    between_decision_and_connect,
    pinned,
    private_dns,
    session_of,
)
from tests.support.renewing import Time


def test_pinned_and_unpinned_operations_of_one_client_share_no_connection(lab: Lab) -> None:
    private_dns(lab, ONE)
    clock = Time()
    loose = {"services": ["kms"], "operations": ["ListAliases"], "private": "off", "reason": "x"}
    client = pinned(lab, {**PRIVATE_DNS, "rules": [loose]}, clock)
    for _ in range(2):
        client.list_aliases()
        client.list_keys()
    assert addresses(lab) == [ONE, ONE]
    clock.passes(1000)
    lab.host(KMS, PUBLIC)
    client.close()
    client.list_aliases()  # a connection to a public address, idle from now on
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.public_address"
    clock.passes(1000)
    private_dns(lab, ONE)
    client.list_keys()
    assert arrived(lab)[-2:] == [(KMS, PUBLIC), (KMS, ONE)]


def test_two_services_with_one_host_and_different_rules(lab: Lab) -> None:
    host = "email.us-east-1.amazonaws.com"
    lab.host(host, PUBLIC)
    clock = Time()
    loose = {"services": ["sesv2"], "private": "off", "reason": "carries nothing"}
    session, _ = session_of(lab, {**PRIVATE_DNS, "rules": [loose]}, clock)
    ses, sesv2 = (
        session.create_client(service, REGION, config=Config(retries=ONE_ATTEMPT))
        for service in ("ses", "sesv2")
    )
    sesv2.get_account()
    with pytest.raises(EndpointDenied):
        ses.list_identities()
    assert arrived(lab) == [(host, PUBLIC)]
    clock.passes(1000)
    lab.host(host, ONE)
    ses.list_identities()
    assert arrived(lab)[-1] == (host, ONE)
    sesv2.get_account()  # its own connection is as good as ever
    assert arrived(lab)[-1] == (host, PUBLIC)


def test_an_operation_that_only_asks_for_existence_disturbs_no_pinned_one(lab: Lab) -> None:
    """Half an answer proves nothing to the one and enough to the other, under the same name."""
    half = ByType(Addresses((ONE,)), Rcode("SERVFAIL"))
    lab.host(KMS_FIPS, ONE)
    lab.zone.set(KMS_FIPS, half)
    loose = {"services": ["kms"], "operations": ["ListAliases"], "private": "off", "reason": "x"}
    policy = {"defaults": {"fips": "require", "private": "require"}, "rules": [loose]}
    client = pinned(lab, policy)
    for _ in range(3):
        client.list_keys()
        client.list_aliases()
    client.list_grants(KeyId="x")
    assert len(lab.seen) == 7
    assert len(lab.dialled) == 2  # one of each kind


@pytest.mark.parametrize("meanwhile", ["public", "public and private again"])
def test_what_another_operation_finds_out_counts_at_once(lab: Lab, meanwhile: str) -> None:
    """Between the decision about a call and its connection."""
    private_dns(lab, ONE)
    clock = Time()
    client = pinned(lab, PRIVATE_DNS, clock)

    def another() -> None:
        lab.zone.set(KMS, Addresses((PUBLIC,)))
        clock.passes(1000)
        with pytest.raises(EndpointDenied):
            client.list_aliases()
        if meanwhile != "public":
            lab.zone.set(KMS, Addresses((ONE,)))
            clock.passes(1000)

    between_decision_and_connect(client, another)
    if meanwhile == "public":
        with pytest.raises(EndpointUnverified) as held_back:
            client.list_keys()
        assert "public" in held_back.value.reason
        assert lab.dialled == []
    else:
        client.list_keys()
        assert addresses(lab) == [ONE]


def test_a_redirect_to_another_region_leaves_the_endpoint_for_nowhere(lab: Lab) -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com"
    lab.host(f"bucket.{name}", ONE)
    lab.host(f"*.bucket.{name}", ONE)
    lab.host("*.s3.eu-west-1.amazonaws.com", PUBLIC)
    entry = {"type": "interface", "dns_names": [f"*.{name}"]}
    client = pinned(lab, {**PRIVATE_DNS, "vpc_endpoints": [entry]}, None, "s3", "us-west-2")
    region = (("x-amz-bucket-region", "eu-west-1"),)
    lab.fail_next(1, Fault(status=301, code="PermanentRedirect", headers=region))
    with pytest.raises(EndpointDenied) as refusal:
        client.list_objects_v2(Bucket="lab-bucket")
    assert refusal.value.code == "private.public_address"
    assert "eu-west-1" in refusal.value.host
    assert set(addresses(lab)) == {ONE}
    assert len(lab.seen) == 1
