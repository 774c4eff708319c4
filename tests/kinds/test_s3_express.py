"""Express One Zone for real: the session that botocore asks for, and the call that it is for."""

from __future__ import annotations

from typing import Any

import botocore
import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import client_for, hosts, only

from .table import interface, policy, vpce

pytestmark = pytest.mark.skipif(
    tuple(int(part) for part in botocore.__version__.split(".")[:2]) < (1, 34),
    reason="this botocore does not know Express",
)

BUCKET = "payroll--use1-az4--x-s3"
ZONE = "s3express-use1-az4.us-east-1.amazonaws.com"
FIPS_ZONE = "s3express-fips-use1-az4.us-east-1.amazonaws.com"
OBJECT = {"Bucket": BUCKET, "Key": "k"}


def s3(lab: Lab, made: dict[str, Any], **config: Any) -> Any:
    return client_for(lab, made, "s3", config=Config(**config))


def operations(lab: Lab) -> list[str]:
    return [seen.operation for seen in lab.seen]


def test_session_and_call_go_to_the_same_private_host(lab: Lab) -> None:
    for name in (ZONE, f"*.{ZONE}"):
        lab.host(name, "10.20.3.1")
    client = s3(lab, policy(private="require"))
    client.get_object(**OBJECT)
    client.put_object(**OBJECT, Body=b"abc")  # with the session that is there
    assert operations(lab) == ["CreateSession", "GetObject", "PutObject"]
    assert set(hosts(lab)) == {f"{BUCKET}.{ZONE}"}
    assert {(seen.address, seen.service, seen.region) for seen in lab.seen} == {
        ("10.20.3.1", "s3express", "us-east-1")
    }
    assert "x-amz-s3session-token" in lab.seen[-1].signed_headers


def test_session_and_call_are_fips(lab: Lab) -> None:
    for name in (FIPS_ZONE, f"*.{FIPS_ZONE}"):
        lab.host(name, "52.94.3.1")
    s3(lab, policy(fips="require")).get_object(**OBJECT)
    assert operations(lab) == ["CreateSession", "GetObject"]
    assert set(hosts(lab)) == {f"{BUCKET}.{FIPS_ZONE}"}


def test_not_even_a_session_is_asked_for_at_a_public_host(lab: Lab) -> None:
    for name in (ZONE, f"*.{ZONE}"):
        lab.host(name, "52.94.3.2")
    client = s3(lab, policy(interface("*." + vpce("s3")), private="require"))
    with pytest.raises(EndpointDenied) as refusal:
        client.get_object(**OBJECT)
    assert refusal.value.host == f"{BUCKET}.{ZONE}"
    assert lab.seen == []


def test_a_session_that_is_refused_ends_the_call(lab: Lab) -> None:
    for name in (ZONE, f"*.{ZONE}"):
        lab.host(name, "52.94.3.2")
    made = policy(private="prefer")
    made["rules"] = [
        {
            "services": ["s3"],
            "operations": ["CreateSession"],
            "fips": "require",
            "reason": "audited",
        }
    ]
    with pytest.raises(EndpointDenied) as refusal:
        s3(lab, made).get_object(**OBJECT)
    assert refusal.value.operation == "CreateSession"
    assert lab.seen == []


def test_a_session_does_not_carry_a_call_past_the_policy(lab: Lab) -> None:
    """Sessions are kept for minutes; each call is decided on all the same."""
    for name in (ZONE, f"*.{ZONE}"):
        lab.host(name, "10.20.3.1")
    made = policy(private="require")
    made["rules"] = [
        {"services": ["s3"], "operations": ["GetObject"], "fips": "require", "reason": "audited"}
    ]
    client = s3(lab, made)
    client.put_object(**OBJECT, Body=b"abc")
    with pytest.raises(EndpointDenied) as refusal:
        client.get_object(**OBJECT)
    assert refusal.value.host == f"{BUCKET}.{FIPS_ZONE}"
    assert operations(lab) == ["CreateSession", "PutObject"]


def test_one_client_for_both_kinds_of_bucket(lab: Lab) -> None:
    name = vpce("s3")
    lab.host(f"bucket.{name}", "10.20.3.3")
    lab.host(f"*.bucket.{name}", "10.20.3.3")
    for host in (ZONE, f"*.{ZONE}"):
        lab.host(host, "10.20.3.1")
    client = s3(lab, policy(interface(f"*.{name}"), private="require"))
    client.get_object(Bucket="payroll", Key="k")
    assert only(lab).host == f"payroll.bucket.{name}"
    client.get_object(**OBJECT)
    client.get_object(Bucket="payroll", Key="k")
    assert hosts(lab)[1:] == [f"{BUCKET}.{ZONE}"] * 2 + [f"payroll.bucket.{name}"]
