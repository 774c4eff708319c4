"""Users whose endpoint URL did not go together with FIPS, or with the credential chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import client_for, hosts, only, scope, session_for

REQUIRE: dict[str, Any] = {"defaults": {"fips": "require"}}
GOV_SQS = "vpce-0123456789abcdef0-abcdefgh.sqs.us-gov-west-1.vpce.amazonaws.com"


def test_aws_sdk_go_v2_3196(lab: Lab) -> None:
    """SQS on a VPC endpoint in GovCloud with FIPS on: "FIPS and custom endpoint are not supported";
    in GovCloud the plain SQS host is the FIPS one, which the policy attests for the endpoint."""
    lab.host(GOV_SQS, "10.20.2.1")
    lab.host("sqs.us-gov-west-1.amazonaws.com", "52.94.3.1")
    endpoint = {
        "type": "interface",
        "dns_names": [GOV_SQS],
        "fips": True,
        "reason": "sqs.us-gov-west-1 is AWS's FIPS host",
    }
    policy = {
        "defaults": {"fips": "require", "fips_basis": "attested", "private": "require"},
        "vpc_endpoints": [endpoint],
    }
    for arguments in ({}, {"endpoint_url": f"https://{GOV_SQS}"}):
        config = Config(use_fips_endpoint=True)
        client_for(lab, policy, "sqs", "us-gov-west-1", config=config, **arguments).list_queues()
        seen = lab.seen.pop()
        assert (seen.host, seen.sni, seen.address) == (GOV_SQS, GOV_SQS, "10.20.2.1")
        assert scope(seen) == ("sqs", "us-gov-west-1")


def test_aws_sdk_java_v2_5622(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """FIPS for all and a URL for the one service without it could not be combined; a rule for that
    service now allows its URL, and all others stay FIPS."""
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    url = "https://streams.example"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", url)
    lab.host("streams.example", "52.94.3.2")
    policy = {
        **REQUIRE,
        "rules": [{"services": ["dynamodbstreams"], "fips": "off", "reason": "no FIPS"}],
    }
    client_for(lab, policy, "dynamodbstreams").list_streams()
    client_for(lab, policy).list_keys()
    assert hosts(lab) == ["streams.example", "kms-fips.us-east-1.amazonaws.com"]
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, REQUIRE, "dynamodbstreams").list_streams()
    assert refusal.value.code == "endpoint_url.undeclared"
    assert len(lab.seen) == 2


def test_terraform_provider_aws_37876(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a custom endpoint FIPS is dropped without a word, whatever the two settings came from;
    now such a call is refused, and the plain host as URL is answered with the FIPS one."""
    lab.host("gateway.example", "52.94.3.3")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://gateway.example")
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, {}).list_keys()
    assert refusal.value.code == "endpoint_url.undeclared"
    assert lab.seen == []
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://kms.us-east-1.amazonaws.com")
    client_for(lab, {}).list_keys()
    assert only(lab).host == "kms-fips.us-east-1.amazonaws.com"


