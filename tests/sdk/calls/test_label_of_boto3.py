"""The label of ``log.user_agent`` on what boto3 builds upon clients, and the audit finds it."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig

from endpoint_router.audit.grouping import group_of
from endpoint_router.audit.records import Record
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import load
from endpoint_router.sdk.calls.label import label_of
from tests.support.lab_client import REGION, policy_for, session_for

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}, "log": {"user_agent": True}}


def test_whatever_stands_on_clients_bears_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources, transfers and their threads, paginators, waiters, and who names itself."""
    for host in ("s3-fips", "*.s3-fips", "sts-fips"):
        lab.host(f"{host}.{REGION}.amazonaws.com", "52.94.0.12")
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "billing")
    session = session_for(lab, FIPS)
    session.user_agent_extra = "framework/3"
    session.set_credentials("AKIDEXAMPLE", "secret")
    of_boto3 = boto3.Session(botocore_session=session, region_name=REGION)
    s3, parts = of_boto3.client("s3"), TransferConfig(5 << 20, multipart_chunksize=5 << 20)
    s3.upload_fileobj(io.BytesIO(bytes(6 << 20)), "payroll", "large", Config=parts)
    s3.get_waiter("bucket_exists").wait(Bucket="payroll")
    list(of_boto3.resource("s3").buckets.all())
    list(of_boto3.client("kms").get_paginator("list_keys").paginate())
    role = {"RoleArn": "arn:aws:iam::111122223333:role/lab", "RoleSessionName": "lab"}
    of_boto3.client("sts").assume_role(**role)
    label = label_of(load(policy_for(lab, FIPS), environ={}, system_policy=""))
    assert Counter(seen.operation for seen in lab.seen) == {
        "CreateMultipartUpload": 1,
        "UploadPart": 2,
        "CompleteMultipartUpload": 1,
        "HeadBucket": 1,
        "ListBuckets": 1,
        "ListKeys": 1,
        "AssumeRole": 1,
    }
    for seen in lab.seen:
        assert " framework/3 " in seen.user_agent
        assert seen.user_agent.removesuffix(" Resource").endswith(f" {label}")
        group = group_of(Record(user_agent=seen.user_agent))
        assert (group.labelled, group.application) == (True, "billing")
