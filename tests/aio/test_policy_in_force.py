"""A policy in force for a block of a test, and clients whose methods are coroutines."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiobotocore.session import AioSession
from botocore.stub import Stubber

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.testing import (
    FakeDns,
    NothingAnswered,
    Refused,
    assert_routed,
    policy_in_force,
)

KMS, KMS_FIPS = "kms.us-east-1.amazonaws.com", "kms-fips.us-east-1.amazonaws.com"
FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
PRIVATE: dict[str, Any] = {"defaults": {"private": "require"}}


@pytest.mark.parametrize(
    ("policy", "host"), [(FIPS, KMS_FIPS), (PRIVATE, KMS)], ids=["FIPS", "by address"]
)
def test_clients_of_every_age(policy: dict[str, Any], host: str) -> None:
    async def test() -> None:
        session = AioSession()
        async with session.create_client("kms", "us-east-1") as before:
            with policy_in_force(policy, dns=FakeDns({KMS: "10.0.0.1"})) as block:
                async with AioSession().create_client("kms", "us-east-1") as inside:
                    for client in (before, inside):
                        with pytest.raises(NothingAnswered, match=host):
                            await client.list_keys()
                        url = await client.generate_presigned_url("list_keys")
                        assert url.startswith("https://kms")
                assert_routed(block.calls, {"kms.ListKeys": "kms*"})
                assert [call.host for call in block.calls][::2] == [host] * 2
            assert "construct_endpoint" not in vars(before._ruleset_resolver)
            assert "sign" not in vars(before._request_signer)

    asyncio.run(test())


def test_refusals_and_stubs() -> None:
    async def test() -> None:
        with policy_in_force(PRIVATE, dns=FakeDns({KMS: "52.94.0.1"})) as block:
            async with AioSession().create_client("kms", "us-east-1") as client:
                with pytest.raises(EndpointDenied):
                    await client.list_keys()
                with Stubber(client) as stubber:
                    stubber.add_response("list_aliases", {"Aliases": []})
                    await client.list_aliases()
        assert_routed(block.calls, {"kms": Refused("private.public_address")})
        assert [call.refusal is None for call in block.calls] == [False, True]

    asyncio.run(test())


def test_over_what_is_installed() -> None:
    async def test() -> None:
        endpoint_router.install(FIPS)
        try:
            async with AioSession().create_client("kms", "us-east-1") as client:
                with policy_in_force(PRIVATE, dns=FakeDns({KMS: "10.0.0.1"})) as block:
                    with pytest.raises(NothingAnswered):
                        await client.list_keys()
                    assert_routed(block.calls, {"kms": KMS})
                url = await client.generate_presigned_url("list_keys")
                assert url.startswith(f"https://{KMS_FIPS}/")
        finally:
            endpoint_router.uninstall()

    asyncio.run(test())
