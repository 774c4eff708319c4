"""Every way in which an asynchronous client makes a request: as the servers saw it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.lab import Fault
from endpoint_router.lab.network import Lab
from tests.support.async_lab import calls, client_of, run, session_for
from tests.support.lab_client import hosts, only, questions
from tests.support.western import FIPS, S3_FIPS, S3_VPCE, STS_FIPS, western_hosts

__all__ = ["western_hosts"]

WEST = "us-west-2"
PRIVATE = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
}
OBJECT = {"Bucket": "mine", "Key": "key"}


def test_an_object_by_a_vpc_endpoint(lab: Lab):
    async def call(client: Any) -> None:
        await client.put_object(**OBJECT, Body=b"body" * 100)
        response = await client.get_object(**OBJECT)
        async with response["Body"] as body:
            await body.read()

    calls(lab, PRIVATE, call, service="s3", region=WEST)
    assert {(seen.host, seen.address) for seen in lab.seen} == {
        (f"mine.bucket.{S3_VPCE}", "10.20.1.10")
    }
    assert [seen.operation for seen in lab.seen] == ["PutObject", "GetObject"]


def test_a_paginator_and_a_waiter(lab: Lab):
    async def call(client: Any) -> None:
        async for _ in client.get_paginator("list_objects_v2").paginate(Bucket="mine"):
            pass
        await client.get_waiter("bucket_exists").wait(Bucket="mine")

    calls(lab, FIPS, call, service="s3", region=WEST)
    assert hosts(lab) == [f"mine.{S3_FIPS}"] * 2


def test_an_operation_with_a_host_prefix(lab: Lab):
    fips = "sync-states-fips.us-west-2.amazonaws.com"
    lab.host(fips, "52.94.2.1")
    lab.host("sync-states.us-west-2.amazonaws.com", "52.94.2.2")
    arn = "arn:aws:states:us-west-2:111122223333:stateMachine:it"
    calls(
        lab,
        FIPS,
        lambda client: client.start_sync_execution(stateMachineArn=arn),
        service="stepfunctions",
        region=WEST,
    )
    assert "fips" in only(lab).host
    assert only(lab).host.startswith("sync-")


def test_presigned_urls_and_posts(lab: Lab):
    async def call(client: Any) -> tuple[str, Any]:
        url = await client.generate_presigned_url("get_object", OBJECT)
        return url, await client.generate_presigned_post("mine", "key")

    policy = {"defaults": {"fips": "require", "presigned": "routed"}}
    url, post = calls(lab, policy, call, service="s3", region=WEST, signature_version="s3v4")
    assert url.startswith(f"https://mine.{S3_FIPS}/key?")
    assert "us-west-2%2Fs3%2Faws4_request" in url
    assert post["url"].startswith(f"https://mine.{S3_FIPS}/")
    assert not lab.seen


def test_the_redirect_of_a_bucket_elsewhere_is_routed(lab: Lab):
    lab.host("*.s3-fips.us-east-2.amazonaws.com", "52.94.1.30")
    lab.host("s3-fips.us-east-2.amazonaws.com", "52.94.1.30")
    headers = (("x-amz-bucket-region", "us-east-2"),)
    lab.fail_next(1, Fault(status=301, code="PermanentRedirect", headers=headers))
    retries = {"total_max_attempts": 3}
    calls(lab, FIPS, lambda c: c.get_object(**OBJECT), service="s3", region=WEST, retries=retries)
    assert hosts(lab) == [f"mine.{S3_FIPS}", "mine.s3-fips.us-east-2.amazonaws.com"]
    assert lab.seen[-1].region == "us-east-2"


def test_each_attempt_of_a_retried_call_is_routed(lab: Lab):
    lab.fail_next(1, Fault(status=500))
    retries = {"mode": "standard", "total_max_attempts": 2}
    calls(lab, FIPS, lambda c: c.list_buckets(), service="s3", region=WEST, retries=retries)
    assert hosts(lab) == [S3_FIPS] * 2


def test_a_handler_that_is_a_coroutine_is_awaited(lab: Lab):
    """It may change what the ruleset is asked for, as one that is a function may."""
    asked: list[str] = []

    async def call(client: Any) -> None:
        async def handler(builtins: Any, model: Any, **_: Any) -> None:
            await asyncio.sleep(0.01)
            asked.append(model.name)
            builtins["AWS::S3::ForcePathStyle"] = True

        client.meta.events.register("before-endpoint-resolution.s3", handler)
        await asyncio.gather(*(client.get_object(**OBJECT) for _ in range(3)))

    calls(lab, FIPS, call, service="s3", region=WEST)
    assert hosts(lab) == [S3_FIPS] * 3
    assert {seen.path.partition("?")[0] for seen in lab.seen} == {"/mine/key"}
    assert set(asked) == {"GetObject"}


BUCKET = "payroll--use1-az4--x-s3"
EXPRESS = "s3express-use1-az4.us-east-1.amazonaws.com"


def test_s3_express_and_the_session_that_is_asked_for(lab: Lab):
    for name in (EXPRESS, f"*.{EXPRESS}"):
        lab.host(name, "10.20.3.1")
    policy = {"defaults": {"private": "require"}}
    calls(lab, policy, lambda client: client.get_object(Bucket=BUCKET, Key="k"), service="s3")
    assert [seen.operation for seen in lab.seen] == ["CreateSession", "GetObject"]
    assert {(seen.host, seen.address, seen.service) for seen in lab.seen} == {
        (f"{BUCKET}.{EXPRESS}", "10.20.3.1", "s3express")
    }


# --- clients inside clients


ROLE = "role_arn = arn:aws:iam::111122223333:role/lab\n"


@pytest.mark.parametrize("how", ["credential_source", "web_identity"])
def test_the_sts_call_behind_a_role(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
):
    (tmp_path / "token").write_text("token")
    text = f"{ROLE}credential_source = Environment\n"
    if how == "web_identity":
        text = f"{ROLE}web_identity_token_file = {tmp_path / 'token'}\n"
    (tmp_path / "config").write_text(f"[profile app]\nregion = us-west-2\n{text}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    lab.host("kms-fips.us-west-2.amazonaws.com", "52.94.1.40")

    async def main() -> None:
        async with client_of(session_for(lab, FIPS, profile="app"), region=WEST) as client:
            await client.list_keys()

    run(main())
    assert hosts(lab) == [STS_FIPS, "kms-fips.us-west-2.amazonaws.com"]


# --- endpoint discovery


def test_discovered_endpoints_are_decided_on(lab: Lab):
    """DynamoDB names its plain host, whatever the policy would have chosen."""
    fips = "dynamodb-fips.us-west-2.amazonaws.com"
    lab.host(fips, "52.94.3.1")
    lab.host("dynamodb.us-west-2.amazonaws.com", "52.94.3.2")

    async def call(client: Any) -> None:
        await client.list_tables()
        await client.get_item(TableName="table", Key={"a": {"S": "b"}})

    calls(lab, FIPS, call, service="dynamodb", region=WEST, endpoint_discovery_enabled=True)
    assert set(hosts(lab)) == {fips}
    assert "GetItem" in [seen.operation for seen in lab.seen]


# --- a client's life


def test_a_client_that_is_not_entered_behaves_as_a_plain_one(lab: Lab):
    """From aiobotocore 3 on it fails; before, it worked."""
    from tests.support.async_lab import Wire, plain_session

    async def outcome(session: Any, lead: bool) -> object:
        # ``create_client`` gives what is to be entered; what that enters is the client.
        made = client_of(session, "s3", WEST)
        client = await made._coro
        if lead:
            Wire().lead(client, lab)
        try:
            await client.list_buckets()
        except Exception as error:
            return type(error), str(error)
        finally:
            await client.close()
        return "works"

    for policy in (FIPS, {"defaults": {"fips": "require", "private": "prefer"}}):
        plain = run(outcome(plain_session(lab), lead=True))
        assert run(outcome(session_for(lab, policy), lead=False)) == plain


def test_a_closed_client_behaves_as_a_plain_one(lab: Lab):
    from tests.support.async_lab import Wire, plain_session

    lab.host("*.s3.us-west-2.amazonaws.com", "52.94.1.0")

    async def outcome(session: Any, lead: bool) -> object:
        async with client_of(session, "s3", WEST) as client:
            if lead:
                Wire().lead(client, lab)
            await client.head_object(**OBJECT)
        try:
            await client.head_object(**OBJECT)
        except Exception as error:
            return type(error), str(error)
        finally:
            await client.close()
        return "works"

    plain = run(outcome(plain_session(lab), lead=True))
    assert run(outcome(session_for(lab, FIPS), lead=False)) == plain
    assert run(outcome(session_for(lab, PRIVATE), lead=False)) == plain


def test_one_question_for_a_thousand_buckets(lab: Lab):
    async def call(client: Any) -> None:
        for number in range(20):
            await client.head_object(Bucket=f"bucket-{number}", Key="key")

    calls(lab, PRIVATE, call, service="s3", region=WEST)
    asked = {asked.name for asked in lab.dns.questions}
    assert len(lab.seen) == 20
    assert all(questions(lab, name) <= 1 for name in asked)
