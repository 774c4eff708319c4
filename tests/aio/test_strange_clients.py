"""Asynchronous clients and HTTP sessions of somebody else's: refused with a code, never crashed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.async_lab import calls, client_of, plain_session, run
from tests.support.lab_client import policy_for
from tests.support.pinning import ONE, PRIVATE_DNS, VPCE, private_dns

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    endpoint_router.uninstall()


class OwnSession:
    """An HTTP session that connects as it likes."""

    def __init__(self, **_: Any) -> None: ...

    async def send(self, request: Any) -> Any:
        raise RuntimeError(f"sent to {request.url}")

    async def __aenter__(self) -> OwnSession:
        return self

    async def __aexit__(self, *_: Any) -> None: ...

    async def close(self) -> None: ...


async def with_own_session(client: Any) -> Any:
    client._endpoint.http_session = OwnSession()
    return await client.list_keys()


def test_a_session_that_cannot_be_pinned_is_refused_where_an_address_counts(lab: Lab):
    private_dns(lab, ONE)
    with pytest.raises(EndpointDenied) as refusal:
        calls(lab, PRIVATE_DNS, with_own_session)
    assert refusal.value.code == "private.unpinned"
    assert 'connect = "name"' in refusal.value.remedy


def test_and_the_remedy_helps(lab: Lab):
    """The endpoint's own name, which TLS proves to whoever connects."""
    lab.host("vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com", ONE)

    async def attached() -> None:
        async with client_of(plain_session(lab)) as client:
            client._endpoint.http_session = OwnSession()
            endpoint_router.attach(client, policy_for(lab, VPCE))
            with pytest.raises(RuntimeError, match="sent to https://vpce-0123456789abcdef0-"):
                await client.list_keys()

    run(attached())


class Borrowed:
    """As a signer of another copy of the library."""

    def __init__(self, signer: Any) -> None:
        self._signer = signer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._signer, name)

    async def sign(self, *arguments: Any, **options: Any) -> Any:
        return await self._signer.sign(*arguments, **options)


@pytest.mark.parametrize(
    "policy",
    [FIPS, PRIVATE_DNS, {"mode": "report", **FIPS}, {}],
    ids=["fips", "private", "report", "none"],
)
def test_a_client_with_a_strange_part(
    lab: Lab, policy: dict[str, Any], tmp_path: Any, caplog: pytest.LogCaptureFixture
):
    policy = {**policy, "log": {"decisions": str(tmp_path / "log")}}

    async def attached() -> None:
        async with client_of(plain_session(lab)) as client:
            client._request_signer = Borrowed(client._request_signer)
            client._endpoint.http_session.send = OwnSession().send
            with caplog.at_level(logging.WARNING, "endpoint_router"):
                endpoint_router.attach(client, policy_for(lab, policy))
            if policy.get("defaults") and "mode" not in policy:
                with pytest.raises(EndpointDenied) as refusal:
                    await client.list_keys()
                assert refusal.value.code == "client.unknown"
                with pytest.raises(EndpointDenied):
                    await client.generate_presigned_url("list_keys")
            else:
                with pytest.raises(Exception, match=r"sent to https://kms\.us-east-1"):
                    await client.list_keys()
                assert caplog.text.count("is not routed, because its request_signer") == 1

    run(attached())
    assert (lab.seen, lab.dialled) == ([], [])
