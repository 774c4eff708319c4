"""What holds for clients that send by aiohttp holds for those that send by httpx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiobotocore import httpxsession
from botocore.exceptions import ClientError, HTTPClientError

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.values import Reply
from tests.aio.test_pinning import *  # noqa: F403  # the same rows
from tests.aio.test_refusals import *  # noqa: F403
from tests.support.async_lab import SENDING, calls, client_of, run, session_for
from tests.support.lab_client import KMS, KMS_FIPS, only
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns

pytestmark = pytest.mark.skipif(
    not hasattr(httpxsession.HttpxSession, "_make_async_client"),
    reason="httpx, or an aiobotocore that makes its connections as this one, is missing",
)
EVIL = "kms.evil.example"


@pytest.fixture(autouse=True)
def _by_httpx() -> Iterator[None]:
    token = SENDING.set({"http_session_cls": httpxsession.HttpxSession})
    yield
    SENDING.reset(token)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    reply = Reply(status, (("Location", f"https://{EVIL}/"),), b"{}")
    with Lab(replies={("kms", "ListKeys"): reply}) as lab:
        lab.host(EVIL, "52.94.0.66")
        private_dns(lab, ONE)

        async def call(client: Any) -> None:
            with pytest.raises(ClientError):
                await client.list_keys()

        calls(lab, PRIVATE_DNS, call)
        assert [seen.host for seen in lab.seen] == [KMS]
        assert ("52.94.0.66", 443) not in lab.dialled


def test_what_is_not_pinned_is_looked_up_by_the_policys_servers(lab: Lab) -> None:
    calls(lab, {"defaults": {"fips": "require"}}, lambda client: client.list_keys())
    assert (only(lab).host, only(lab).address) == (KMS_FIPS, "52.94.0.11")


def test_a_client_that_was_closed_sends_nothing(lab: Lab) -> None:
    private_dns(lab, ONE)

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS)) as client:
            await client.list_keys()
        with pytest.raises(HTTPClientError):
            await client.list_keys()

    run(main())
    assert len(lab.seen) == 1


def test_whoever_sends_otherwise_is_refused(lab: Lab) -> None:
    private_dns(lab, ONE)

    async def call(client: Any) -> None:
        http_session = client._endpoint.http_session
        original = http_session.send

        async def send(request: Any) -> Any:
            return await original(request)

        http_session.send = send
        with pytest.raises(EndpointDenied) as refusal:
            await client.list_keys()
        assert refusal.value.code == "private.unpinned"

    calls(lab, PRIVATE_DNS, call)
    assert lab.seen == []
