"""Connections of asynchronous clients lead to confirmed addresses, and nowhere else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab.network import Lab
from tests.support.async_lab import calls, client_of, run, session_for
from tests.support.lab_client import KMS, KMS_VPCE, only, questions, resolves
from tests.support.pinning import (
    BUSY,
    HANGING,
    ONE,
    PRIVATE_DNS,
    PUBLIC,
    THREE,
    TWO,
    VPCE,
    WAYS,
    addresses,
    arrived,
    at_servers,
    private_dns,
)
from tests.support.renewing import Time, eventually

ALL = (ONE, TWO, THREE)


@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_the_address_that_was_confirmed_is_dialled(lab: Lab, policy: dict[str, Any], name: str):
    resolves(lab, name, ONE)
    lab.host(name, ONE)
    calls(lab, policy, lambda client: client.list_keys())
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (name, name, ONE)
    assert questions(lab, name) == 1
    assert set(addresses(lab)) == {ONE}  # preferring tries it first


def test_a_connection_is_used_again_and_so_is_the_answer(lab: Lab):
    private_dns(lab, ONE)

    async def call(client: Any) -> None:
        for _ in range(5):
            await client.list_keys()

    calls(lab, PRIVATE_DNS, call)
    assert len(lab.seen) == 5
    assert addresses(lab) == [ONE]
    assert questions(lab, KMS) == 1


def test_no_idle_connection_leads_where_no_new_one_could(lab: Lab):
    """The name moves: what was open to the old address is closed, not used."""
    clock = Time()
    private_dns(lab, ONE)

    async def call(client: Any) -> None:
        await client.list_keys()
        private_dns(lab, TWO)
        clock.passes(3600)
        await client.list_keys()
        await client.list_keys()

    calls(lab, PRIVATE_DNS, call, clock=clock)
    assert [address for _, address in arrived(lab)] == [ONE, TWO, TWO]
    assert addresses(lab) == [ONE, TWO]


def test_no_idle_connection_is_used_once_the_verdict_is_bad(lab: Lab):
    clock = Time()
    private_dns(lab, ONE)

    async def call(client: Any) -> None:
        await client.list_keys()
        resolves(lab, KMS, PUBLIC)
        clock.passes(3600)
        with pytest.raises(EndpointDenied):
            await client.list_keys()

    calls(lab, PRIVATE_DNS, call, clock=clock)
    assert [address for _, address in arrived(lab)] == [ONE]


@pytest.mark.parametrize("how", ["refused", "timeout"])
@pytest.mark.parametrize("dead", ALL)
def test_one_dead_address_of_three_costs_no_call(lab: Lab, dead: str, how: Any):
    private_dns(lab, *ALL)
    lab.unreachable(dead, how)

    async def call(client: Any) -> None:
        began = time.monotonic()
        # At once, so that each has a connection of its own, and each address is the first one once.
        await asyncio.gather(*(client.list_keys() for _ in range(4)))
        assert time.monotonic() - began < BUSY

    calls(lab, PRIVATE_DNS, call, connect_timeout=HANGING)
    assert len(lab.seen) == 4
    assert {seen.address for seen in lab.seen} <= {*ALL} - {dead}


@pytest.mark.parametrize(
    ("how", "error"), [("refused", EndpointConnectionError), ("timeout", ConnectTimeoutError)]
)
def test_where_nobody_answers_the_error_is_that_of_a_plain_client(
    lab: Lab, how: Any, error: type[Exception]
):
    private_dns(lab, ONE, TWO)
    lab.unreachable(ONE, how)
    lab.unreachable(TWO, how)
    patience = 0.5 if how == "timeout" else 30
    with pytest.raises(error):
        calls(lab, PRIVATE_DNS, lambda client: client.list_keys(), connect_timeout=patience)
    assert not lab.seen
    assert questions(lab, KMS) == 2  # asked once more before it gave up


def test_after_a_refused_connect_the_name_is_asked_for_again(lab: Lab):
    private_dns(lab, ONE)

    async def call(client: Any) -> None:
        def move(**_: Any) -> None:
            lab.unreachable(ONE)
            private_dns(lab, TWO)

        client.meta.events.register("before-send.kms", move)
        await client.list_keys()

    calls(lab, PRIVATE_DNS, call)
    assert arrived(lab) == [(KMS, TWO)]
    assert addresses(lab) == [ONE, TWO]


def test_after_a_refused_connect_it_may_turn_out_to_be_public(lab: Lab):
    private_dns(lab, ONE)

    async def call(client: Any) -> None:
        def move(**_: Any) -> None:
            lab.unreachable(ONE)
            resolves(lab, KMS, PUBLIC)

        client.meta.events.register("before-send.kms", move)
        with pytest.raises(EndpointUnverified) as refusal:
            await client.list_keys()
        assert refusal.value.code == "private.unverified"

    calls(lab, PRIVATE_DNS, call)
    assert not lab.seen
    assert addresses(lab) == [ONE]


def test_by_address_the_name_stays_that_of_the_service(lab: Lab):
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [
            {"type": "interface", "dns_names": [KMS_VPCE], "connect": "address"},
        ],
    }
    lab.host(KMS, "10.20.0.10")
    resolves(lab, KMS_VPCE, "10.20.0.10")
    resolves(lab, KMS, PUBLIC)
    calls(lab, policy, lambda client: client.list_keys())
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (KMS, KMS, "10.20.0.10")
    assert addresses(lab) == ["10.20.0.10"]


def test_a_lane_is_closed_with_its_client(lab: Lab):
    private_dns(lab, ONE)

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS)) as client:
            await client.list_keys()
            assert at_servers(lab) == 1
        other = await client_of(session_for(lab, PRIVATE_DNS)).__aenter__()
        await other.list_keys()
        await other.close()
        await other.close()

    run(main())
    eventually(lambda: at_servers(lab) == 0)


def test_a_certificate_for_another_name_is_not_accepted(lab: Lab):
    """aiobotocore left the comparison out for years."""
    lab.host(KMS_VPCE, ONE, certificate="somebody-else.example")
    resolves(lab, KMS_VPCE, ONE)
    with pytest.raises(Exception, match=r"(?i)certificate|hostname"):
        calls(lab, VPCE, lambda client: client.list_keys())
    assert not lab.seen


def test_a_certificate_for_another_name_is_not_accepted_from_a_fips_host(lab: Lab):
    from tests.support.lab_client import KMS_FIPS

    lab.host(KMS_FIPS, "52.94.0.77", certificate="somebody-else.example")
    policy: Mapping[str, Any] = {"defaults": {"fips": "require"}}
    with pytest.raises(Exception, match=r"(?i)certificate|hostname"):
        calls(lab, policy, lambda client: client.list_keys())
    assert not lab.seen
