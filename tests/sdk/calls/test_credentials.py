"""The calls behind credentials go through the same hooks: roles, web identities, SSO."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from botocore.credentials import JSONFileCache, SSOProvider

from endpoint_router.lab import Reply
from endpoint_router.lab.network import Lab
from tests.support.lab_client import hosts, scope, session_for
from tests.support.western import FIPS, STS_FIPS, western_hosts

__all__ = ["western_hosts"]


def role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A profile ``app`` in a configuration file of its own."""
    path = tmp_path / "config"
    path.write_text(f"[profile app]\nregion = us-west-2\n{text}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))


ROLE = "role_arn = arn:aws:iam::111122223333:role/lab\n"


def test_the_sts_call_behind_an_assume_role_profile(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role(tmp_path, monkeypatch, f"{ROLE}credential_source = Environment\n")
    lab.host("kms-fips.us-west-2.amazonaws.com", "52.94.1.40")
    session_for(lab, FIPS, "app").create_client("kms").list_keys()
    assert [(one.operation, one.host) for one in lab.seen] == [
        ("AssumeRole", STS_FIPS),
        ("ListKeys", "kms-fips.us-west-2.amazonaws.com"),
    ]
    assert scope(lab.seen[0]) == ("sts", "us-west-2")


def test_a_web_identity(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only call without a signature: what is not signed is routed at ``before-sign`` too."""
    token = tmp_path / "token"
    token.write_text("token")
    role(tmp_path, monkeypatch, f"{ROLE}web_identity_token_file = {token}\n")
    lab.host("kms-fips.us-west-2.amazonaws.com", "52.94.1.40")
    session_for(lab, FIPS, "app").create_client("kms").list_keys()
    assert [(one.operation, one.host) for one in lab.seen] == [
        ("AssumeRoleWithWebIdentity", STS_FIPS),
        ("ListKeys", "kms-fips.us-west-2.amazonaws.com"),
    ]


STS_VPCE = "vpce-0123456789abcdef0-abcdefgh.sts.us-west-2.vpce.amazonaws.com"


def test_a_web_identity_on_a_vpc_endpoint(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In legacy mode botocore would go to the global host, for which no VPC endpoint exists."""
    token = tmp_path / "token"
    token.write_text("token")
    text = f"{ROLE}web_identity_token_file = {token}\nsts_regional_endpoints = legacy\n"
    role(tmp_path, monkeypatch, text)
    lab.host(STS_VPCE, "10.20.1.11")
    policy = {
        "rules": [{"services": ["sts"], "private": "require"}],
        "vpc_endpoints": [{"type": "interface", "dns_names": [STS_VPCE]}],
    }
    lab.host("kms.us-west-2.amazonaws.com", "52.94.1.41")
    session_for(lab, policy, "app").create_client("kms").list_keys()
    assert [(one.operation, one.host) for one in lab.seen] == [
        ("AssumeRoleWithWebIdentity", STS_VPCE),
        ("ListKeys", "kms.us-west-2.amazonaws.com"),
    ]


def sso(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile with a cached SSO login."""
    url = "https://lab.awsapps.example/start"
    text = (
        f"sso_start_url = {url}\nsso_region = us-west-2\n"
        "sso_account_id = 111122223333\nsso_role_name = lab\n"
    )
    role(tmp_path, monkeypatch, text)
    # Fixed when botocore is imported, to the home directory of that moment.
    monkeypatch.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(tmp_path / "sso"))
    key = hashlib.sha1(url.encode()).hexdigest()
    JSONFileCache(str(tmp_path / "sso"))[key] = {
        "accessToken": "token",
        "expiresAt": "2099-01-01T00:00:00Z",
    }


def test_sso(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sso(tmp_path, monkeypatch)
    body = (
        b'{"roleCredentials": {"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t",'
        b' "expiration": 4070908800000}}'
    )
    with Lab(replies={("", ""): Reply(200, (("Content-Type", "application/json"),), body)}) as lab:
        name = "portal.sso-fips.us-west-2.amazonaws.com"
        lab.host(name, "52.94.1.50")
        lab.host("kms-fips.us-west-2.amazonaws.com", "52.94.1.40")
        session_for(lab, FIPS, "app").create_client("kms").list_keys()
        assert hosts(lab) == [name, "kms-fips.us-west-2.amazonaws.com"]
