"""``attach``: to a session, a client or a resource, and how it is taken back."""

from __future__ import annotations

import boto3
import pytest

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.installing import FIPS, fingerprint, goes_to, kms, unrouted
from tests.support.lab_client import KMS, KMS_FIPS, catch, policy_for
from tests.support.wire import Caught, on_the_wire


def test_attach_a_session(lab: Lab) -> None:
    session, other = unrouted(lab), unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert goes_to(kms(session)) == KMS_FIPS
    assert goes_to(kms(other)) == KMS
    endpoint_router.uninstall()
    assert goes_to(kms(session)) == KMS


def test_attach_a_boto3_session(lab: Lab) -> None:
    session = boto3.Session(botocore_session=unrouted(lab))
    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert goes_to(kms(session)) == KMS_FIPS


def test_attach_a_client_and_take_it_back(lab: Lab) -> None:
    client = kms(unrouted(lab))
    reference = fingerprint(client)
    endpoint_router.attach(client, policy_for(lab, FIPS))
    assert goes_to(client) == KMS_FIPS
    assert client.meta.endpoint_url == f"https://{KMS_FIPS}"
    endpoint_router.uninstall()
    assert fingerprint(client) == reference
    assert goes_to(client) == KMS


def test_attach_a_client_that_is_routed_already(lab: Lab) -> None:
    endpoint_router.install(policy_for(lab, {"defaults": {"fips": "prefer"}}))
    client = kms(unrouted(lab))
    lab.dns.questions.clear()
    policy = {"defaults": {"private": "require"}}
    endpoint_router.attach(client, policy_for(lab, policy))
    with pytest.raises(EndpointDenied):
        client.list_keys()
    endpoint_router.uninstall()
    assert client.meta.endpoint_url == f"https://{KMS}"
    assert goes_to(client) == KMS


def test_attach_a_resource(lab: Lab) -> None:
    session = boto3.Session(botocore_session=unrouted(lab), region_name="us-west-2")
    resource = session.resource("sqs")
    endpoint_router.attach(resource, policy_for(lab, FIPS))
    client = resource.meta.client
    client.meta.events.register_last("before-send", catch)
    with pytest.raises(Caught) as caught:
        client.list_queues()
    assert on_the_wire(caught.value.request).host == "sqs-fips.us-west-2.amazonaws.com"
