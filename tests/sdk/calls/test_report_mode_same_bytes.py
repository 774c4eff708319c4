"""``mode = "report"``: what reaches the wire is what plain botocore sends, to the byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from endpoint_router.lab import Fault
from endpoint_router.lab.network import Lab
from tests.support.decisions import records
from tests.support.lab_client import session_for
from tests.support.plain_wire import Wire, normalised
from tests.support.report_mode import (
    FIPS,
    PRIVATE,
    SERVICES,
    log,
    make,
    only,
    plain_session,
    reporting,
)

__all__ = ["log"]


def list_keys(client: Any, lab: Lab) -> None:
    client.list_keys(Limit=3)
    client.list_keys(Limit=3)


def put(client: Any, lab: Lab) -> None:
    client.put_object(Bucket="payroll", Key="k/ö", Body=b"abc" * 1000)
    client.get_object(Bucket="payroll", Key="k/ö")


def redirect(client: Any, lab: Lab) -> None:
    headers = (("x-amz-bucket-region", "eu-west-1"),)
    lab.fail_next(1, Fault(status=301, code="PermanentRedirect", headers=headers))
    client.put_object(Bucket="payroll", Key="k", Body=b"abc")
    client.put_object(Bucket="payroll", Key="k", Body=b"abc")  # now from the redirector's cache


def identity(client: Any, lab: Lab) -> None:
    client.get_caller_identity()


def tables(client: Any, lab: Lab) -> None:
    client.list_tables()
    client.get_item(TableName="table", Key={"a": {"S": "b"}})


def discover(client: Any, lab: Lab) -> None:
    client.discover_instances(NamespaceName="a", ServiceName="b")


def again(client: Any, lab: Lab) -> None:
    lab.fail_next(2, Fault(status=500))
    client.list_keys()


def refused(client: Any, lab: Lab) -> None:
    lab.fail_next(1, Fault(status=400, code="AccessDenied"))
    with pytest.raises(ClientError):
        client.list_keys()


@pytest.mark.parametrize("policy", [FIPS, PRIVATE], ids=["fips", "private"])
@pytest.mark.parametrize(
    ("service", "region", "calls", "config"),
    [
        ("kms", "us-east-1", list_keys, {}),
        ("s3", "us-west-2", put, {}),
        ("s3", "us-west-2", redirect, {}),
        ("sts", "us-east-1", identity, {}),
        ("dynamodb", "us-east-1", tables, {}),
        ("servicediscovery", "us-east-1", discover, {}),
        ("kms", "us-east-1", again, {"retries": {"max_attempts": 2, "mode": "standard"}}),
        ("kms", "us-east-1", refused, {}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_same_bytes_reach_the_wire(
    lab: Lab,
    log: Path,
    policy: dict[str, Any],
    service: str,
    region: str,
    calls: Callable[[Any, Lab], None],
    config: dict[str, Any],
) -> None:
    for name, address in SERVICES.items():
        lab.host(name, address)
    wires = []
    endpoints = []
    for session in (plain_session(lab), session_for(lab, reporting(log, policy))):
        wires.append(Wire())
        client = wires[-1].lead(make(session, service, region, **config), lab)
        calls(client, lab)
        endpoints.append(client.meta.endpoint_url)
    plain, observed = wires
    assert plain
    assert observed == plain
    assert endpoints[0] == endpoints[1]
    assert {one["mode"] for one in records(log)} == {"report"}


def presigned_get(client: Any) -> str:
    url: str = client.generate_presigned_url("get_object", {"Bucket": "payroll", "Key": "k"})
    return url


def presigned_post(client: Any) -> str:
    return json.dumps(client.generate_presigned_post("payroll", "k")["url"])


@pytest.mark.parametrize("presign", [presigned_get, presigned_post])
def test_presigned_urls_are_the_same(lab: Lab, log: Path, presign: Callable[[Any], str]) -> None:
    policy = {"defaults": {"fips": "require", "presigned": "routed"}}
    plain, observed = (
        normalised(presign(make(session, "s3", "us-west-2", signature_version="s3v4")).encode())
        for session in (plain_session(lab), session_for(lab, reporting(log, policy)))
    )
    assert observed.partition(b"X-Amz-Signature")[0] == plain.partition(b"X-Amz-Signature")[0]
    record = only(log)
    assert record["presigned"] is True
    assert record["host"].startswith("*.s3-fips.us-west-2.")
    assert record["sent"].startswith("*.s3.")
    assert "payroll" not in log.read_text()


def test_a_nested_presign_is_the_same_and_recorded(lab: Lab, log: Path) -> None:
    sent = []
    for session in (plain_session(lab), session_for(lab, reporting(log, FIPS))):
        lab.host("ec2.us-east-1.amazonaws.com", "52.94.1.9")
        wire = Wire()
        client = wire.lead(make(session, "ec2"), lab)
        client.copy_snapshot(SourceRegion="eu-west-1", SourceSnapshotId="snap-1")
        sent.append([one.partition(b"X-Amz-Signature")[0] for one in wire])
    assert sent[0] == sent[1]
    assert {(one["presigned"], one["sent"]) for one in records(log)} == {
        (True, "ec2.eu-west-1.amazonaws.com"),
        (False, "ec2.us-east-1.amazonaws.com"),
    }


def test_handlers_of_the_application_change_nothing_twice(lab: Lab, log: Path) -> None:
    """One that writes to what it is given would otherwise do so for each of our resolutions."""
    lab.host("*.s3.us-west-2.amazonaws.com", "52.94.1.1")

    def prefixed(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        params["Bucket"] = "x" + params["Bucket"]
        context.setdefault("seen", []).append("seen")

    wires = []
    for session in (plain_session(lab), session_for(lab, reporting(log, FIPS))):
        wires.append(Wire())
        client = wires[-1].lead(
            make(session, "s3", "us-west-2", retries={"max_attempts": 1, "mode": "standard"}), lab
        )
        client.meta.events.register("before-endpoint-resolution.s3", prefixed)
        lab.fail_next(1, Fault(status=500))
        client.head_bucket(Bucket="payroll")
    assert wires[0] == wires[1]
    assert len(wires[0]) == 2
