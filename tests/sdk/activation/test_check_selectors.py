"""Selectors that match nothing known: misspelt ones are refused, new ones stand with a warning."""

from __future__ import annotations

from typing import Any

import pytest

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import load
from endpoint_router.policy.slips import meant
from endpoint_router.sdk.activation.check import check_policy
from tests.support.installing import kms, unrouted

TIGHTER: dict[str, Any] = {"private": "require"}


def warnings(rule: dict[str, Any], **policy: Any) -> list[str]:
    return check_policy(load({"rules": [{**TIGHTER, **rule}], **policy}, environ={}))


def refusal(rule: dict[str, Any], **policy: Any) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        warnings(rule, **policy)
    return caught.value


MISSPELT = [
    ("services", "kmss", "kms"),
    ("services", "Secrets-Manager", "secretsmanager"),
    ("operations", "Decript", "Decrypt"),
    ("operations", "put_object", "PutObject"),
    ("regions", "us-gov-wst-1", "us-gov-west-1"),
    ("regions", "us-gvo-*", "us-gov-"),
    ("partitions", "aws-gov", "aws-us-gov"),
]


@pytest.mark.parametrize(("key", "glob", "name"), MISSPELT)
def test_a_misspelt_selector_is_refused_with_the_right_name(key: str, glob: str, name: str) -> None:
    error = refusal({key: [glob]})
    assert error.where == f"code, rules[0].{key}"
    assert error.found == f'"{glob}"'
    assert error.hint.startswith(f"Did you mean {name}")


@pytest.mark.parametrize(("key", "glob", "name"), MISSPELT)
def test_nothing_is_sent_by_a_rule_that_would_not_have_matched(
    key: str, glob: str, name: str, lab: Lab
) -> None:
    with pytest.raises(PolicyError, match=name):
        endpoint_router.install({"rules": [{**TIGHTER, key: [glob]}]})
    with pytest.raises(PolicyError, match=name):
        kms(unrouted(lab)).list_keys()
    assert lab.seen == []


@pytest.mark.parametrize(("key", "glob", "name"), MISSPELT)
def test_a_rule_that_only_loosens_is_idle_then(key: str, glob: str, name: str) -> None:
    defaults = {"fips": "require"}
    waiver = {"private": "off", "fips": "off", "reason": "r", key: [glob]}
    (warning,) = warnings(waiver, defaults=defaults)
    assert warning.startswith(f'code, rules[0].{key}: "{glob}" matches nothing that botocore ')
    assert f"Did you mean {name}" in warning
    # One that also tightens must not be lost.
    assert refusal({"fips": "off", "reason": "r", key: [glob]}, defaults=defaults)


@pytest.mark.parametrize(
    ("key", "glob"),
    [
        ("services", "brand-new"),
        ("services", "eds"),
        ("regions", "us-west-3"),
        ("regions", "aws-global"),
        ("partitions", "aws-iso-z"),
    ],
)
def test_what_a_newer_botocore_may_have_is_a_warning_and_the_rule_stands(
    key: str, glob: str
) -> None:
    (warning,) = warnings({key: [glob]})
    assert f'rules[0].{key}: "{glob}" matches nothing' in warning


def test_new_operations_of_services_that_are_named() -> None:
    (warning,) = warnings({"services": ["kms"], "operations": ["DecryptQuantumly"]})
    assert "DecryptQuantumly" in warning


@pytest.mark.parametrize(
    "rule",
    [
        {"services": ["KMS", "s3*", "http", "*"]},
        {"services": ["kms"], "operations": ["decrypt", "Generate*", "Request"]},
        {"operations": ["InvokeModel"]},
        {"operations": ["Delete*", "PutObject"]},
        {"services": ["http"], "operations": ["Request"]},
        {"services": ["c*"], "operations": ["StartBuild", "ListPipelines"]},
        {"regions": ["us-gov-*", "US-EAST-1", "*-iso*"]},
        {"partitions": ["aws", "aws-us-*"]},
    ],
)
def test_names_that_are_known(rule: dict[str, Any]) -> None:
    assert warnings(rule) == []


def test_what_is_like_an_operation_of_a_usual_service_may_be_that_of_another() -> None:
    """ec2 has ``CreateVpnConnection``, kafka ``CreateVpcConnection``."""
    assert meant("CreateVpcConnection", ["CreateVpnConnection"])
    assert warnings({"operations": ["CreateVpcConnection", "DeleteVpcConn*"]}) == []
    assert "CreateVpnConnection" in refusal({"operations": ["CreateVpxConnection"]}).hint


def test_the_name_of_an_endpoint_is_not_that_of_a_client() -> None:
    error = refusal({"services": ["monitoring"]})
    assert "boto3's client is not" in error.hint


@pytest.mark.parametrize("where", ["defaults", "rules"])
def test_allowed_regions(where: str) -> None:
    def policy(glob: str) -> dict[str, Any]:
        table = {"allowed_regions": [glob]}
        return {"defaults": table} if where == "defaults" else {"rules": [table]}

    for good in ("us-gov-*", "aws-global", "*"):
        assert check_policy(load(policy(good), environ={})) == []
    (warning,) = check_policy(load(policy("us-west-3"), environ={}))
    assert "allowed_regions" in warning
    with pytest.raises(PolicyError, match="us-gov-west-1"):
        check_policy(load(policy("us-gov-wst-1"), environ={}))


def test_allowed_regions_of_a_variable() -> None:
    environ = {"ENDPOINT_ROUTER_ALLOWED_REGIONS": "us-east-1 us-gov-wst-1"}
    with pytest.raises(PolicyError) as caught:
        check_policy(load(environ=environ))
    assert caught.value.where == "ENDPOINT_ROUTER_ALLOWED_REGIONS"


def test_services_of_a_custom_endpoint_are_warned_about() -> None:
    custom = {"url": "https://minio.internal.example", "services": ["s3", "s33"]}
    (warning,) = check_policy(load({"custom_endpoints": [custom]}, environ={}))
    assert "custom_endpoints[0].services" in warning
    assert "s3" in warning
