"""Which way a call came, for all that its record shows, and what the policy says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore import utils

from endpoint_router.audit.endpoints import OwnEndpoints

from .judged import host, judge_by, verdict
from .made import ACCOUNT, OURS

REQUIRE = 'version = 1\n[defaults]\nprivate = "require"\n'
LISTED = OwnEndpoints({}, {OURS: "interface", "vpce-9": "gateway"}, frozenset((ACCOUNT,)))
THROUGH: dict[str, dict[str, Any]] = {
    "interface": {"vpcEndpointId": OURS},
    "gateway": {"vpcEndpointId": "vpce-9"},
    "own": {"vpcEndpointId": "vpce-6", "vpcEndpointAccountId": ACCOUNT},
    "unknown": {"vpcEndpointId": "vpce-7"},
    "foreign": {"vpcEndpointId": "vpce-8", "vpcEndpointAccountId": "999999999999"},
    "none": {},
}
BUCKET: dict[str, Any] = {"service": "s3", "eventName": "GetObject", "host": "b." + host("s3")}
TABLE: dict[str, Any] = {"service": "dynamodb", "eventName": "GetItem", "host": host("dynamodb")}
ZONAL = "b--usgw1-az1--x-s3.s3express-usgw1-az1"
EXPRESS: dict[str, Any] = {
    "service": "s3express",
    "eventName": "CreateSession",
    "host": host(ZONAL),
}
#: Older botocores know no S3 Express.
CALLS = ({}, BUCKET, TABLE, EXPRESS)[: 4 if hasattr(utils, "is_s3express_bucket") else 3]
GATEWAY = """
[[vpc_endpoints]]
type = "gateway"
service = "dynamodb"
region = "us-gov-west-1"
prefix_list = ["52.94.0.0/24"]
"""


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_public_way_is_public_whatever_is_trusted(tmp_path: Path, count: int) -> None:
    networks = ["10.0.0.0/8", "52.94.0.0/16", "3.5.0.0/16", "35.71.64.0/24"][: count + 1]
    judge = judge_by(tmp_path, f"{REQUIRE}[network]\nprivate = {networks}\n", LISTED)
    found = verdict(judge)
    assert (found.name, found.kind) == ("violates", "private.public_address")
    assert verdict(judge, vpcEndpointId=OURS).name == "complies"


def test_where_no_network_is_trusted_nothing_is_private(tmp_path: Path) -> None:
    judge = judge_by(tmp_path, f"{REQUIRE}[network]\nprivate = []\n", LISTED)
    found = verdict(judge, vpcEndpointId=OURS)
    assert (found.name, found.kind) == ("violates", "private.unverified")


@pytest.mark.parametrize(
    ("path", "expected", "declared"),
    [
        ("interface", "complies complies complies complies", "complies"),
        ("gateway", "violates violates violates violates", "complies"),
        ("own", "complies no-evidence no-evidence no-evidence", "complies"),
        ("unknown", "no-evidence no-evidence no-evidence no-evidence", "no-evidence"),
        ("foreign", "violates violates violates violates", "violates"),
        ("none", "violates violates violates violates", "violates"),
    ],
)
def test_each_way(tmp_path: Path, path: str, expected: str, declared: str) -> None:
    """Of four services, three of which gateway endpoints are for; and with one declared."""
    judge = judge_by(tmp_path, REQUIRE, LISTED)
    of_four = [verdict(judge, **THROUGH[path], **each) for each in CALLS]
    assert [each.name for each in of_four] == expected.split()[: len(CALLS)]
    assert {each.path for each in of_four} == {path}
    judge = judge_by(tmp_path, REQUIRE + GATEWAY, LISTED)
    assert verdict(judge, **THROUGH[path], **TABLE).name == declared


def test_clients_that_share_a_name(tmp_path: Path) -> None:
    """An operation of both, of which one is waived: what it depends on is told."""
    waiver = '[[rules]]\nservices = ["elbv2"]\nprivate = "off"\nreason = "not yet"\n'
    judge = judge_by(tmp_path, REQUIRE + waiver, LISTED)
    balancers: dict[str, Any] = {
        "service": "elasticloadbalancing",
        "eventName": "DescribeLoadBalancers",
        "host": host("elasticloadbalancing"),
    }
    for path, kind in (("none", "client"), ("foreign", "client"), ("unknown", "endpoint")):
        found = verdict(judge, **THROUGH[path], **balancers)
        assert (found.name, found.kind, found.path) == ("no-evidence", kind, path)
    assert verdict(judge, **THROUGH["interface"], **balancers).name == "complies"
    newer = verdict(judge, **{**balancers, "eventName": "DescribeTargetGroups"})
    assert (newer.name, newer.rule.partition(" ")[0]) == ("complies", "rules[0]")
    older = verdict(judge, **{**balancers, "eventName": "DescribeInstanceHealth"})
    assert (older.name, older.rule.partition(" ")[0]) == ("violates", "defaults")


@pytest.mark.parametrize(
    ("expected", "changed"),
    [
        ("not-application", {"userIdentity": {"type": "AWSService"}}),
        ("no-evidence", {"tlsDetails": ...}),
        ("no-evidence", {"userIdentity": {"type": "AWSAccount", "accountId": "999999999999"}}),
    ],
)
def test_the_way_is_told_whatever_the_verdict(
    tmp_path: Path, expected: str, changed: dict[str, Any]
) -> None:
    found = verdict(judge_by(tmp_path, REQUIRE, LISTED), **THROUGH["foreign"], **changed)
    assert (found.name, found.path) == (expected, "foreign")


@pytest.mark.parametrize("front", ["bucket.", "accesspoint.", "control."])
def test_no_gateway_has_the_name_of_an_endpoint(tmp_path: Path, front: str) -> None:
    name = "vpce-0aaaaaaaaaaaaaaa1-abcdefgh.s3.us-gov-west-1.vpce.amazonaws.com"
    declared = f'[[vpc_endpoints]]\ntype = "interface"\ndns_names = ["*.{name}"]\n'
    judge = judge_by(tmp_path, REQUIRE + declared, LISTED)
    operation = "GetAccessPoint" if front == "control." else "GetObject"
    called = {"service": "s3", "eventName": operation, "host": f"b.{front}{name}"}
    assert verdict(judge, **THROUGH["own"], **called).name == "complies"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("none", "no VPC endpoint was on the way"),
        ("gateway", "came through vpce-9, a gateway endpoint that the policy does not declare"),
        ("foreign", "came through vpce-8, a VPC endpoint that is none of yours"),
    ],
)
def test_why_the_way_is_wrong(tmp_path: Path, path: str, why: str) -> None:
    found = verdict(judge_by(tmp_path, REQUIRE, LISTED), **THROUGH[path], **TABLE)
    assert found.reason == f"{TABLE['host']}: {why}, and private = require"


@pytest.mark.parametrize("mode", ["off", "report", "enforce"])
def test_every_policy_is_judged_as_if_it_were_in_force(tmp_path: Path, mode: str) -> None:
    judge = judge_by(tmp_path, REQUIRE.replace("version = 1", f'version = 1\nmode = "{mode}"'))
    assert verdict(judge).name == "violates"
