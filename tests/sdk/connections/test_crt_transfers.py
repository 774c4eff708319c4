"""s3transfer's CRT client: botocore only makes its requests, and it looks names up by itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT, client_for, hosts, only, resolves, session_for
from tests.support.report_mode import only as only_record
from tests.support.report_mode import reporting

REGION = "us-west-2"
S3 = "s3.us-west-2.amazonaws.com"
BUCKET = f"payroll.{S3}"
S3_VPCE = "vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com"
PRIVATE, PUBLIC = "10.20.0.61", "52.94.0.61"
PRIVATE_DNS: dict[str, Any] = {"defaults": {"private": "require"}}
VPCE: dict[str, Any] = {
    **PRIVATE_DNS,
    "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
}
BY_ADDRESS = {**VPCE, "vpc_endpoints": [{**VPCE["vpc_endpoints"][0], "connect": "address"}]}


@pytest.fixture(autouse=True)
def s3(lab: Lab) -> None:
    lab.host(BUCKET, PRIVATE)
    lab.host(f"bucket.{S3_VPCE}", PRIVATE)
    lab.host(f"payroll.bucket.{S3_VPCE}", PRIVATE)


def serialized(lab: Lab, policy: dict[str, Any], times: int = 1, header: str = "host") -> str:
    """The host that the CRT client would look up and connect to for an upload."""
    crt = pytest.importorskip("s3transfer.crt", reason="awscrt is not installed")
    from s3transfer.futures import TransferFuture, TransferMeta
    from s3transfer.utils import CallArgs

    serializer = crt.BotocoreCRTRequestSerializer(
        session_for(lab, policy), {"region_name": REGION, "endpoint_url": None}
    )
    hosts = set()
    for _ in range(times):
        arguments = CallArgs(bucket="payroll", key="key", extra_args={}, fileobj=io.BytesIO(b"x"))
        future = TransferFuture(TransferMeta(arguments), None)
        hosts.add(serializer.serialize_http_request("put_object", future).headers.get(header))
    (host,) = hosts
    return host


def unsigned(lab: Lab, policy: dict[str, Any]) -> Any:
    """A client as the serializer's, which botocore itself sends for."""
    return client_for(lab, policy, "s3", REGION, config=Config(signature_version=UNSIGNED))


@pytest.mark.parametrize("policy", [PRIVATE_DNS, BY_ADDRESS], ids=["private DNS", "by address"])
def test_it_does_not_get_what_relies_on_an_address(lab: Lab, policy: dict[str, Any]) -> None:
    with pytest.raises(EndpointDenied) as refusal:
        serialized(lab, policy)
    assert refusal.value.code == "private.unpinned"
    assert 'onnect = "name"' in refusal.value.remedy


def test_it_gets_a_name_that_only_the_endpoint_bears(lab: Lab) -> None:
    assert serialized(lab, VPCE) == f"payroll.bucket.{S3_VPCE}"


def test_it_gets_the_label_of_the_policy(lab: Lab) -> None:
    labelled = serialized(lab, {"log": {"user_agent": True}}, header="user-agent")
    assert " md/endpoint-router#" in labelled


def test_where_privacy_is_only_preferred_it_goes_to_the_public_host(lab: Lab) -> None:
    policy = {**BY_ADDRESS, "defaults": {"private": "prefer"}}
    assert serialized(lab, policy) == BUCKET


def test_it_gets_fips(lab: Lab) -> None:
    lab.host("s3-fips.us-west-2.amazonaws.com", PUBLIC)
    fips = "payroll.s3-fips.us-west-2.amazonaws.com"
    lab.host(fips, PUBLIC)
    assert serialized(lab, {"defaults": {"fips": "require"}}) == fips


@pytest.mark.parametrize("policy", [{}, {"mode": "off", **PRIVATE_DNS}])
def test_where_nothing_is_demanded_it_gets_what_plain_botocore_makes(
    lab: Lab, policy: dict[str, Any]
) -> None:
    assert serialized(lab, policy) == BUCKET


@pytest.mark.parametrize(
    ("policy", "outcome", "code"),
    [
        pytest.param(VPCE, "allowed", "allowed", id="endpoint"),
        pytest.param(PRIVATE_DNS, "denied", "private.unpinned", id="private DNS"),
        pytest.param(BY_ADDRESS, "denied", "private.unpinned", id="by address"),
    ],
)
def test_in_report_mode_it_is_on_record_once(
    lab: Lab, tmp_path: Path, policy: dict[str, Any], outcome: str, code: str
) -> None:
    """What enforce would do with it, and where it goes, which is where botocore sends it."""
    log = tmp_path / "decisions.jsonl"
    assert serialized(lab, reporting(log, policy), times=3) == BUCKET
    record = only_record(log)
    assert (record["operation"], record["sent"]) == ("PutObject", f"*.{S3}")
    assert (record["outcome"], record["code"]) == (outcome, code), record


@pytest.mark.parametrize("policy", [PRIVATE_DNS, VPCE, BY_ADDRESS])
def test_an_unsigned_client_of_botocores_own_sends_pinned(lab: Lab, policy: dict[str, Any]) -> None:
    """Public data is read so; that it could have been for the CRT client is no reason to refuse."""
    if policy is BY_ADDRESS:
        resolves(lab, BUCKET, PUBLIC)
    client = unsigned(lab, policy)
    client.head_object(Bucket="payroll", Key="key")
    client.head_object(Bucket="payroll", Key="key")
    assert {seen.address for seen in lab.seen} == {PRIVATE}
    assert len(lab.seen) == 2


def test_who_takes_such_a_request_unrecognised_gets_nowhere(lab: Lab) -> None:
    """As the serializer does, under another key."""
    client = unsigned(lab, PRIVATE_DNS)
    taken: list[Any] = []
    client.meta.events.register("request-created.s3.*", lambda request, **_: taken.append(request))
    client.head_object(Bucket="payroll", Key="key")
    assert taken[0].prepare().url.startswith("https://unverified.invalid/")
    assert only(lab).host == BUCKET


def test_transfers_by_threads_are_as_any_call(lab: Lab) -> None:
    """What boto3 falls back on where there is no awscrt, or another process has its lock."""
    session = boto3.Session(botocore_session=session_for(lab, PRIVATE_DNS))
    client = session.client("s3", REGION, config=Config(retries=ONE_ATTEMPT))
    client.upload_fileobj(io.BytesIO(b"x"), "payroll", "key")
    assert hosts(lab) == [BUCKET]
