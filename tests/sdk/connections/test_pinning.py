"""Only confirmed addresses are dialled, under the name that was decided on.

Asserted are what the servers saw, and every address that was dialled.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import SSLError

from endpoint_router import EndpointUnverified
from endpoint_router.lab import Absent, Addresses, Rcode
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, KMS_FIPS, ONE_ATTEMPT, REGION, only, questions
from tests.support.pinning import (
    ONE,
    PRIVATE_DNS,
    PUBLIC,
    TWO,
    WAYS,
    addresses,
    arrived,
    between_decision_and_connect,
    pinned,
    private_dns,
    session_of,
)

# --- an answer that changes


@pytest.mark.parametrize("changed", [Addresses(("52.94.0.66",)), Addresses((TWO,)), Absent()])
@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_an_answer_that_changes_after_the_look_up_moves_no_call(
    lab: Lab, policy: dict[str, Any], name: str, changed: Any
) -> None:
    lab.host("evil.example", "52.94.0.66", TWO, certificate=name)  # would be believed
    lab.host(name, ONE)
    client = pinned(lab, policy)
    between_decision_and_connect(client, lambda: lab.zone.set(name, changed))
    client.list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (name, name, ONE)
    assert set(addresses(lab)) == {ONE}
    assert questions(lab, name) == 1


def test_an_answer_that_changes_while_a_connection_is_renewed(lab: Lab) -> None:
    """Every question another answer: none but the private ones is ever dialled."""
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS)
    client.list_keys()
    client.close()
    for way in (Addresses((PUBLIC,)), Addresses((ONE, PUBLIC)), Addresses(("127.0.0.1",))):
        lab.zone.set(KMS, way)
        client.list_keys()
        client.close()
    assert set(addresses(lab)) == {ONE}


@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_the_certificate_must_be_the_names_own(lab: Lab, policy: dict[str, Any], name: str) -> None:
    lab.host(name, ONE, certificate="evil.example")
    with pytest.raises(SSLError):
        pinned(lab, policy).list_keys()
    assert lab.seen == []
    assert set(addresses(lab)) == {ONE}


def test_a_certificate_for_the_address_does_not_do(lab: Lab) -> None:
    lab.host(KMS, ONE, certificate=ONE)
    with pytest.raises(SSLError):
        pinned(lab, PRIVATE_DNS).list_keys()


def test_public_hosts_are_looked_up_by_the_policys_servers_and_not_pinned(lab: Lab) -> None:
    pinned(lab, {"defaults": {"fips": "require"}}).list_keys()
    assert arrived(lab) == [(KMS_FIPS, "52.94.0.11")]


# --- custom endpoints


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://kms.corp.example", ONE),
        ("https://KMS.corp.example", ONE),
        ("https://10.20.0.40", "10.20.0.40"),
        ("https://[fd00::40]", "fd00::40"),
        ("https://[FD00:0::40]", "fd00::40"),
    ],
)
def test_a_custom_endpoint_is_pinned_whatever_its_url_looks_like(
    lab: Lab, url: str, address: str
) -> None:
    if "corp" in url:
        lab.host("kms.corp.example", address)
    else:
        lab.host("literal.example", address, certificate=address)
    policy = {
        **PRIVATE_DNS,
        "custom_endpoints": [{"url": url.lower(), "services": ["kms"], "reason": "ours"}],
    }
    session, _ = session_of(lab, policy)
    config = Config(retries=ONE_ATTEMPT)
    session.create_client("kms", REGION, endpoint_url=url, config=config).list_keys()
    assert only(lab).address == address
    assert addresses(lab) == [address]


def test_without_proof_nothing_is_dialled(lab: Lab) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    with pytest.raises(EndpointUnverified):
        pinned(lab, PRIVATE_DNS).list_keys()
    assert lab.dialled == []
