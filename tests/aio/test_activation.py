"""How asynchronous clients come to be routed, and how that is taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiobotocore
import pytest
from aiobotocore.session import AioSession

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.lab.network import Lab
from tests.support.async_lab import client_of, plain_session, run, session_for
from tests.support.lab_client import KMS, KMS_FIPS, hosts, installed, policy_for
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns
from tests.support.wire import Caught, on_the_wire

FIPS = {"defaults": {"fips": "require"}}
BROKEN = {"defaults": {"fisp": "require"}}


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    endpoint_router.uninstall()


async def goes_to(client: Any) -> str:
    """The host of the next call, of which nothing is sent."""

    def catch(request: Any, **_: Any) -> None:
        raise Caught(request)

    client.meta.events.register_last("before-send", catch, unique_id="catch")
    try:
        with pytest.raises(Caught) as caught:
            await client.list_keys()
    finally:
        client.meta.events.unregister("before-send", unique_id="catch")
    return on_the_wire(caught.value.request).host


def fingerprint(client: Any) -> dict[str, Any]:
    """Everything about a client that routing may touch."""
    return {
        "attributes": sorted(vars(client)),
        "http": sorted(vars(client._endpoint.http_session)),
        "proxies": type(client._endpoint.http_session._proxy_config),
        "endpoint": sorted(vars(client._endpoint)),
        "signer": sorted(vars(client._request_signer)),
        "resolver": sorted(vars(client._ruleset_resolver)),
        "host": client._endpoint.host,
        "url": client.meta.endpoint_url,
    }


def test_install_routes_sessions_that_exist_and_those_to_come(lab: Lab):
    before = plain_session(lab)

    async def main() -> None:
        endpoint_router.install(policy_for(lab, FIPS))
        for session in (before, plain_session(lab)):
            async with client_of(session) as client:
                assert client.meta.endpoint_url == f"https://{KMS_FIPS}"
                assert await goes_to(client) == KMS_FIPS

    run(main())


def test_attach_a_session_and_take_it_back(lab: Lab):
    session, other = plain_session(lab), plain_session(lab)

    async def where(session: AioSession) -> str:
        async with client_of(session) as client:
            return await goes_to(client)

    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert run(where(session)) == KMS_FIPS
    assert run(where(other)) == KMS
    endpoint_router.uninstall()
    assert run(where(session)) == KMS


@pytest.mark.parametrize("policy", [FIPS, {**FIPS, "mode": "report"}, {}])
def test_attach_a_client_and_take_it_back(lab: Lab, policy: Any):
    async def main() -> None:
        async with client_of(plain_session(lab)) as client:
            reference = fingerprint(client)
            endpoint_router.attach(client, policy_for(lab, policy))
            assert await goes_to(client) == (KMS_FIPS if policy is FIPS else KMS)
            endpoint_router.uninstall()
            assert fingerprint(client) == reference
            assert await goes_to(client) == KMS

    run(main())


def test_a_client_with_open_connections_is_taken_back(lab: Lab):
    """What it has open stays open until it is closed, and nothing of ours is in its way."""
    private_dns(lab, ONE)

    async def main() -> None:
        installation = installed(lab, PRIVATE_DNS)
        session = plain_session(lab)
        installation(session)
        async with client_of(session) as client:
            await client.list_keys()
            http_session = client._endpoint.http_session
            sessions = list(http_session._sessions.values())
            installation.undo()
            assert "_get_session" not in vars(http_session)
            assert await goes_to(client) == KMS
        assert all(each.closed for each in sessions)

    run(main())


def test_a_client_that_is_not_made_yet_cannot_be_attached(lab: Lab):
    """``create_client`` gives something to enter, and no client."""

    async def main() -> None:
        pending = client_of(plain_session(lab))
        with pytest.raises(TypeError, match="async with"):
            endpoint_router.attach(pending, policy_for(lab, FIPS))
        async with pending as client:
            endpoint_router.attach(client, policy_for(lab, FIPS))
            assert await goes_to(client) == KMS_FIPS

    run(main())


def test_explain_takes_an_asynchronous_session(lab: Lab):
    decision = endpoint_router.explain(
        "kms",
        "ListKeys",
        region="us-east-1",
        session=plain_session(lab),
        policy=policy_for(lab, FIPS),
    )
    assert decision.host == KMS_FIPS


@pytest.mark.parametrize("presigned", [False, True])
def test_a_broken_policy_refuses_every_call(lab: Lab, presigned: bool):
    async def main() -> None:
        async with client_of(session_for(lab, BROKEN)) as client:
            act = client.generate_presigned_url if presigned else client.list_keys
            with pytest.raises(PolicyError):
                await act(*["list_keys"] * presigned)

    run(main())
    assert not hosts(lab)


PROGRAM = """
import asyncio, os
from aiobotocore.session import AioSession

async def main():
    async with AioSession().create_client("kms", "us-east-1") as client:
        print(client.meta.endpoint_url)

asyncio.run(main())
"""


def program(*command: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_run(tmp_path: Path):
    (tmp_path / "program.py").write_text(PROGRAM)
    shown = program(
        "-m", "endpoint_router", "run", str(tmp_path / "program.py"), ENDPOINT_ROUTER_FIPS="require"
    )
    assert shown == f"https://{KMS_FIPS}"


VERSION = tuple(int(part) for part in aiobotocore.__version__.split(".")[:2])


@pytest.mark.skipif(VERSION < (2, 25), reason="aiobotocore reads the variable from 2.25 on")
def test_the_plugin_variable():
    shown = program(
        "-c",
        PROGRAM,
        ENDPOINT_ROUTER_FIPS="require",
        BOTOCORE_EXPERIMENTAL__PLUGINS="endpoint_router=endpoint_router.sdk.plugin",
    )
    assert shown == f"https://{KMS_FIPS}"


def test_who_blocks_pays_for_nothing_asynchronous():
    """Neither asyncio nor aiohttp is imported for a client of botocore's own."""
    text = (
        "import sys, endpoint_router\n"
        "from botocore.session import Session\n"
        "endpoint_router.install({'defaults': {'fips': 'require'}})\n"
        "client = Session().create_client('kms', 'us-east-1')\n"
        "client.generate_presigned_url('list_keys')\n"
        "kinds = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(kinds & {'asyncio', 'aiohttp', 'anyio'}))"
    )
    assert program("-c", text) == "[]"
