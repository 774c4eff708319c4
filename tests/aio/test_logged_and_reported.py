"""The decision log's lines are those of any client, and report mode changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault, Silent
from endpoint_router.lab.network import Lab
from tests.support.async_lab import Gate, Wire, calls, client_of, plain_session, run, session_for
from tests.support.decisions import records
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, client_for, installed
from tests.support.pinning import VPCE
from tests.support.report_mode import FIPS, PRIVATE, SERVICES, log, reporting

__all__ = ["log"]


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    # The hash is that of a policy which names another file.
    kept = {key: value for key, value in record.items() if key not in ("time", "policy")}
    told = ("name", "verdict", "status", "addresses")
    kept["evidence"] = [{key: each[key] for key in told} for each in record["evidence"]]
    return kept


@pytest.mark.parametrize("policy", [FIPS, VPCE, {}], ids=["fips", "private", "empty"])
def test_the_line_is_that_of_a_client_that_blocks(lab: Lab, tmp_path: Path, policy: Any):
    lines = []
    for name in ("sync", "async"):
        path = tmp_path / name
        logged = {**policy, "log": {"decisions": str(path)}}
        if name == "sync":
            client_for(lab, logged).list_keys()
        else:
            calls(lab, logged, lambda client: client.list_keys())
        (line,) = records(path)
        lines.append(comparable(line))
    assert lines[0] == lines[1]
    assert lines[1]["peer"] == lab.seen[-1].address


def test_the_peer_that_aiohttp_dialled_by_itself(tmp_path: Path):
    """Where the policy has no DNS of its own; on loopback, since nothing leads into the lab."""
    with Lab() as lab:
        lab.host("localhost", "127.0.0.1")
        path = tmp_path / "log"
        policy = {"log": {"decisions": str(path)}}
        from endpoint_router.sdk.activation.installation import Installation

        session = plain_session(lab)
        Installation(policy, environ={})(session)
        url = f"http://127.0.0.1:{lab.http.port}"

        async def main() -> None:
            async with client_of(session, arguments={"endpoint_url": url}) as client:
                await client.list_keys()

        run(main())
        (line,) = records(path)
        assert line["peer"] == "127.0.0.1"


def test_each_refusal_is_written(lab: Lab, log: Path):
    policy = {"defaults": {"allowed_regions": ["eu-*"]}, "log": {"decisions": str(log)}}

    async def call(client: Any) -> None:
        for _ in range(3):
            with pytest.raises(EndpointDenied):
                await client.list_keys()

    calls(lab, policy, call)
    assert [line["code"] for line in records(log)] == ["region.not_allowed"] * 3


# --- report mode


async def list_keys(client: Any, lab: Lab) -> None:
    await client.list_keys(Limit=3)
    await client.list_keys(Limit=3)


async def put(client: Any, lab: Lab) -> None:
    await client.put_object(Bucket="payroll", Key="k/ö", Body=b"abc" * 1000)
    response = await client.get_object(Bucket="payroll", Key="k/ö")
    async with response["Body"] as body:
        await body.read()


async def redirect(client: Any, lab: Lab) -> None:
    headers = (("x-amz-bucket-region", "eu-west-1"),)
    lab.fail_next(1, Fault(status=301, code="PermanentRedirect", headers=headers))
    for _ in range(2):  # the second time from the redirector's cache
        await client.head_object(Bucket="payroll", Key="k")


async def tables(client: Any, lab: Lab) -> None:
    await client.list_tables()
    await client.get_item(TableName="table", Key={"a": {"S": "b"}})


async def again(client: Any, lab: Lab) -> None:
    lab.fail_next(2, Fault(status=500))
    await client.list_keys()


ROWS = [
    ("kms", "us-east-1", list_keys, {}),
    ("s3", "us-west-2", put, {}),
    ("s3", "us-west-2", redirect, {}),
    ("dynamodb", "us-east-1", tables, {}),
    ("kms", "us-east-1", again, {"retries": {"max_attempts": 2, "mode": "standard"}}),
]


def what_was_sent(lab: Lab, session: Any, row: Any) -> tuple[list[bytes], str]:
    service, region, act, config = row
    wire = Wire()

    async def main() -> str:
        async with client_of(session, service, region, **config) as client:
            await act(wire.lead(client, lab), lab)
            return str(client.meta.endpoint_url)

    return wire, run(main())


@pytest.mark.parametrize("policy", [FIPS, PRIVATE], ids=["fips", "private"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2].__name__)
def test_the_same_bytes_reach_the_wire(lab: Lab, log: Path, policy: Any, row: Any):
    for name, address in SERVICES.items():
        lab.host(name, address)
    plain = what_was_sent(lab, plain_session(lab), row)
    observed = what_was_sent(lab, session_for(lab, reporting(log, policy)), row)
    assert plain[0]
    assert observed == plain
    assert {record["mode"] for record in records(log)} == {"report"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2].__name__)
@pytest.mark.parametrize("policy", [{}, {"mode": "off"}], ids=["empty", "off"])
def test_an_empty_policy_sends_the_same_bytes(lab: Lab, policy: Any, row: Any):
    for name, address in SERVICES.items():
        lab.host(name, address)
    plain = what_was_sent(lab, plain_session(lab), row)
    assert what_was_sent(lab, session_for(lab, policy), row) == plain


def test_what_enforce_would_do_is_on_record(lab: Lab, log: Path):
    async def call(client: Any) -> None:
        await Wire().lead(client, lab).list_keys()

    calls(lab, reporting(log, FIPS), call)
    (record,) = records(log)
    assert (record["outcome"], record["host"], record["sent"]) == ("allowed", KMS_FIPS, KMS)


def test_a_call_is_not_kept_waiting_for_what_would_have_been_decided(lab: Lab, log: Path):
    """Its application may have given it a second; and closing waits for the record."""
    gate = Gate(lab)

    async def main() -> None:
        policy = {**reporting(log, VPCE), "dns": {"timeout": 60}}
        async with client_of(session_for(lab, policy, lookup=gate)) as client:
            Wire().lead(client, lab)
            await asyncio.wait_for(client.list_keys(), 30)
            assert not log.exists() or not records(log)
            gate.open.set()

    run(main())
    (record,) = records(log)
    assert record["host"] == KMS_VPCE


def test_a_silent_dns_keeps_nobody_for_long(lab: Lab, log: Path):
    lab.zone.set(KMS_VPCE, Silent())
    policy = {**reporting(log, VPCE), "dns": {"timeout": 0.5}}

    async def call(client: Any) -> None:
        await asyncio.wait_for(Wire().lead(client, lab).list_keys(), 60)

    calls(lab, policy, call)
    (record,) = records(log)
    assert record["outcome"] == "unverified"


@pytest.mark.parametrize("mode", ["enforce", "report"])
@pytest.mark.parametrize("policy", [FIPS, VPCE], ids=["fips", "private"])
def test_requests_are_counted(lab: Lab, log: Path, policy: Any, mode: str):
    installation = installed(lab, {**policy, "mode": mode, "log": {"decisions": str(log)}})
    session = plain_session(lab)
    installation(session)

    async def main() -> None:
        async with client_of(session) as client:
            if mode == "report":
                Wire().lead(client, lab)
            for _ in range(7):
                await client.list_keys()

    run(main())
    written = installation.router_for().log
    assert written is not None
    written.recount()
    assert [record["calls"] for record in records(log)] == [1, 6]
