"""aiobotocore sends by httpx in trio's loops, too, and so do routed clients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Addresses, Delayed, Rcode
from endpoint_router.lab.network import Lab
from tests.support.async_lab import Gate, client_of, session_for
from tests.support.by_httpx import BY_HTTPX, needs_httpx
from tests.support.lab_client import KMS, KMS_FIPS, only, questions, resolves
from tests.support.pinning import ONE, PRIVATE_DNS, THREE, TWO, WAYS, private_dns

trio = pytest.importorskip("trio")
pytestmark = needs_httpx


def calls(
    lab: Lab, policy: Mapping[str, Any], call: Any, lookup: Any = None, **options: Any
) -> None:
    async def main() -> None:
        async with client_of(
            session_for(lab, policy, lookup=lookup), **BY_HTTPX, **options
        ) as client:
            await call(client)

    trio.run(main)


async def list_keys(client: Any) -> None:
    await client.list_keys()


@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_the_address_that_was_confirmed_is_dialled(lab: Lab, policy: dict[str, Any], name: str):
    resolves(lab, name, ONE)
    lab.host(name, ONE)
    calls(lab, policy, list_keys)
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (name, name, ONE)


def test_many_tasks_ask_once(lab: Lab):
    private_dns(lab, ONE)
    lab.zone.set(KMS, Delayed(0.2, Addresses((ONE,), 60)))

    async def call(client: Any) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(client.list_keys)

    calls(lab, PRIVATE_DNS, call)
    assert {seen.address for seen in lab.seen} == {ONE}
    assert len(lab.seen) == 20
    assert questions(lab, KMS) == 1


@pytest.mark.parametrize("how", ["refused", "timeout"])
def test_the_next_address_is_tried(lab: Lab, how: Any):
    private_dns(lab, ONE, TWO, THREE)
    lab.unreachable(ONE, how)

    async def call(client: Any) -> None:
        for _ in range(3):
            await client.list_keys()

    calls(lab, PRIVATE_DNS, call)
    assert {seen.address for seen in lab.seen} <= {TWO, THREE}


def test_refusals(lab: Lab):
    with pytest.raises(EndpointDenied):
        calls(lab, PRIVATE_DNS, list_keys)
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    with pytest.raises(EndpointUnverified):
        calls(lab, PRIVATE_DNS, list_keys)
    assert lab.seen == []


def test_the_fips_host(lab: Lab):
    calls(lab, {"defaults": {"fips": "require"}}, list_keys)
    assert only(lab).host == KMS_FIPS


def test_whoever_gives_up_leaves_nothing_behind(lab: Lab):
    private_dns(lab, ONE)
    gate = Gate(lab)

    async def call(client: Any) -> None:
        with trio.move_on_after(0.05) as scope:
            await client.list_keys()
        assert scope.cancelled_caught
        gate.open.set()
        await client.list_keys()

    calls(lab, PRIVATE_DNS, call, lookup=gate)
    assert len(lab.seen) == 1
    assert gate.asked == [KMS]


def test_decisions_are_logged(lab: Lab, tmp_path: Path):
    private_dns(lab, ONE)
    calls(lab, {**PRIVATE_DNS, "log": {"decisions": str(tmp_path / "log")}}, list_keys)
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert (json.loads(line)["code"], json.loads(line)["peer"]) == ("allowed", ONE)
