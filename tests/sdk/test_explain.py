"""``explain``: what would happen to a call, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import NoRegionError, UnknownServiceError

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.lab import Rcode
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, KMS_FIPS_VPCE, ONE_ATTEMPT, client_for, only, policy_for

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BOTH: dict[str, Any] = {
    "defaults": {"fips": "require", "private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
}


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
