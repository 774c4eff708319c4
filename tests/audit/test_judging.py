"""Each group is judged as a live call would be, with what CloudTrail saw in the place of DNS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore import utils
from botocore.regions import EndpointResolverBuiltins
from msgspec.structs import replace

from endpoint_router.audit.endpoints import OwnEndpoints, own_endpoints
from endpoint_router.audit.judging import Judge
from endpoint_router.discover.described import decode as described_by
from endpoint_router.policy.load import load

from .judged import group, host, judge_by, verdict
from .made import ACCOUNT, OURS

KMS = f"{OURS}-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"
ZONAL = KMS.replace("abcdefgh", "abcdefgh-us-gov-west-1a")


S3 = "vpce-0aaaaaaaaaaaaaaa1-abcdefgh.s3.us-gov-west-1.vpce.amazonaws.com"
POLICY = f"""\
version = 1
mode = "report"

[defaults]
fips = "require"
private = "require"
allowed_regions = ["us-gov-*"]

[[rules]]
services = ["secretsmanager"]
operations = ["GetSecretValue"]
fips = "off"
private = "off"
reason = "SEC-1234"
expires = 2026-11-20

[[rules]]
services = ["sts", "ses", "sesv2", "elbv2", "s3control", "dynamodb"]
private = "off"
reason = "not yet"

[[rules]]
services = ["s3"]
fips_basis = "attested"
reason = "the endpoint's name does not say so"

[[rules]]
services = ["iam"]
fips = "off"
private = "off"
reason = "has none"

