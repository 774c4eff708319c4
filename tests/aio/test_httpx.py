"""What holds for clients that send by aiohttp holds for those that send by httpx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.values import Reply
from endpoint_router.sdk.activation.installation import Installation
from tests.aio.test_pinning import *  # noqa: F403  # the same rows
from tests.aio.test_proxies import (  # noqa: F401
    test_a_proxy_from_the_clients_configuration_counts_as_well,
    test_a_proxy_that_is_to_forward_https_makes_a_tunnel_all_the_same,
    test_fips_goes_through_the_proxy,
    test_no_proxy_for_the_host_that_it_does_not_go_to_changes_nothing,
    test_no_proxy_makes_it_direct,
    test_private_required_is_refused,
    test_the_certificate_is_checked_through_a_proxy_as_well,
)
from tests.aio.test_refusals import *  # noqa: F403
from tests.support import namespace
from tests.support.async_lab import SENDING, calls, client_of, plain_session, run, session_for
from tests.support.by_httpx import BY_HTTPX, needs_httpx
from tests.support.lab_client import KMS, KMS_FIPS, only
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns
from tests.support.proxied import proxy

pytestmark = needs_httpx
__all__ = ["proxy"]
EVIL = "kms.evil.example"


@pytest.fixture(autouse=True)
def _by_httpx() -> Iterator[None]:
    token = SENDING.set(BY_HTTPX)
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


def _peer_by_the_systems_dns(log: str) -> dict[str, Any]:
    """What is logged of a call in a network of its own, and whom the server saw."""
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        lab.host(KMS_FIPS, "52.94.0.11")
        policy = {"defaults": {"fips": "require"}, "log": {"decisions": log}}

        async def main() -> None:
            session = plain_session(lab)
            Installation(policy)(session)
            async with client_of(session) as client:
                await client.list_keys()

        run(main())
        assert only(lab).address == "52.94.0.11"
    (line,) = Path(log).read_text().splitlines()
    logged: dict[str, Any] = json.loads(line)
    return logged


def test_the_peer_is_logged_where_httpx_looks_up_itself(tmp_path: Path) -> None:
    namespace.require()
    logged = namespace.run_isolated(_peer_by_the_systems_dns, str(tmp_path / "log"))
    assert (logged["code"], logged["peer"]) == ("allowed", "52.94.0.11")


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
