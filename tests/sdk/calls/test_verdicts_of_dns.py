"""Calls of real clients, by what the servers saw: each verdict of DNS has its consequence."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Absent, Addresses, Behaviour, ByType, Empty, Garbage, Rcode, Silent
from endpoint_router.lab.network import Lab
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_VPCE,
    SQS,
    SQS_FIPS,
    client_for,
    hosts,
    only,
    questions,
    scope,
)

PLAIN_ENDPOINT = {"type": "interface", "dns_names": [KMS_VPCE]}


def sqs(lab: Lab, policy: dict[str, Any], **options: Any) -> Any:
    """A client of SQS in Ireland, whose FIPS host nobody lists: whether it exists, DNS says."""
    return client_for(lab, policy, "sqs", "eu-west-1", **options)


# --- where calls go


def test_fips_is_a_host_a_name_in_tls_and_an_address(lab: Lab) -> None:
    client_for(lab, {"defaults": {"fips": "require"}}).list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address, seen.port) == (
        KMS_FIPS,
        KMS_FIPS,
        "52.94.0.11",
        443,
    )
    assert scope(seen) == ("kms", "us-east-1")


@pytest.mark.parametrize("private", ["prefer", "require"])
def test_a_vpc_endpoint_that_is_private_gets_the_call(lab: Lab, private: str) -> None:
    policy = {"defaults": {"private": private}, "vpc_endpoints": [PLAIN_ENDPOINT]}
    client_for(lab, policy).list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (KMS_VPCE, KMS_VPCE, "10.20.0.10")
    assert "host" in seen.signed_headers
    assert scope(seen) == ("kms", "us-east-1")


def test_fips_on_a_vpc_endpoint_in_govcloud(lab: Lab) -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"
    lab.host(name, "10.20.0.12")
    lab.host("kms.us-gov-west-1.amazonaws.com", "52.94.0.12")
    lab.host("kms-fips.us-gov-west-1.amazonaws.com", "52.94.0.12")
    policy = {
        "defaults": {"fips": "require", "private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [name]}],
    }
    client_for(lab, policy, region="us-gov-west-1").list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (name, name, "10.20.0.12")
    assert scope(seen) == ("kms", "us-gov-west-1")


def test_fips_required_never_takes_a_plain_vpc_endpoint(lab: Lab) -> None:
    policy = {
        "defaults": {"fips": "require", "private": "prefer"},
        "vpc_endpoints": [PLAIN_ENDPOINT],
    }
    client_for(lab, policy).list_keys()
    assert only(lab).host == KMS_FIPS
    policy["defaults"] = {"fips": "require", "private": "require"}
    with pytest.raises(EndpointDenied):
        client_for(lab, policy).list_keys()
    assert hosts(lab) == [KMS_FIPS]


def test_private_dns_proves_the_standard_host(lab: Lab) -> None:
    lab.host(KMS, "10.20.0.12", "fd00::10")
    client_for(lab, {"defaults": {"private": "require"}}).list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni) == (KMS, KMS)
    assert seen.address in ("10.20.0.12", "fd00::10")


def test_the_second_call_asks_nothing_more(lab: Lab) -> None:
    client = client_for(lab, {"defaults": {"private": "prefer"}, "vpc_endpoints": [PLAIN_ENDPOINT]})
    client.list_keys()
    asked = len(lab.dns.questions)
    assert questions(lab, KMS_VPCE) >= 1
    client.list_keys()
    assert len(lab.dns.questions) == asked
    assert hosts(lab) == [KMS_VPCE, KMS_VPCE]


# --- private: verdict and consequence


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Addresses(("52.94.0.10",)), "private.public_address"),
        (Addresses(("10.20.0.12", "52.94.0.10")), "private.mixed"),
        (Addresses(("10.20.0.12", "2600:1f18::10")), "private.mixed"),
        (Absent(), "private.absent"),
        (Empty(), "private.absent"),
    ],
    ids=["public", "mixed", "mixed-families", "nxdomain", "nodata"],
)
def test_private_required_is_refused_on_a_definite_answer(
    lab: Lab, verdict: Behaviour, code: str
) -> None:
    lab.zone.set(KMS, verdict)
    config = Config(retries={"max_attempts": 3})
    client = client_for(lab, {"defaults": {"private": "require"}}, config=config)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == code
    assert refusal.value.remedy
    assert lab.seen == []
    assert questions(lab, KMS) == 1


@pytest.mark.parametrize(
    "failure",
    [Rcode("SERVFAIL"), Rcode("REFUSED"), Silent(), Garbage()],
    ids=["servfail", "refused", "silent", "garbage"],
)
def test_private_required_is_held_back_while_dns_fails(lab: Lab, failure: Behaviour) -> None:
    lab.zone.set(KMS, failure)
    policy = {"defaults": {"private": "require"}, "dns": {"timeout": 0.3}}
    with pytest.raises(EndpointUnverified) as held:
        client_for(lab, policy).list_keys()
    assert held.value.code == "private.unverified"
    assert isinstance(held.value, EndpointConnectionError)
    assert lab.seen == []


@pytest.mark.parametrize(
    "verdict",
    [
        Addresses(("52.94.0.99",)),
        Addresses(("10.20.0.10", "52.94.0.99")),
        Absent(),
        Rcode("SERVFAIL"),
        Silent(),
    ],
    ids=["public", "mixed", "nxdomain", "servfail", "silent"],
)
def test_private_preferred_moves_only_on_proof(lab: Lab, verdict: Behaviour) -> None:
    lab.zone.set(KMS_VPCE, verdict)
    policy = {
        "defaults": {"private": "prefer"},
        "vpc_endpoints": [PLAIN_ENDPOINT],
        # Of what is silent it is waited for in vain.
        "dns": {"timeout": 3.0 if verdict == Silent() else 15.0},
    }
    client_for(lab, policy).list_keys()
    assert only(lab).host == KMS


def test_a_family_that_fails_does_not_spoil_the_other(lab: Lab) -> None:
    """Only the confirmed addresses are dialled, so nobody meets the one that was not seen."""
    lab.zone.set(KMS_VPCE, ByType(a=Addresses(("10.20.0.10",)), aaaa=Rcode("SERVFAIL")))
    policy = {"defaults": {"private": "prefer"}, "vpc_endpoints": [PLAIN_ENDPOINT]}
    client_for(lab, policy).list_keys()
    assert (only(lab).host, only(lab).address) == (KMS_VPCE, "10.20.0.10")


def test_private_preferred_leaves_no_working_host_for_a_closed_port(lab: Lab) -> None:
    lab.unreachable("10.20.0.10")
    client_for(
        lab, {"defaults": {"private": "prefer"}, "vpc_endpoints": [PLAIN_ENDPOINT]}
    ).list_keys()
    assert only(lab).host == KMS


def test_private_required_lets_the_connection_itself_tell(lab: Lab) -> None:
    lab.unreachable("10.20.0.10")
    policy = {"defaults": {"private": "require"}, "vpc_endpoints": [PLAIN_ENDPOINT]}
    with pytest.raises(EndpointConnectionError) as error:
        client_for(lab, policy).list_keys()
    assert KMS_VPCE in str(error.value)
    assert lab.seen == []


# --- FIPS: leaving it takes an authoritative absence


@pytest.mark.parametrize("absence", [Absent(), Empty()], ids=["nxdomain", "nodata"])
def test_fips_preferred_falls_back_on_an_authoritative_absence(
    lab: Lab, absence: Behaviour
) -> None:
    lab.zone.set(SQS_FIPS, absence)
    sqs(lab, {"defaults": {"fips": "prefer"}}).list_queues()
    seen = only(lab)
    assert seen.host == SQS
    assert scope(seen) == ("sqs", "eu-west-1")


@pytest.mark.parametrize("absence", [Absent(), Empty()], ids=["nxdomain", "nodata"])
def test_fips_required_is_refused_on_an_authoritative_absence(lab: Lab, absence: Behaviour) -> None:
    lab.zone.set(SQS_FIPS, absence)
    config = Config(retries={"max_attempts": 3})
    client = sqs(lab, {"defaults": {"fips": "require"}}, config=config)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_queues()
    assert refusal.value.code == "fips.absent"
    assert lab.seen == []
    assert questions(lab, SQS_FIPS) == 1


def test_an_absence_of_one_family_is_none(lab: Lab) -> None:
    lab.host(SQS_FIPS, "52.94.0.21")
    lab.zone.set(SQS_FIPS, ByType(a=Addresses(("52.94.0.21",)), aaaa=Empty()))
    sqs(lab, {"defaults": {"fips": "prefer"}}).list_queues()
    assert only(lab).host == SQS_FIPS


@pytest.mark.parametrize(
    "failure",
    [
        Rcode("SERVFAIL"),
        Rcode("REFUSED"),
        Silent(),
        Garbage(),
        ByType(a=Empty(), aaaa=Rcode("SERVFAIL")),
    ],
    ids=["servfail", "refused", "silent", "garbage", "half-nodata"],
)
@pytest.mark.parametrize("demand", ["prefer", "require"])
def test_a_failed_look_up_never_weakens_fips(lab: Lab, demand: str, failure: Behaviour) -> None:
    lab.zone.set(SQS_FIPS, failure)
    client = sqs(lab, {"defaults": {"fips": demand}, "dns": {"timeout": 0.3}})
    with pytest.raises(EndpointConnectionError) as error:
        client.list_queues()
    assert SQS_FIPS in str(error.value)
    assert lab.seen == []
    assert questions(lab, SQS) == 0


def test_fips_stays_where_dns_fails_and_the_connection_works(lab: Lab) -> None:
    """The probe gets nothing, what connects looks the name up itself a moment later."""
    lab.host(SQS_FIPS, "52.94.0.21")
    answer = lab.zone.find(SQS_FIPS)
    lab.zone.set(SQS_FIPS, Rcode("SERVFAIL"))
    policy = {"defaults": {"fips": "prefer"}, "dns": {"failure_ttl": 0}}
    client = sqs(lab, policy)
    client.meta.events.register_first(
        "before-send", lambda **_: lab.zone.set(SQS_FIPS, answer), unique_id="dns is back"
    )
    client.list_queues()
    assert only(lab).host == SQS_FIPS


@pytest.mark.parametrize("demand", ["prefer", "require"])
def test_a_listed_host_that_is_absent_is_a_contradiction(lab: Lab, demand: str) -> None:
    """An over-wide private hosted zone hides it: no reason to leave FIPS, nor to deny for good."""
    lab.zone.set(KMS_FIPS, Absent())
    with pytest.raises(EndpointConnectionError) as error:
        client_for(lab, {"defaults": {"fips": demand}}).list_keys()
    assert KMS_FIPS in str(error.value)
    assert not isinstance(error.value, EndpointDenied)
    assert lab.seen == []
