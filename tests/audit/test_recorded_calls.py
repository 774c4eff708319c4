"""What real clients called, as servers saw it and CloudTrail would record it, is judged rightly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main
from tests.audit.recorded import CALLS, ENDPOINTS, Place, place


def audited(lab: Place, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    status = main([*lab.record(), "--require-evidence", "100%", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["complete"]
    return status, report


def violations(report: dict[str, Any]) -> set[tuple[str, str, str, int]]:
    rows = [row for row in report["calls"] if row["verdict"] == "violates"]
    return {(row["host"], row["region"], row["kind"], row["count"]) for row in rows}


def test_under_the_policy_no_call_violates_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with place(tmp_path) as lab:
        for call in CALLS:
            lab.make(call, routed=True)
        assert [seen.host for seen in lab.lab.seen] == [call.routed for call in CALLS]
        assert all(seen.sni == seen.host for seen in lab.lab.seen)
        status, report = audited(lab, capsys)
    assert status == 0
    assert report["verdicts"] == {
        "complies": len(CALLS),
        "violates": 0,
        "no_evidence": len(ENDPOINTS),  # network activity: the same calls once more
        "not_application": 0,
    }
    assert report["evidence_share"] == 1.0
    assert report["no_evidence"] == {"network-activity": len(ENDPOINTS)}
    paths = {(row["host"], row["path"]) for row in report["calls"] if row["verdict"] == "complies"}
    # Buckets are their owners' business, in the report too.
    hosts = {call.routed.removeprefix("lab-bucket.") for call in CALLS}
    assert {host for host, _ in paths} == hosts
    assert ("ssm.us-east-1.amazonaws.com", "interface") in paths
    assert ("dynamodb.us-east-1.amazonaws.com", "gateway") in paths
    assert ("sts.us-gov-west-1.amazonaws.com", "none") in paths


def test_without_the_router_each_violation_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with place(tmp_path) as lab:
        for call in CALLS:
            lab.make(call, routed=False)
        assert [seen.host for seen in lab.lab.seen] == [call.plain for call in CALLS]
        status, report = audited(lab, capsys)
    assert status == 1
    assert violations(report) == {
        ("iam.amazonaws.com", "us-east-1", "fips.no_basis", 1),
        ("kms.us-east-1.amazonaws.com", "us-east-1", "fips.no_basis", 1),
        ("kms.us-gov-west-1.amazonaws.com", "us-gov-west-1", "fips.no_basis", 1),
        ("lambda.us-east-1.amazonaws.com", "us-east-1", "fips.no_basis", 1),
        ("s3.amazonaws.com", "us-east-1", "private.public_address", 1),
        ("sqs.us-east-1.amazonaws.com", "us-east-1", "private.public_address", 1),
    }
    # Private DNS, a route and a regional host of GovCloud's need no router.
    complying = {row["host"] for row in report["calls"] if row["verdict"] == "complies"}
    assert complying == {call.plain for call in CALLS if call.plain == call.routed}
    assert report["evidence_share"] == 1.0
