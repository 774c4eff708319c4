"""What people look at: ``client.meta.endpoint_url``, ``explain`` and the command line."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import NoRegionError, UnknownServiceError

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.cli.main import main
from endpoint_router.lab import Rcode, Silent
from endpoint_router.lab.network import Lab
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    ONE_ATTEMPT,
    client_for,
    only,
    policy_for,
    questions,
    session_for,
)

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BOTH: dict[str, Any] = {
    "defaults": {"fips": "require", "private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
}


# --- client.meta.endpoint_url


@pytest.mark.parametrize(
    ("policy", "host"),
    [
        ({}, KMS),
        (FIPS, KMS_FIPS),
        (BOTH, KMS_FIPS_VPCE),
        ({"vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}]}, KMS_VPCE),
    ],
    ids=["nothing", "fips", "both", "preferred"],
)
def test_the_url_that_is_shown_is_the_one_that_is_used(
    lab: Lab, policy: dict[str, Any], host: str
) -> None:
    client = client_for(lab, policy)
    assert client.meta.endpoint_url == f"https://{host}"
    client.list_keys()
    assert only(lab).host == host


def test_fifty_clients_with_a_silent_resolver_are_made_without_waiting(lab: Lab) -> None:
    lab.zone.set(KMS_FIPS, Silent())
    session = session_for(lab, {**FIPS, "dns": {"timeout": 20}})
    session.create_client("kms", "us-east-1")  # botocore's own data is read once
    started = time.monotonic()
    clients = [session.create_client("kms", "us-east-1") for _ in range(50)]
    assert time.monotonic() - started < 20
    assert {client.meta.endpoint_url for client in clients} == {f"https://{KMS_FIPS}"}


def test_the_first_call_waits_for_what_the_clients_creation_began(lab: Lab) -> None:
    client = client_for(lab, BOTH)
    deadline = time.monotonic() + 5
    while not questions(lab, KMS_FIPS_VPCE) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert questions(lab, KMS_FIPS_VPCE) == 1
    client.list_keys()
    assert questions(lab, KMS_FIPS_VPCE) == 1
    assert only(lab).host == KMS_FIPS_VPCE


# --- explain


def test_explain_an_allowed_call(lab: Lab) -> None:
    decision = endpoint_router.explain(
        "kms", "Encrypt", region="us-east-1", policy=policy_for(lab, BOTH)
    )
    assert decision.allowed
    assert decision.host == KMS_FIPS_VPCE
    assert (decision.signing_name, decision.signing_region) == ("kms", "us-east-1")
    assert decision.fips_basis == "named"
    assert lab.seen == []
    assert lab.https.errors == []


@pytest.mark.parametrize("operation", ["ListKeys", "list_keys", None])
def test_explain_says_what_then_happens(lab: Lab, operation: str | None) -> None:
    decision = endpoint_router.explain(
        "kms", operation, region="us-east-1", policy=policy_for(lab, FIPS)
    )
    assert lab.seen == []
    client_for(lab, FIPS).list_keys()
    seen = only(lab)
    assert decision.host == seen.host
    assert (decision.signing_name, decision.signing_region) == (seen.service, seen.region)


def test_explain_a_refusal_and_what_is_unverified(lab: Lab) -> None:
    policy = policy_for(lab, {"defaults": {"private": "require"}})
    decision = endpoint_router.explain("kms", region="us-east-1", policy=policy)
    assert (decision.outcome, decision.code) == ("denied", "private.public_address")
    assert decision.remedy
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    decision = endpoint_router.explain("kms", region="us-east-1", policy=policy)
    assert (decision.outcome, decision.code) == ("unverified", "private.unverified")
    assert lab.seen == []


def test_explain_where_the_host_depends_on_the_parameters(lab: Lab) -> None:
    lab.host("s3-fips.us-west-2.amazonaws.com", "52.94.1.1")
    decision = endpoint_router.explain(
        "s3",
        "put_object",
        region="us-west-2",
        params={"Bucket": "mine", "Key": "key"},
        policy=policy_for(lab, FIPS),
    )
    assert decision.host == "mine.s3-fips.us-west-2.amazonaws.com"
    assert lab.seen == []


def test_explain_a_host_prefix_and_an_express_bucket_without_sending(lab: Lab) -> None:
    """Through botocore's pipeline the bucket would cost a CreateSession."""
    lab.host("sync-states-fips.us-east-1.amazonaws.com", "52.94.1.1")
    arn = "arn:aws:states:us-east-1:111122223333:stateMachine:lab"
    decision = endpoint_router.explain(
        "stepfunctions",
        "StartSyncExecution",
        region="us-east-1",
        params={"stateMachineArn": arn},
        policy=policy_for(lab, FIPS),
    )
    assert decision.host == "sync-states-fips.us-east-1.amazonaws.com"
    endpoint_router.explain(
        "s3",
        "GetObject",
        region="us-west-2",
        params={"Bucket": "mine--usw2-az1--x-s3", "Key": "key"},
        policy=policy_for(lab, {}),
    )
    assert lab.seen == []


