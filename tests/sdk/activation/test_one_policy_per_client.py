"""A client has one policy: the one that was attached last speaks, alone."""

from __future__ import annotations

import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router.lab.network import Lab
from tests.support.caught_calls import sent_to
from tests.support.installing import FIPS, goes_to, kms, unrouted
from tests.support.lab_client import KMS, KMS_FIPS, hosts, installed, policy_for


@pytest.mark.usefixtures("no_network")
def test_a_client_has_one_router() -> None:
    """Attached over what is installed: the last policy speaks, alone."""
    target = "vpce-0a-1b.kms-fips.us-east-1.vpce.amazonaws.com"
    endpoint_router.install(FIPS)
    try:
        client = Session().create_client("kms", "us-east-1")
        attached = {
            **FIPS,
            "vpc_endpoints": [{"type": "interface", "dns_names": [target]}],
            "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2},
        }
        endpoint_router.attach(client, {**attached, "defaults": {"private": "off", "fips": "off"}})
        assert sent_to(client, "list_keys") == "kms.us-east-1.amazonaws.com"
        endpoint_router.attach(client, attached)
        assert sent_to(client, "list_keys") == "kms-fips.us-east-1.amazonaws.com"
    finally:
        endpoint_router.uninstall()


def test_a_policy_that_is_attached_wins_over_the_one_that_is_installed(lab: Lab) -> None:
    """Otherwise a stricter policy for one session would be dropped in silence."""
    endpoint_router.install(policy_for(lab, {}))
    session = unrouted(lab)
    assert goes_to(kms(session)) == KMS
    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert goes_to(kms(session)) == KMS_FIPS
    assert goes_to(kms(unrouted(lab))) == KMS


def test_the_policy_that_is_attached_last_speaks(lab: Lab) -> None:
    session = unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, {}))
    endpoint_router.attach(session, policy_for(lab, FIPS))
    client = kms(session)
    assert goes_to(client) == KMS_FIPS
    endpoint_router.uninstall()
    assert goes_to(client) == KMS


def test_a_policy_that_is_attached_stays_when_another_one_is_installed(lab: Lab) -> None:
    session = unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, FIPS))
    endpoint_router.install(policy_for(lab, {}))
    assert goes_to(kms(session)) == KMS_FIPS
    endpoint_router.uninstall()
    assert goes_to(kms(session)) == KMS


def test_two_policies_side_by_side(lab: Lab) -> None:
    """Each session has its own; nothing of one reaches the other."""
    strict, loose = unrouted(lab), unrouted(lab)
    installed(lab, FIPS)(strict)
    installed(lab, {})(loose)
    kms(strict).list_keys()
    kms(loose).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS]
