"""Every way in which boto3 makes a request goes through the same hooks: as the servers saw it."""

from __future__ import annotations

import copy
import io
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.calls.route import Route
from tests.support.lab_client import (
    KMS_FIPS,
    ONE_ATTEMPT,
    client_for,
    hosts,
    installed,
    only,
    scope,
    session_for,
)
from tests.support.western import FIPS, S3_FIPS, S3_VPCE, boto3_session, s3, western_hosts

__all__ = ["western_hosts"]

# --- boto3


def test_a_resource(lab: Lab) -> None:
    resource = boto3_session(lab, FIPS, region_name="us-west-2").resource("s3")
    assert [one.name for one in resource.buckets.all()] == ["lab"]
    seen = only(lab)
    assert seen.host == S3_FIPS
    assert scope(seen) == ("s3", "us-west-2")


def test_a_resource_on_a_bucket(lab: Lab) -> None:
    resource = boto3_session(lab, FIPS, region_name="us-west-2").resource("s3")
    resource.Object("mine", "key").put(Body=b"body")
    assert only(lab).host == f"mine.{S3_FIPS}"


def test_a_paginator(lab: Lab) -> None:
    pages = client_for(lab, FIPS).get_paginator("list_keys").paginate()
    assert [page["Truncated"] for page in pages] == [False]
    assert only(lab).host == KMS_FIPS


def test_a_paginator_is_refused(lab: Lab) -> None:
    client = client_for(lab, {"defaults": {"private": "require"}})
    with pytest.raises(EndpointDenied):
        list(client.get_paginator("list_keys").paginate())
    assert lab.seen == []


def test_a_waiter(lab: Lab) -> None:
    client = s3(lab, FIPS)
    client.get_waiter("bucket_exists").wait(Bucket="mine", WaiterConfig={"MaxAttempts": 1})
    seen = only(lab)
    assert (seen.operation, seen.host) == ("HeadBucket", f"mine.{S3_FIPS}")


def test_a_waiter_does_not_swallow_a_refusal(lab: Lab) -> None:
    """``bucket_not_exists`` takes every ``ClientError`` of the right code for success."""
    client = s3(lab, {"defaults": {"private": "require"}})
    for name in ("bucket_exists", "bucket_not_exists"):
        with pytest.raises(EndpointDenied):
            client.get_waiter(name).wait(Bucket="mine", WaiterConfig={"MaxAttempts": 2, "Delay": 0})
    assert lab.seen == []


def test_each_attempt_of_a_retried_call_is_routed(lab: Lab) -> None:
    lab.fail_next(1, Fault(status=500))
    config = Config(retries={"mode": "standard", "total_max_attempts": 2})
    client_for(lab, FIPS, config=config).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS_FIPS]


def test_the_redirect_of_a_bucket_elsewhere_is_routed(lab: Lab) -> None:
    """S3's redirector puts another region's host in at ``needs-retry``."""
    lab.host("*.s3-fips.us-east-2.amazonaws.com", "52.94.1.30")
    lab.host("s3-fips.us-east-2.amazonaws.com", "52.94.1.30")
    lab.fail_next(
        1,
        Fault(
            status=301, code="PermanentRedirect", headers=(("x-amz-bucket-region", "us-east-2"),)
        ),
    )
    client = s3(lab, FIPS, retries={"total_max_attempts": 3})
    client.get_object(Bucket="mine", Key="key")
    assert hosts(lab) == [f"mine.{S3_FIPS}", "mine.s3-fips.us-east-2.amazonaws.com"]
    assert lab.seen[-1].region == "us-east-2"


def test_a_multipart_upload(lab: Lab) -> None:
    five = 5 * 1024 * 1024
    client = s3(lab, FIPS)
    client.upload_fileobj(
        io.BytesIO(b"x" * (five + 1)),
        "mine",
        "key",
        Config=TransferConfig(multipart_threshold=five, multipart_chunksize=five),
    )
    seen = [(one.operation, one.host) for one in lab.seen]
    assert seen[0] == ("CreateMultipartUpload", f"mine.{S3_FIPS}")
    assert seen[-1] == ("CompleteMultipartUpload", f"mine.{S3_FIPS}")
    assert seen[1:-1] == [("UploadPart", f"mine.{S3_FIPS}")] * 2


def test_a_multipart_upload_on_a_vpc_endpoint(lab: Lab) -> None:
    five = 5 * 1024 * 1024
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
    }
    s3(lab, policy).upload_fileobj(
        io.BytesIO(b"x" * (five + 1)),
        "mine",
        "key",
        Config=TransferConfig(multipart_threshold=five, multipart_chunksize=five),
    )
    assert set(hosts(lab)) == {f"mine.bucket.{S3_VPCE}"}
    assert {(one.address, *scope(one)) for one in lab.seen} == {("10.20.1.10", "s3", "us-west-2")}
    assert [one.operation for one in lab.seen].count("UploadPart") == 2


def test_a_default_session_that_exists_already(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's default session is made on first use, often while modules are imported."""
    session = Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(botocore_session=session))
    one = installed(lab, FIPS)
    one.cover_existing()
    try:
        client = boto3.client("kms", "us-east-1", verify=lab.ca_bundle)
        client.list_keys()
    finally:
        one.undo()
    assert only(lab).host == KMS_FIPS


def test_the_first_session_and_a_copy_of_it(lab: Lab) -> None:
    """boto3 wraps a session that was made elsewhere; its clients come from the same hooks."""
    session = session_for(lab, FIPS)
    for _ in range(2):
        boto3.Session(botocore_session=session).client(
            "kms", "us-east-1", config=Config(retries=ONE_ATTEMPT)
        ).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS_FIPS]


# --- what handlers do with a request's context


def test_the_request_context_can_be_deep_copied(lab: Lab) -> None:
    """botocore does so for presigns inside calls; applications do so in their handlers."""
    client = client_for(lab, FIPS)
    copies: list[Any] = []

    def take(request: Any, **_: Any) -> None:
        copies.append(copy.deepcopy({k: v for k, v in request.context.items() if k != "auth_type"}))

    client.meta.events.register_first("before-sign", take)
    client.list_keys()
    assert len(copies) == 1
    assert any(isinstance(value, Route) for value in copies[0].values())
    assert only(lab).host == KMS_FIPS