def test_explain_an_endpoint_url_and_a_configuration(lab: Lab) -> None:
    decision = endpoint_router.explain(
        "kms",
        region="us-east-1",
        endpoint_url="https://other.example",
        config=Config(retries=ONE_ATTEMPT),
        policy=policy_for(lab, FIPS),
    )
    assert decision.code == "endpoint_url.undeclared"


def test_explain_bad_input(lab: Lab) -> None:
    policy = policy_for(lab, FIPS)
    with pytest.raises(PolicyError, match="operation"):
        endpoint_router.explain("kms", "Encrpyt", region="us-east-1", policy=policy)
    with pytest.raises(UnknownServiceError):
        endpoint_router.explain("kmss", region="us-east-1", policy=policy)
    with pytest.raises(NoRegionError):
        endpoint_router.explain("kms", policy=policy)
    with pytest.raises(PolicyError):
        endpoint_router.explain("kms", region="us-east-1", policy={"defaults": {"fisp": 1}})


def test_explain_needs_no_credentials(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert endpoint_router.explain("kms", region="us-east-1", policy=policy_for(lab, FIPS)).allowed


# --- the command line


@pytest.fixture
def cli(lab: Lab, tmp_path: Path) -> Any:
    """``endpoint-router explain`` with a policy file for the lab."""

    def run(policy: dict[str, Any], *arguments: str) -> int:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": 1, **policy_for(lab, policy)}))
        return main(["explain", *arguments, "--region", "us-east-1", "--policy", str(file)])

    return run


def test_exit_0_and_a_trace_that_can_be_read(
    lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(BOTH, "kms", "--operation", "encrypt") == 0
    out = capsys.readouterr().out
    for word in ("ALLOWED", KMS_FIPS_VPCE, "kms / us-east-1", "10.20.0.11", "private-address"):
        assert word in out
    assert lab.seen == []


def test_exit_1_for_a_refusal(lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli({"defaults": {"private": "require"}}, "kms") == 1
    out = capsys.readouterr().out
    for word in ("DENIED", "private.public_address", "52.94.0.10", "way out"):
        assert word in out
    assert lab.seen == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["kms", "--operation", "Encrpyt"],
        ["kmss"],
        ["kms", "--params", "{"],
        ["kms", "--params", "[1]"],
        ["kms", "--profile", "nobody"],
    ],
    ids=["operation", "service", "json", "no object", "profile"],
)
def test_exit_2_for_bad_input(
    cli: Any, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli(FIPS, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("endpoint-router: ")
    assert captured.out == ""


def test_exit_2_for_a_policy_that_cannot_be_used(
    cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli({"defaults": {"fisp": "require"}}, "kms") == 2
    assert "fisp" in capsys.readouterr().err


def test_json(lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(BOTH, "kms", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data.keys() >= {
        "outcome", "code", "reason", "remedy", "service", "operation", "region", "partition",
        "host", "signing_name", "signing_region", "variant", "fips_basis", "presigned", "proxy",
        "rule", "settings", "candidates", "evidence",
    }  # fmt: skip
    assert (data["outcome"], data["code"], data["host"]) == ("allowed", "allowed", KMS_FIPS_VPCE)
    assert data["settings"]["fips"]["value"] == "require"
    assert "policy.json" in data["settings"]["fips"]["origin"]
    (evidence,) = [one for one in data["evidence"] if one["name"] == KMS_FIPS_VPCE]
    assert evidence["verdict"] == "private-address"
    assert evidence["addresses"] == ["10.20.0.11"]
    assert evidence["server"] == lab.dns_server
    assert cli({"defaults": {"private": "require"}}, "kms", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["outcome"], data["code"]) == ("denied", "private.public_address")
