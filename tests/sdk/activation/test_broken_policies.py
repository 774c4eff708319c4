"""A policy that cannot be used refuses every call: nobody is disarmed by a typing error."""

from __future__ import annotations

from pathlib import Path

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


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ENDPOINT_ROUTER_FISP", "require", "ENDPOINT_ROUTER_FIPS"),
        ("ENDPOINTROUTER_FIPS", "require", "ENDPOINT_ROUTER_FIPS"),
        ("ENDPOINT_ROUTER_POLICY", "", "unset ENDPOINT_ROUTER_POLICY"),
    ],
)
def test_a_broken_variable_cannot_be_disarmed(
    name: str, value: str, told: str, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PolicyError, match=told):
        endpoint_router.install()
    with pytest.raises(PolicyError, match=told):
        kms(unrouted(lab)).list_keys()
    assert lab.seen == []


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_key_of_a_profile_cannot_be_disarmed(
    blank: str, lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(f"[default]\nendpoint_router_policy ={blank}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    endpoint_router.install()
    with pytest.raises(PolicyError, match="profile default, endpoint_router_policy"):
        kms(unrouted(lab)).list_keys()
    assert lab.seen == []


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
