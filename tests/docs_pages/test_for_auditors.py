"""For auditors: the evidence that the page names is there, and its queries find it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import endpoint_router
from endpoint_router.codes import TABLE
from endpoint_router.lab.network import Lab
from tests.docs_pages.pages import ROOT, example, examples, page
from tests.support.lab_client import KMS_FIPS_VPCE, client_for, lab

__all__ = ["lab"]

PAGE = "explanation/for-auditors"
CONTROLS = ["SC-7", "SC-8", "SC-13", "AC-4", "AU-2", "AU-12"]
NAME = re.compile(r"`([a-z_]+\.[a-z_]+)`")


def sections() -> dict[str, dict[str, str]]:
    """Of each control, the rows of its table."""
    found = {}
    for part in page(PAGE).split("\n### ")[1:]:
        cells = re.findall(r"^\| ([a-z][a-z ]+) \| (.+) \|$", part.split("\n## ")[0], re.MULTILINE)
        found[part.split()[0]] = dict(cells)
    return found


def test_each_control_says_what_is_shown_and_what_is_not() -> None:
    assert list(sections()) == CONTROLS
    for control, cells in sections().items():
        assert list(cells) == ["contributes to", "does not show", "evidence"], control
    assert "satisfies none" in page(PAGE)


def test_codes_and_keys_exist() -> None:
    keys = (ROOT / "docs/reference/decision-log.md").read_text(encoding="utf-8")
    for cells in sections().values():
        for name in NAME.findall(cells["evidence"]):
            known = name in TABLE or f"| `{name}` |" in keys or name == "log.decisions"
            assert known, name


@pytest.fixture
def decisions(lab: Lab, tmp_path: Path) -> Path:
    """A log with a call that was sent, one that was refused, and one that a rule waives."""
    file = tmp_path / "decisions.jsonl"
    policy: dict[str, Any] = {
        "defaults": {"fips": "require", "private": "require"},
        "rules": [
            {
                "services": ["sqs"],
                "private": "off",
                "reason": "waiver SEC-1",
                "expires": "2099-12-31",
            }
        ],
        "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
        "log": {"decisions": str(file)},
    }
    client_for(lab, policy, "kms").list_keys()
    lab.host("sqs-fips.eu-west-1.amazonaws.com", "52.94.0.21")
    client_for(lab, policy, "sqs", "eu-west-1").list_queues()
    lab.host("sts-fips.us-east-1.amazonaws.com", "52.94.0.12")
    with pytest.raises(endpoint_router.EndpointDenied):
        client_for(lab, policy, "sts").get_caller_identity()
    return file


def run_query(containing: str, folder: Path, nth: int = 0) -> list[str]:
    if shutil.which("jq") is None:
        pytest.skip("no jq here")
    text = example(PAGE, "sh", containing)
    lines = [line for line in text.splitlines() if line.startswith("jq")]
    done = subprocess.run(
        ["sh", "-c", lines[nth]], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_queries_of_the_decision_log(decisions: Path) -> None:
    folder = decisions.parent
    (policy,) = run_query(".policy.hash", folder)
    assert re.search(r"\b3 sha256:[0-9a-f]{64}\tenforce", policy)
    sent = run_query('.outcome == "allowed"', folder)
    assert any(f"{KMS_FIPS_VPCE}\tnamed\tprivate-address" in line for line in sent)
    (refused,) = run_query('.outcome != "allowed"', folder)
    assert refused.split("\t")[-3:] == [
        "GetCallerIdentity", "sts-fips.us-east-1.amazonaws.com", "private.public_address"
    ]  # fmt: skip
    (waived,) = run_query('.outcome != "allowed"', folder, 1)
    assert waived.split("\t")[1:] == ["waiver SEC-1", "2099-12-31", "sqs"]


def record(**of: Any) -> dict[str, Any]:
    """A record of CloudTrail's with the fields that count here."""
    return {
        "eventVersion": "1.11",
        "eventTime": "2026-11-21T05:33:29Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "eventCategory": "Management",
        **of,
    }


def test_the_query_of_cloudtrail(tmp_path: Path) -> None:
    """Without ``tlsDetails`` there is no evidence, and half of it is none of the host."""
    tls = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}
    host = "kms-fips.us-gov-west-1.amazonaws.com"
    own = {"vpcEndpointId": "vpce-0123456789abcdef0", "vpcEndpointAccountId": "123456789012"}
    records = [
        record(tlsDetails={**tls, "clientProvidedHostHeader": host}, **own),
        record(tlsDetails=tls),
        record(userIdentity={"type": "AWSService", "invokedBy": "secretsmanager.amazonaws.com"}),
        record(eventCategory="Insight"),
    ]
    (tmp_path / "cloudtrail.json").write_text(json.dumps({"Records": records}))
    shown = [line.split("\t")[3:] for line in run_query("clientProvidedHostHeader", tmp_path)]
    assert shown == [
        [host, "TLSv1.3", "vpce-0123456789abcdef0"],
        ["no evidence", "TLSv1.3", "-"],
        ["no evidence", "-", "-"],
    ]


def test_the_examples_are_shell() -> None:
    assert {one.language for one in examples(PAGE)} == {"sh"}