[[vpc_endpoints]]
type = "interface"
dns_names = ["{KMS}", "{ZONAL}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["*.{S3}"]
serves = ["s3-fips.us-gov-west-1.amazonaws.com", "*.s3-fips.us-gov-west-1.amazonaws.com"]
fips = true
reason = "attested"

[[vpc_endpoints]]
type = "gateway"
service = "s3"
region = "us-gov-west-1"
prefix_list = ["52.92.0.0/17"]
"""
LISTING = {
    "VpcEndpoints": [
        {"VpcEndpointId": "vpce-9", "VpcEndpointType": "Gateway", "OwnerId": ACCOUNT},
        {"VpcEndpointId": "vpce-8", "VpcEndpointType": "Interface", "OwnerId": ACCOUNT},
        {
            "VpcEndpointId": "vpce-5",
            "VpcEndpointType": "GatewayLoadBalancer",
            "OwnerId": ACCOUNT,
        },
    ]
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    path.write_text(POLICY)
    loaded = load(path, environ={}, system_policy="")
    described = described_by(LISTING).VpcEndpoints
    return Judge(loaded, own_endpoints(loaded.parsed, described or (), [group()]))


#: botocore before 1.35 knows no account ids in hosts.
KNOWS_ACCOUNT_IDS = hasattr(EndpointResolverBuiltins, "ACCOUNT_ID_ENDPOINT_MODE")

COMPLIES: dict[str, dict[str, Any]] = {
    "by private DNS": {"vpcEndpointId": OURS},
    "through a listed endpoint": {"vpcEndpointId": "vpce-8"},
    "through one of our account's": {"vpcEndpointId": "vpce-7", "vpcEndpointAccountId": ACCOUNT},
    "by its name": {"host": KMS, "vpcEndpointId": OURS},
    "by the name of its zone": {
        "host": ZONAL,
        "vpcEndpointId": OURS,
    },
    "S3 by the endpoint's name": {
        "service": "s3",
        "eventName": "GetObject",
        "host": f"example.bucket.{S3}",
        "vpcEndpointId": "vpce-0aaaaaaaaaaaaaaa1",
    },
    "an access point": {
        "service": "s3",
        "eventName": "GetObject",
        "host": f"a-{ACCOUNT}.{host('s3-accesspoint-fips')}",
        "vpcEndpointId": "vpce-8",
    },
    "a service that CloudTrail names otherwise": {
        "service": "amazonmq",
        "eventName": "ListBrokers",
        "host": host("mq-fips"),
        "vpcEndpointId": "vpce-8",
    },
    "another's name": {
        "service": "autoscaling",
        "eventName": "DescribeScalableTargets",
        "host": host("application-autoscaling"),
        "vpcEndpointId": "vpce-8",
    },
    "S3 through the gateway": {
        "service": "s3",
        "eventName": "GetObject",
        "host": "example." + host("s3-fips"),
        "vpcEndpointId": "vpce-9",
    },
    "an operation that only S3's control knows": {
        "service": "s3",
        "eventName": "ListJobs",
        "host": f"{ACCOUNT}." + host("s3-control-fips"),
    },
    "FIPS without the name": {"service": "sts", "eventName": "AssumeRole", "host": host("sts")},
    "two clients of a name": {
        "service": "ses",
        "eventName": "SendBulkEmail",
        "host": host("email-fips"),
    },
    "of the newer of two": {
        "service": "elasticloadbalancing",
        "eventName": "DescribeTargetGroups",
        "host": host("elasticloadbalancing"),
    },
    "waived on its last day": {
        "service": "secretsmanager",
        "eventName": "GetSecretValue",
        "host": host("secretsmanager"),
    },
    "global, in its partition": {
        "service": "iam",
        "eventName": "ListRoles",
        "host": "iam.us-gov.amazonaws.com",
    },
}


@pytest.mark.parametrize("name", COMPLIES)
def test_complies(judge: Judge, name: str) -> None:
    found = verdict(judge, **COMPLIES[name])
    assert (found.name, found.reason) == ("complies", "")


VIOLATES: dict[str, tuple[str, dict[str, Any]]] = {
    "not FIPS": ("fips.no_basis", {"host": host("kms"), "vpcEndpointId": OURS}),
    "a public way": ("private.public_address", {}),
    "AWS's endpoint": (
        "private.public_address",
        {"vpcEndpointId": "vpce-f40dc59d", "vpcEndpointAccountId": "999999999999"},
    ),
    "ours, to a firewall": ("private.public_address", {"vpcEndpointId": "vpce-5"}),
    "AWS's, without an id": ("private.public_address", {"vpcEndpointId": "AWS Internal"}),
    "our name, on AWS's endpoint": (
        "private.public_address",
        {
            "host": KMS,
            "vpcEndpointId": "vpce-f40dc59d",
            "vpcEndpointAccountId": "999999999999",
        },
    ),
    "a role that is called like a service's": (
        "private.public_address",
        {
            "userIdentity": {
                "type": "AssumedRole",
                "sessionContext": {
                    "sessionIssuer": {
                        "arn": f"arn:aws-us-gov:iam::{ACCOUNT}:role/x:role/aws-service-role/y"
                    }
                },
            }
        },
    ),
    "an application that is called like the console": (
        "private.public_address",
        {"userAgent": "Boto3/1.44.5 app/console.billing"},
    ),
    "a bucket of another region, by S3's global host": (
        "region.not_allowed",
        {
            "service": "s3",
            "eventName": "GetObject",
            "host": "b.s3.amazonaws.com",
            "awsRegion": "eu-west-1",
        },
    ),
    "an access point, and no FIPS": (
        "fips.no_basis",
        {
            "service": "s3",
            "eventName": "GetObject",
            "host": f"a-{ACCOUNT}.{host('s3-accesspoint')}",
            "vpcEndpointId": "vpce-9",
        },
    ),
    "no such host": ("endpoint_url.undeclared", {"host": host("kms-fops"), "vpcEndpointId": OURS}),
    "somebody's endpoint": (
        "endpoint_url.undeclared",
        {"host": KMS.replace(OURS, "vpce-0bbbbbbbbbbbbbbb1")},
    ),
    "another name of ours, which the policy does not have": (
        "endpoint_url.undeclared",
        {"host": ZONAL.replace("1a", "1b", 1)},
    ),
    "another region": (
        "region.not_allowed",
        {"host": host("kms-fips", "us-east-1"), "awsRegion": "us-east-1", "vpcEndpointId": OURS},
    ),
    "S3 past the gateway": (
        "private.public_address",
        {"service": "s3", "eventName": "GetObject", "host": "example." + host("s3-fips")},
    ),
    "waived until the day before": (
        "fips.no_basis",
        {
            "service": "secretsmanager",
            "eventName": "GetSecretValue",
            "host": host("secretsmanager"),
            "eventTime": "2026-11-21T00:00:00Z",
        },
    ),
    "another operation than the waived": (
        "fips.no_basis",
        {
            "service": "secretsmanager",
            "eventName": "PutSecretValue",
            "host": host("secretsmanager"),
        },
    ),
    "a service that botocore does not know": (
        "fips.no_basis",
        {"service": "newest", "eventName": "Do", "host": host("newest"), "vpcEndpointId": "vpce-8"},
    ),
    "global STS, answered elsewhere": (
        "region.not_allowed",
        {
            "service": "sts",
            "eventName": "AssumeRole",
            "host": "sts.amazonaws.com",
            "awsRegion": "us-east-1",
            "additionalEventData": {"RequestDetails": {"awsServingRegion": "eu-west-1"}},
        },
    ),
}


@pytest.mark.parametrize("name", VIOLATES)
def test_violates(judge: Judge, name: str) -> None:
    code, changed = VIOLATES[name]
    found = verdict(judge, **changed)
    assert (found.name, found.kind) == ("violates", code)
    assert "52.94" not in found.reason  # nobody looked anything up


NO_EVIDENCE: dict[str, dict[str, Any]] = {
    "on-behalf": {"userIdentity": {"type": "IAMUser", "invokedBy": "health.amazonaws.com"}},
    "console": {"sessionCredentialFromConsole": "true", "userAgent": "AWS Internal"},
    "claims-console": {"userAgent": "S3Console/0.4, aws-internal/3 aws-sdk-java/1.12"},
    "service": {"tlsDetails": ...},
    "old-version": {"tlsDetails": ..., "eventVersion": "1.05"},
    "network-activity": {"tlsDetails": ..., "eventCategory": "NetworkActivity"},
    "host": {"host": "not a host"},
    "version": {"eventVersion": "2.0"},
    "undated": {"eventTime": "soon"},
    # It may be ours or AWS's, and the policy would say different things.
    "endpoint": {"vpcEndpointId": "vpce-0ccccccccccccccc1"},
}


@pytest.mark.parametrize("kind", NO_EVIDENCE)
def test_no_evidence_of_its_kind(judge: Judge, kind: str) -> None:
    found = verdict(judge, **NO_EVIDENCE[kind])
    assert (found.name, found.kind) == ("no-evidence", kind)


def test_what_was_judged_before_all_was_known_changes_nothing(judge: Judge, tmp_path: Path) -> None:
    cases = [*COMPLIES.values(), *(changed for _, changed in VIOLATES.values())]
    groups = [group(**changed) for changed in (*cases, *NO_EVIDENCE.values())]
    # Whoever owns this endpoint has no records in the end: those that were seen are replaced.
    other = "444455556666"
    groups.append(group(vpcEndpointId="vpce-7", vpcEndpointAccountId=other))
    ready = judge_by(tmp_path, POLICY, judge.own)
    ready.get_ready([group(recipientAccountId=other)])
    assert ready.own.path(groups[-1]) == "own"
    ready.get_ready(groups[::-1])
    ready.own = judge.own
    for each in groups:
        early, late = ready.verdict(each), judge.verdict(each)
        assert early == replace(late, rule=early.rule)  # which says in which file it stands


@pytest.mark.parametrize(
    "header",
    [
        *("-", "*", "user@" + host("kms-fips"), "user:pw@" + host("kms-fips")),
        *("https://" + host("kms-fips"), host("kms-fips") + "/", host("kms-fips") + ":x"),
        *("[::1]:443", host("kms-fips") + "," + host("kms-fips"), "\u212ams-fips.amazonaws.com"),
    ],
)
def test_what_is_no_host_is_no_evidence(judge: Judge, header: str) -> None:
    found = verdict(judge, host=header, vpcEndpointId=OURS)
    assert (found.name, found.kind) == ("no-evidence", "host")


@pytest.mark.parametrize(
    "way",
    [{}, {"vpcEndpointId": "vpce-0ccccccccccccccc1"}],
    ids=["no endpoint", "who knows whose"],
)
def test_the_name_of_our_endpoint_is_no_proof_of_the_way(judge: Judge, way: dict[str, Any]) -> None:
    found = verdict(judge, host=KMS, **way)
    assert (found.name, found.kind) == ("no-evidence", "endpoint")


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("999999999999", ("no-evidence", "another-account")),
        ("ANONYMOUS_PRINCIPAL", ("no-evidence", "another-account")),
        (ACCOUNT, ("violates", "private.public_address")),
    ],
)
def test_strangers_break_no_policy_of_ours(
    judge: Judge, account: str, expected: tuple[str, str]
) -> None:
    who = {"type": "AWSAccount", "principalId": "", "accountId": account}
    found = verdict(judge, userIdentity=who)
    assert (found.name, found.kind) == expected
    assert verdict(judge, userIdentity=who, vpcEndpointId=OURS).name == "complies"


@pytest.mark.parametrize(
    ("presigned", "expected"), [("public", "complies"), ("routed", "violates")]
)
def test_whoever_uses_a_presigned_url_is_elsewhere(
    tmp_path: Path, presigned: str, expected: str
) -> None:
    path = tmp_path / "policy.toml"
    wanted = f'fips = "require"\nprivate = "require"\npresigned = "{presigned}"'
    path.write_text(f"version = 1\n[defaults]\n{wanted}\n")
    judge = Judge(load(path, environ={}, system_policy=""), OwnEndpoints())
    by_url: dict[str, Any] = {
        "service": "s3",
        "eventName": "GetObject",
        "additionalEventData": {"AuthenticationMethod": "QueryString"},
    }
    assert verdict(judge, host="b." + host("s3-fips"), **by_url).name == expected
    assert verdict(judge, host="b." + host("s3"), **by_url).kind == "fips.no_basis"
    by_url["additionalEventData"] = {"AuthenticationMethod": "AuthHeader"}
    assert verdict(judge, host="b." + host("s3-fips"), **by_url).name == "violates"


@pytest.mark.skipif(
    not hasattr(utils, "is_s3express_bucket"), reason="botocore knows no S3 Express"
)
def test_s3_express_of_which_cloudtrail_makes_a_service(judge: Judge) -> None:
    named: dict[str, Any] = {
        "service": "s3express",
        "eventName": "CreateSession",
        "vpcEndpointId": "vpce-8",
    }
    front = "b--usgw1-az1--x-s3.s3express"
    assert verdict(judge, host=host(f"{front}-fips-usgw1-az1"), **named).name == "complies"
    assert verdict(judge, host=host(f"{front}-usgw1-az1"), **named).kind == "fips.no_basis"


@pytest.mark.skipif(not KNOWS_ACCOUNT_IDS, reason="this botocore has no account ids in hosts")
def test_a_host_with_its_account_is_the_services(tmp_path: Path) -> None:
    judge = judge_by(
        tmp_path,
        'version = 1\n[defaults]\nprivate = "require"\n',
        OwnEndpoints({}, {OURS: "interface"}),
    )
    named: dict[str, Any] = {
        "service": "dynamodb",
        "eventName": "GetItem",
        "awsRegion": "us-east-1",
        "host": f"{ACCOUNT}.ddb.us-east-1.amazonaws.com",
    }
    assert verdict(judge, **named, vpcEndpointId=OURS).name == "complies"
    assert verdict(judge, **named).kind == "private.public_address"


@pytest.mark.parametrize("front", ["", "-fips", ".dualstack", "-fips.dualstack"])
def test_whatever_a_client_asked_for_by_itself_is_a_host_of_the_services(
    tmp_path: Path, front: str
) -> None:
    judge = judge_by(
        tmp_path,
        """\
version = 1

[defaults]
private = "require"

[[vpc_endpoints]]
type = "gateway"
service = "s3"
region = "us-gov-west-1"
prefix_list = ["52.92.0.0/17"]
""",
        OwnEndpoints({}, {"vpce-9": "gateway"}),
    )
    for family in (f"a-{ACCOUNT}.s3-accesspoint", "b.s3"):
        made: dict[str, Any] = {"service": "s3", "eventName": "GetObject"}
        made["host"] = host(f"{family}{front}")
        found = verdict(judge, vpcEndpointId="vpce-9", **made)
        assert (found.name, found.reason) == ("complies", ""), family
        assert verdict(judge, **made).kind == "private.public_address", family


def test_a_gateway_and_an_interface_are_told_apart_where_it_matters(judge: Judge) -> None:
    ours = {"vpcEndpointId": "vpce-6", "vpcEndpointAccountId": ACCOUNT}
    table = {"service": "dynamodb", "eventName": "GetItem", **ours}
    bucket = {"service": "s3", "eventName": "GetObject", **ours}
    # The policy declares a gateway for S3 in this region, so either is fine.
    assert verdict(judge, host="b." + host("s3-fips"), **bucket).name == "complies"
    assert verdict(judge, host=host("dynamodb"), **table).name == "complies"
    other = {"awsRegion": "us-gov-east-1", "host": "b." + host("s3-fips", "us-gov-east-1")}
    found = verdict(judge, **bucket, **other)
    assert (found.name, found.kind) == ("no-evidence", "endpoint")


def test_what_is_no_call_of_an_application(judge: Judge) -> None:
    service = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert verdict(judge, userIdentity=service).name == "not-application"
    assert verdict(judge, eventType="AwsServiceEvent").name == "not-application"


def test_the_rule_and_its_line_are_told(judge: Judge) -> None:
    found = verdict(judge, host=host("kms"), vpcEndpointId=OURS)
    assert found.rule.startswith("defaults (file ")
    assert found.rule.endswith("policy.toml:5)")
    changed: dict[str, Any] = {
        "service": "sts",
        "host": host("sts-fips"),
        "eventName": "AssumeRole",
    }
    assert verdict(judge, **changed).name == "violates"


def test_a_policy_without_demands_finds_no_violation(tmp_path: Path) -> None:
    judge = judge_by(tmp_path, "version = 1\n")
    for _, changed in VIOLATES.values():
        assert verdict(judge, **changed).name == "complies"
