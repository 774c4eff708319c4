"""``client.meta.endpoint_url`` is where calls will go, and is known without waiting."""

from __future__ import annotations

import time
from typing import Any

import pytest

from endpoint_router.lab import Silent
from endpoint_router.lab.network import Lab
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    client_for,
    only,
    questions,
    session_for,
)
from tests.support.renewing import eventually


def test_the_public_session_is_not_delayed_by_a_silent_resolver(lab: Lab) -> None:
    lab.zone.set(KMS_FIPS, Silent())
    client = client_for(lab, {"defaults": {"fips": "prefer"}, "dns": {"timeout": 0.3}})
    assert client.meta.endpoint_url == f"https://{KMS_FIPS}"


FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BOTH: dict[str, Any] = {
    "defaults": {"fips": "require", "private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
}


@pytest.mark.parametrize(
    ("policy", "host"),
    [
        ({}, KMS),
        (FIPS, KMS_FIPS),
        (BOTH, KMS_FIPS_VPCE),
        ({"vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}]}, KMS_VPCE),
    ],
    ids=["nothing", "fips", "both", "preferred"],
)
def test_the_url_that_is_shown_is_the_one_that_is_used(
    lab: Lab, policy: dict[str, Any], host: str
) -> None:
    client = client_for(lab, policy)
    assert client.meta.endpoint_url == f"https://{host}"
    client.list_keys()
    assert only(lab).host == host


def test_fifty_clients_with_a_silent_resolver_are_made_without_waiting(lab: Lab) -> None:
    lab.zone.set(KMS_FIPS, Silent())
    session = session_for(lab, {**FIPS, "dns": {"timeout": 60}})
    session.create_client("kms", "us-east-1")  # botocore's own data is read once
    started = time.monotonic()
    clients = [session.create_client("kms", "us-east-1") for _ in range(50)]
    assert time.monotonic() - started < 60
    assert {client.meta.endpoint_url for client in clients} == {f"https://{KMS_FIPS}"}


def test_the_first_call_waits_for_what_the_clients_creation_began(lab: Lab) -> None:
    client = client_for(lab, BOTH)
    eventually(lambda: questions(lab, KMS_FIPS_VPCE) > 0)
    assert questions(lab, KMS_FIPS_VPCE) == 1
    client.list_keys()
    assert questions(lab, KMS_FIPS_VPCE) == 1
    assert only(lab).host == KMS_FIPS_VPCE
