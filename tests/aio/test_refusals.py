"""Refusals are raised as from other clients, and retried where a retry may cure them."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab.network import Lab
from endpoint_router.lab.values import Rcode
from tests.support.async_lab import calls
from tests.support.lab_client import KMS
from tests.support.pinning import ONE, PRIVATE_DNS, Through, private_dns


def test_a_denied_call_sends_nothing(lab: Lab):
    with pytest.raises(EndpointDenied) as refusal:
        calls(lab, PRIVATE_DNS, lambda client: client.list_keys())
    assert refusal.value.code == "private.public_address"
    assert refusal.value.operation == "ListKeys"
    assert not lab.seen


def test_a_presigned_url_is_refused_when_it_is_made(lab: Lab):
    policy = {"defaults": {"allowed_regions": ["eu-*"]}}
    with pytest.raises(EndpointDenied):
        calls(lab, policy, lambda client: client.generate_presigned_url("list_keys"))


def test_an_unverified_call_is_retried_and_may_get_through(lab: Lab, monkeypatch: Any):
    """In the standard mode; the name exists from the second attempt on."""
    lab.zone.set(KMS, Rcode("SERVFAIL"))

    async def call(client: Any) -> None:
        attempts: list[int] = []

        def heal(**_: Any) -> None:
            attempts.append(1)
            if len(attempts) == 2:
                private_dns(lab, ONE)

        client.meta.events.register("request-created.kms", heal)
        await client.list_keys()
        assert len(attempts) > 1

    calls(lab, PRIVATE_DNS, call, retries={"mode": "standard", "total_max_attempts": 5})
    assert [seen.address for seen in lab.seen] == [ONE]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_an_unverified_call_is_tried_as_often_as_a_connection_that_fails(lab: Lab, mode: str):
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    attempts: list[int] = []

    async def call(client: Any) -> None:
        client.meta.events.register("before-send.kms", lambda **_: attempts.append(1))
        with pytest.raises(EndpointUnverified):
            await client.list_keys()

    calls(lab, PRIVATE_DNS, call, retries={"mode": mode, "total_max_attempts": 3})
    assert len(attempts) == 3
    assert not lab.seen


def test_a_peer_outside_is_refused_before_a_byte_is_sent(lab: Lab):
    private_dns(lab, ONE)
    with pytest.raises(EndpointDenied) as refusal:
        calls(
            lab,
            PRIVATE_DNS,
            lambda client: client.list_keys(),
            dialler=Through(lab, "52.94.0.66"),
            retries={"mode": "standard", "total_max_attempts": 3},
        )
    assert refusal.value.code == "private.peer"
    assert lab.dialled == [(ONE, 443)]
    assert not lab.seen


def test_a_changed_request_is_refused_by_the_guard(lab: Lab):
    async def call(client: Any) -> None:
        def change(request: Any, **_: Any) -> None:
            request.url = request.url.replace("kms-fips", "kms")

        client.meta.events.register("before-send.kms", change)
        await client.list_keys()

    with pytest.raises(EndpointDenied) as refusal:
        calls(lab, {"defaults": {"fips": "require"}}, call)
    assert refusal.value.code == "guard.changed"
    assert not lab.seen


def test_certificates_have_to_be_checked(lab: Lab):
    with pytest.raises(EndpointDenied) as refusal:
        calls(
            lab,
            {"defaults": {"fips": "require"}},
            lambda client: client.list_keys(),
            arguments={"verify": False},
        )
    assert refusal.value.code == "tls.unverified"
    assert not lab.seen
