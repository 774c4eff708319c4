"""A policy that cannot be used refuses every call: nobody is disarmed by a typing error."""

from __future__ import annotations

import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.lab.network import Lab
from tests.support.installing import BROKEN, goes_to, kms, unrouted
from tests.support.lab_client import KMS


def test_a_broken_policy_cannot_be_disarmed(lab: Lab) -> None:
    earlier = unrouted(lab)
    try:
        endpoint_router.install(BROKEN)
    except PolicyError as error:
        message = str(error)
    assert "fisp" in message
    for session in (earlier, unrouted(lab)):
        client = kms(session)  # never refused here: clients are made when modules are imported
        with pytest.raises(PolicyError, match="fisp"):
            client.list_keys()
        with pytest.raises(PolicyError, match="fisp"):
            client.generate_presigned_url("list_keys")
    assert lab.seen == []
    endpoint_router.uninstall()
    assert goes_to(kms(earlier)) == KMS


def test_a_broken_variable_cannot_be_disarmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FISP", "require")
    with pytest.raises(PolicyError, match="ENDPOINT_ROUTER_FIPS"):
        endpoint_router.install()
    with pytest.raises(PolicyError, match="ENDPOINT_ROUTER_FIPS"):
        kms(Session()).list_keys()


def test_a_broken_policy_of_an_attached_session(lab: Lab) -> None:
    session = unrouted(lab)
    with pytest.raises(PolicyError):
        endpoint_router.attach(session, BROKEN)
    with pytest.raises(PolicyError):
        kms(session).list_keys()
    assert goes_to(kms(unrouted(lab))) == KMS


def test_a_broken_policy_of_an_attached_client() -> None:
    client = kms(Session())
    with pytest.raises(PolicyError):
        endpoint_router.attach(client, BROKEN)
    with pytest.raises(PolicyError):
        client.list_keys()
