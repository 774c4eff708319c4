"""What of a record counts: its caller, its host, and why it has none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import astuple

from endpoint_router.audit.grouping import Group, group_of
from endpoint_router.audit.records import decode

from .made import ACCOUNT, ROLE, record


def group(**changed: Any) -> Group:
    (decoded,) = decode(json.dumps([record(**changed)]).encode())
    return group_of(decoded)


def session(role: str) -> dict[str, Any]:
    issuer = {"type": "Role", "arn": f"arn:aws-us-gov:iam::111122223333:role/{role}"}
    return {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}


def test_an_applications_call() -> None:
    made = group(vpcEndpointId="vpce-1", vpcEndpointAccountId="111122223333")
    assert (made.day, made.region, made.source) == ("2026-11-20", "us-gov-west-1", "kms")
    assert (made.account, made.operation, made.category) == (ACCOUNT, "Decrypt", "Management")
    assert (made.caller, made.lacks, made.tls) == ("application", "", "TLSv1.3")
    assert (made.endpoint, made.endpoint_owner) == ("vpce-1", "111122223333")
    assert (made.principal, made.application, made.labelled) == (ROLE, "billing", False)
    assert group(eventSource="KMS.amazonaws.com").source == "kms"
    assert group(userAgent="[Boto3/1.44.5 md/endpoint-router#1.0-0123abcd]").labelled


def test_a_record_that_says_nothing() -> None:
    nothing, _ = decode(json.dumps([{}, record()]).encode())
    said = ("Management", "", "", "", "", "application", "old-version", "", "", False)
    assert astuple(group_of(nothing)) == ("", "", "", "", "", *said)


CONSOLE = {"sessionCredentialFromConsole": "true"}
BROWSER = "[Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0]"
BY_URL: dict[str, Any] = {"additionalEventData": {"AuthenticationMethod": "QueryString"}}


@pytest.mark.parametrize(
    ("caller", "changed"),
    [
        ("none", {"eventType": "AwsServiceEvent"}),
        ("none", {"eventType": "AwsConsoleSignIn"}),
        ("none", {"eventSource": "aws:s3", "eventVersion": "2.2"}),
        ("application", {"eventVersion": "2.2"}),
        ("aws", {"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}),
        ("aws", {"userIdentity": session("aws-service-role/health.amazonaws.com/AWSServiceRole")}),
        ("application", {"userIdentity": session("aws-service-role")}),
        # A path may hold anything, and an identity provider gives names.
        ("application", {"userIdentity": session("x:role/aws-service-role/AWSServiceRole")}),
        (
            "application",
            {"userIdentity": {"type": "SAMLUser", "userName": "x:role/aws-service-role/y"}},
        ),
        ("on-behalf", {"userIdentity": {"type": "IAMUser", "invokedBy": "health.amazonaws.com"}}),
        ("console", {"sessionCredentialFromConsole": "true", "userAgent": "AWS Internal"}),
        ("console", {"sessionCredentialFromConsole": True, "userAgent": "Mozilla/5.0 (X11)"}),
        ("claims-console", {"userAgent": "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.1]"}),
        ("claims-console", {"userAgent": "AWS Internal"}),
        ("claims-console", {"userAgent": "console.ec2.amazonaws.com"}),
        (
            "claims-console",
            {"userAgent": BROWSER},
        ),
        ("application", {"userAgent": "aws-sdk-js/2.1692.0 Mozilla/5.0 (X11)"}),
        ("application", {"userAgent": "Boto3/1.44.5 app/console.billing"}),
        ("application", {"userAgent": "python-requests/2.32 console.amazonaws.com"}),
        (
            "on-behalf",
            {
                "userAgent": "signin.amazonaws.com",
                "userIdentity": {"type": "Root", "invokedBy": "signin.amazonaws.com"},
            },
        ),
        ("claims-console", {"userAgent": "[S3Console/0.4]"}),
        ("claims-console", {"userAgent": "signin.amazonaws.com"}),
        ("claims-console", {"userAgent": "aws-sdk-java/1.12 aws-internal/3"}),
        ("console", {**CONSOLE, "userAgent": "aws-sdk-java/1.12 aws-internal/3"}),
        # In the console's shell an SDK calls by itself.
        ("application", {**CONSOLE, "userAgent": "aws-cli/2.1 x"}),
        ("application", {**CONSOLE, "userAgent": "[Boto3/1.44.5 md/Botocore#1.44.5]"}),
        ("application", {**CONSOLE, "userAgent": "Botocore/1.44.5"}),
        ("application", {**CONSOLE, "userAgent": "aws-sdk-go-v2/1.30.3"}),
        ("application", {**CONSOLE, "userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9"}),
        ("another-account", {"userIdentity": {"type": "AWSAccount"}}),
        ("another-account", {"userIdentity": {"type": "AWSAccount"}, "userAgent": BROWSER}),
        ("presigned", {"eventSource": "s3.amazonaws.com", **BY_URL}),
        ("presigned", {"eventSource": "s3.amazonaws.com", "userAgent": BROWSER, **BY_URL}),
        ("presigned", {"eventSource": "S3.amazonaws.com", **BY_URL}),
        ("application", BY_URL),
        ("application", {"userIdentity": ..., "eventType": ...}),
    ],
)
def test_callers(caller: str, changed: dict[str, Any]) -> None:
    assert group(**changed).caller == caller


@pytest.mark.parametrize(
    ("principal", "identity"),
    [
        ("alice", {"type": "IAMUser", "userName": "alice"}),
        ("Root", {"type": "Root"}),
        ("999999999999", {"type": "AWSAccount", "accountId": "999999999999"}),
        ("AWSAccount", {"type": "AWSAccount"}),
        ("", {"sessionContext": {"sessionIssuer": {}}}),
    ],
)
def test_who_called(principal: str, identity: dict[str, Any]) -> None:
    assert group(userIdentity=identity).principal == principal


@pytest.mark.parametrize(
    ("category", "changed"),
    [
        ("Data", {"managementEvent": False}),
        ("Management", {"managementEvent": True}),
        ("Management", {"managementEvent": ...}),
        ("NetworkActivity", {"managementEvent": False, "eventType": "AwsVpceEvent"}),
        ("NetworkActivity", {"eventType": "AwsVpceEvents"}),
        ("Insight", {"managementEvent": False, "eventCategory": "Insight"}),
    ],
)
def test_the_category_that_older_versions_leave_out(category: str, changed: dict[str, Any]) -> None:
    made = group(**{"eventCategory": ..., **changed})
    assert (made.category, made.caller) == (category, "application")


@pytest.mark.parametrize(
    ("lacks", "changed"),
    [
        ("service", {"tlsDetails": ...}),
        ("service", {"tlsDetails": None, "eventVersion": "1.11"}),
        ("service", {"tlsDetails": ..., "eventVersion": "1.08"}),
        ("old-version", {"tlsDetails": ..., "eventVersion": "1.07"}),
        ("old-version", {"tlsDetails": ..., "eventVersion": ...}),
        ("host", {"host": ""}),
        ("version", {"eventVersion": "2.0"}),
        ("version", {"eventVersion": "soon", "tlsDetails": ...}),
        ("network-activity", {"tlsDetails": ..., "eventCategory": "NetworkActivity"}),
        ("network-activity", {"tlsDetails": ..., "eventType": "AwsVpceEvents"}),
        ("", {}),
    ],
)
def test_why_there_is_no_host(lacks: str, changed: dict[str, Any]) -> None:
    if changed.get("eventType"):
        changed["eventCategory"] = ...
    assert group(**changed).lacks == lacks


@pytest.mark.parametrize(
    ("source", "header", "host"),
    [
        ("kms", "KMS.us-east-1.amazonaws.com:443", "kms.us-east-1.amazonaws.com"),
        ("kms", "kms.us-east-1.amazonaws.com:8443", "kms.us-east-1.amazonaws.com:8443"),
        ("kms", "kms.us-east-1.amazonaws.com.:443", "kms.us-east-1.amazonaws.com"),
        ("kms", " kms.us-east-1.amazonaws.com. ", "kms.us-east-1.amazonaws.com"),
        (
            "kms",
            "x.vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com",
            "vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com",
        ),
        # A KELVIN SIGN is no letter of a host, though in lower case it is a k.
        ("kms", "\u212ams.us-east-1.amazonaws.com", "\u212ams.us-east-1.amazonaws.com"),
        (
            "s3",
            "b.u.cket.s3-fips.us-gov-west-1.amazonaws.com",
            "s3-fips.us-gov-west-1.amazonaws.com",
        ),
        ("s3", "b.s3.amazonaws.com", "s3.amazonaws.com"),
        ("sts", "sts-global.eu-west-1.amazonaws.com", "sts.amazonaws.com"),
        ("kms", "sts-global.eu-west-1.amazonaws.com", "sts-global.eu-west-1.amazonaws.com"),
        (
            "s3",
            "b.bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
            "bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
        ),
        (
            "s3",
            "point-111122223333.accesspoint.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
            "accesspoint.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
        ),
        (
            "s3",
            "111122223333.control.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
            "control.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
        ),
        (
            "kms",
            "vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com",
            "vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com",
        ),
    ],
)
def test_hosts_without_their_buckets(source: str, header: str, host: str) -> None:
    assert group(eventSource=f"{source}.amazonaws.com", host=header).host == host


def test_the_region_that_answered_for_the_global_host() -> None:
    changed: dict[str, Any] = {
        "eventSource": "sts.amazonaws.com",
        "awsRegion": "us-east-1",
        "host": "sts.amazonaws.com",
    }
    details = {"RequestDetails": {"endpointType": "global", "awsServingRegion": "eu-west-1"}}
    assert group(additionalEventData=details, **changed).region == "eu-west-1"
    flat = {"awsServingRegion": "eu-west-3"}
    assert group(additionalEventData=flat, **changed).region == "eu-west-3"
    assert group(additionalEventData={"MFAUsed": "No"}, **changed).region == "us-east-1"
    changed["eventSource"] = "kms.amazonaws.com"
    assert group(additionalEventData=flat, **changed).region == "us-east-1"


def test_a_day_that_is_none_is_left_out() -> None:
    assert group(eventTime="The time, in ISO-8601 format").day == ""
    assert group(eventTime="2023-01-09 16:01:21").day == "2023-01-09"