def test_a_local_server_without_tls(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """MinIO and the like on plain HTTP: nobody can attest FIPS for it, and the refusal says what
    helps, which is done here."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://minio.example")
    lab.host("minio.example", "10.20.2.3")
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, REQUIRE, "s3").list_buckets()
    assert refusal.value.remedy == (
        "Remove the endpoint_url, or declare it: [[custom_endpoints]] "
        'url = "http://minio.example", services = ["s3"], reason = "..."; plain HTTP is not FIPS, '
        'so use https://, or add a rule with services = ["s3"], fips = "prefer" and a reason.'
    )
    policy = {
        **REQUIRE,
        "rules": [{"services": ["s3"], "fips": "prefer", "reason": "a test server"}],
        "custom_endpoints": [
            {"url": "http://minio.example", "services": ["s3"], "reason": "a test server"}
        ],
    }
    client_for(lab, policy, "s3").list_buckets()
    assert (only(lab).host, only(lab).tls_version) == ("minio.example", "")


STS_VPCE = "vpce-0123456789abcdef0-abcdefgh.sts.us-west-2.vpce.amazonaws.com"
TO_STS = {
    "rules": [{"services": ["sts"], "private": "require"}],
    "vpc_endpoints": [{"type": "interface", "dns_names": [STS_VPCE]}],
}


@pytest.fixture
def no_internet(lab: Lab) -> None:
    """STS answers on its VPC endpoint only."""
    for number, name in enumerate(("sts.amazonaws.com", "sts.us-west-2.amazonaws.com")):
        lab.host(name, f"52.94.3.1{number}")
        lab.unreachable(f"52.94.3.1{number}")
    lab.host(STS_VPCE, "10.20.2.2")


def profile(path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    file = path / "config"
    file.write_text(f"[profile app]\nregion = us-west-2\n{text}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))


@pytest.mark.usefixtures("no_internet")
@pytest.mark.parametrize("mode", ["legacy", "regional"])
def test_aws_cli_7600(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """The endpoint URL was not used for the AssumeRole call behind a ``source_profile``, which went
    to the public host; the policy speaks for every client, those inside botocore among them."""
    profile(
        tmp_path,
        monkeypatch,
        "role_arn = arn:aws:iam::111122223333:role/lab\nsource_profile = base\n"
        f"sts_regional_endpoints = {mode}\n"
        "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n",
    )
    lab.host("kms.us-west-2.amazonaws.com", "52.94.3.20")
    session_for(lab, TO_STS, "app").create_client("kms").list_keys()
    assert [(one.operation, one.host) for one in lab.seen] == [
        ("AssumeRole", STS_VPCE),
        ("ListKeys", "kms.us-west-2.amazonaws.com"),
    ]
    assert scope(lab.seen[0]) == ("sts", "us-west-2")


@pytest.mark.usefixtures("no_internet")
def test_boto3_2258(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pod without internet, AssumeRoleWithWebIdentity went to the global STS host in spite of
    the client's ``endpoint_url`` and region; it goes to the VPC endpoint, signed or not."""
    (tmp_path / "token").write_text("token")
    profile(
        tmp_path,
        monkeypatch,
        "role_arn = arn:aws:iam::111122223333:role/lab\n"
        f"web_identity_token_file = {tmp_path / 'token'}\nsts_regional_endpoints = legacy\n",
    )
    client = session_for(lab, TO_STS, "app").create_client(
        "sts", "us-west-2", endpoint_url="https://sts.us-west-2.amazonaws.com/"
    )
    client.get_caller_identity()
    assert [(one.operation, one.host) for one in lab.seen] == [
        ("AssumeRoleWithWebIdentity", STS_VPCE),
        ("GetCallerIdentity", STS_VPCE),
    ]
    assert scope(lab.seen[1]) == ("sts", "us-west-2")


@pytest.mark.usefixtures("no_internet")
def test_boto3_985(lab: Lab) -> None:
    """An STS client with a region was sent to the global host all the same; ``regional = require``
    makes it the region's, and a VPC endpoint of the region serves it, signed for that region."""
    lab.host("sts.us-west-2.amazonaws.com", "52.94.3.30")
    legacy = session_for(lab, {"defaults": {"regional": "require"}})
    legacy.set_config_variable("sts_regional_endpoints", "legacy")
    legacy.create_client("sts", "us-west-2").get_caller_identity()
    legacy = session_for(lab, TO_STS)
    legacy.set_config_variable("sts_regional_endpoints", "legacy")
    legacy.create_client("sts", "us-west-2").get_caller_identity()
    assert [(one.host, *scope(one)) for one in lab.seen] == [
        ("sts.us-west-2.amazonaws.com", "sts", "us-west-2"),
        (STS_VPCE, "sts", "us-west-2"),
    ]
