"""Every way in which boto3 makes a request goes through the same hooks: as the servers saw it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.credentials import JSONFileCache, SSOProvider
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault, Reply
from endpoint_router.lab.network import Lab
from tests.support.lab_client import (
    KMS_FIPS,
    ONE_ATTEMPT,
    client_for,
    hosts,
    installed,
    only,
    scope,
    session_for,
)

FIPS = {"defaults": {"fips": "require"}}
S3_VPCE = "vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com"
S3_FIPS = "s3-fips.us-west-2.amazonaws.com"
STS_FIPS = "sts-fips.us-west-2.amazonaws.com"
EC2_FIPS = "ec2-fips.us-west-2.amazonaws.com"


@pytest.fixture(autouse=True)
def western_hosts(lab: Lab) -> None:
    """us-west-2: STS and S3 have their global twins elsewhere."""
    for number, name in enumerate(("s3", "s3-fips")):
        lab.host(f"{name}.us-west-2.amazonaws.com", f"52.94.1.{number}")
        lab.host(f"*.{name}.us-west-2.amazonaws.com", f"52.94.1.{number}")
    lab.host("s3.amazonaws.com", "52.94.1.9")
    lab.host("*.s3.amazonaws.com", "52.94.1.9")
    lab.host(STS_FIPS, "52.94.1.10")
    lab.host("sts.us-west-2.amazonaws.com", "52.94.1.11")
    lab.host("sts.amazonaws.com", "52.94.1.12")
    lab.host(EC2_FIPS, "52.94.1.20")
    lab.host(f"*.bucket.{S3_VPCE}", "10.20.1.10")
    lab.host(f"bucket.{S3_VPCE}", "10.20.1.10")


def boto3_session(lab: Lab, policy: dict[str, Any], **arguments: Any) -> boto3.Session:
    return boto3.Session(botocore_session=session_for(lab, policy), **arguments)


def s3(lab: Lab, policy: dict[str, Any], **options: Any) -> Any:
    """boto3's own client, which has ``upload_fileobj``."""
    config = Config(signature_version="s3v4", **{"retries": ONE_ATTEMPT, **options})
    return boto3_session(lab, policy).client("s3", "us-west-2", config=config)


# --- boto3


def test_a_resource(lab: Lab) -> None:
    resource = boto3_session(lab, FIPS, region_name="us-west-2").resource("s3")
    assert [one.name for one in resource.buckets.all()] == ["lab"]
    seen = only(lab)
    assert seen.host == S3_FIPS
    assert scope(seen) == ("s3", "us-west-2")


def test_a_resource_on_a_bucket(lab: Lab) -> None:
    resource = boto3_session(lab, FIPS, region_name="us-west-2").resource("s3")
    resource.Object("mine", "key").put(Body=b"body")
    assert only(lab).host == f"mine.{S3_FIPS}"


def test_a_paginator(lab: Lab) -> None:
    pages = client_for(lab, FIPS).get_paginator("list_keys").paginate()
    assert [page["Truncated"] for page in pages] == [False]
    assert only(lab).host == KMS_FIPS


def test_a_paginator_is_refused(lab: Lab) -> None:
    client = client_for(lab, {"defaults": {"private": "require"}})
    with pytest.raises(EndpointDenied):
        list(client.get_paginator("list_keys").paginate())
    assert lab.seen == []


def test_a_waiter(lab: Lab) -> None:
    client = s3(lab, FIPS)
    client.get_waiter("bucket_exists").wait(Bucket="mine", WaiterConfig={"MaxAttempts": 1})
    seen = only(lab)
    assert (seen.operation, seen.host) == ("HeadBucket", f"mine.{S3_FIPS}")


def test_a_waiter_does_not_swallow_a_refusal(lab: Lab) -> None:
    """``bucket_not_exists`` takes every ``ClientError`` of the right code for success."""
    client = s3(lab, {"defaults": {"private": "require"}})
    for name in ("bucket_exists", "bucket_not_exists"):
        with pytest.raises(EndpointDenied):
            client.get_waiter(name).wait(Bucket="mine", WaiterConfig={"MaxAttempts": 2, "Delay": 0})
    assert lab.seen == []


def test_each_attempt_of_a_retried_call_is_routed(lab: Lab) -> None:
    lab.fail_next(1, Fault(status=500))
    config = Config(retries={"mode": "standard", "total_max_attempts": 2})
    client_for(lab, FIPS, config=config).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS_FIPS]


def test_the_redirect_of_a_bucket_elsewhere_is_routed(lab: Lab) -> None:
    """S3's redirector puts another region's host in at ``needs-retry``."""
    lab.host("*.s3-fips.us-east-2.amazonaws.com", "52.94.1.30")
    lab.host("s3-fips.us-east-2.amazonaws.com", "52.94.1.30")
    lab.fail_next(
        1,
        Fault(
            status=301, code="PermanentRedirect", headers=(("x-amz-bucket-region", "us-east-2"),)
        ),
    )
    client = s3(lab, FIPS, retries={"total_max_attempts": 3})
    client.get_object(Bucket="mine", Key="key")
    assert hosts(lab) == [f"mine.{S3_FIPS}", "mine.s3-fips.us-east-2.amazonaws.com"]
    assert lab.seen[-1].region == "us-east-2"


def test_a_multipart_upload(lab: Lab) -> None:
    five = 5 * 1024 * 1024
    client = s3(lab, FIPS)
    client.upload_fileobj(
        io.BytesIO(b"x" * (five + 1)),
        "mine",
        "key",
        Config=TransferConfig(multipart_threshold=five, multipart_chunksize=five),
    )
    seen = [(one.operation, one.host) for one in lab.seen]
    assert seen[0] == ("CreateMultipartUpload", f"mine.{S3_FIPS}")
    assert seen[-1] == ("CompleteMultipartUpload", f"mine.{S3_FIPS}")
    assert seen[1:-1] == [("UploadPart", f"mine.{S3_FIPS}")] * 2


def test_a_multipart_upload_on_a_vpc_endpoint(lab: Lab) -> None:
    five = 5 * 1024 * 1024
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
    }
    s3(lab, policy).upload_fileobj(
        io.BytesIO(b"x" * (five + 1)),
        "mine",
        "key",
        Config=TransferConfig(multipart_threshold=five, multipart_chunksize=five),
    )
    assert set(hosts(lab)) == {f"mine.bucket.{S3_VPCE}"}
    assert {(one.address, *scope(one)) for one in lab.seen} == {("10.20.1.10", "s3", "us-west-2")}
    assert [one.operation for one in lab.seen].count("UploadPart") == 2


def test_a_default_session_that_exists_already(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's default session is made on first use, often while modules are imported."""
    session = Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(botocore_session=session))
    one = installed(lab, FIPS)
    one.cover_existing()
    try:
        client = boto3.client("kms", "us-east-1", verify=lab.ca_bundle)
        client.list_keys()
    finally:
        one.undo()
    assert only(lab).host == KMS_FIPS


# --- presigned

OBJECT = {"Bucket": "mine", "Key": "key"}
BOTH = {"fips": "require", "private": "require"}
S3_FIPS_VPCE = "vpce-0123456789abcdef0-abcdefgh.s3-fips.us-west-2.vpce.amazonaws.com"


def test_a_presigned_url_is_fips(lab: Lab) -> None:
    """With FIPS botocore presigns for the host of us-east-1, whatever the client's region."""
    url = s3(lab, FIPS).generate_presigned_url("get_object", OBJECT)
    assert urlsplit(url).netloc == f"mine.{S3_FIPS}"
    assert "%2Fus-west-2%2Fs3%2Faws4_request" in url
    assert lab.seen == []


def test_a_presigned_url_is_used_by_others_so_it_stays_public(lab: Lab) -> None:
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
    }
    client = s3(lab, policy)
    url = client.generate_presigned_url("get_object", OBJECT)
    assert ".vpce." not in url
    assert urlsplit(url).netloc.endswith("amazonaws.com")
    client.get_object(**OBJECT)
    assert only(lab).host == f"mine.bucket.{S3_VPCE}"


def test_a_presigned_url_is_routed_where_the_policy_says_so(lab: Lab) -> None:
    policy = {
        "defaults": {"private": "require", "presigned": "routed"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
    }
    for style in ({}, {"addressing_style": "virtual"}):
        url = s3(lab, policy, s3=style).generate_presigned_url("get_object", OBJECT)
        assert urlsplit(url).netloc == f"mine.bucket.{S3_VPCE}"
        assert "%2Fus-west-2%2Fs3%2Faws4_request" in url


def test_a_presigned_url_that_is_forbidden_is_not_made(lab: Lab) -> None:
    with pytest.raises(EndpointDenied):
        s3(lab, {"defaults": {"private": "require", "presigned": "routed"}}).generate_presigned_url(
            "get_object", OBJECT
        )


def test_a_presigned_post_is_fips(lab: Lab) -> None:
    post = s3(lab, FIPS).generate_presigned_post("mine", "key")
    assert urlsplit(post["url"]).netloc == f"mine.{S3_FIPS}"
    assert "/us-west-2/s3/aws4_request" in post["fields"]["x-amz-credential"]


def test_a_presigned_post_stays_public_or_is_routed(lab: Lab) -> None:
    policy: dict[str, Any] = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_VPCE}"]}],
    }
    style = {"addressing_style": "virtual"}
    public = s3(lab, policy, s3=style).generate_presigned_post("mine", "key")["url"]
    assert ".vpce." not in public
    policy["defaults"]["presigned"] = "routed"
    routed = s3(lab, policy, s3=style).generate_presigned_post("mine", "key")["url"]
    assert urlsplit(routed).netloc == f"mine.bucket.{S3_VPCE}"


def test_a_presign_nested_in_a_call(lab: Lab) -> None:
    """CopySnapshot carries a URL presigned for the source's region: FIPS there too."""
    lab.host("ec2-fips.us-east-2.amazonaws.com", "52.94.1.31")
    sent: list[Any] = []
    client = client_for(lab, FIPS, "ec2", "us-west-2")
    client.meta.events.register_first("before-call", lambda params, **_: sent.append(params))
    client.copy_snapshot(SourceRegion="us-east-2", SourceSnapshotId="snap-11111111111111111")
    assert only(lab).host == EC2_FIPS
    nested = sent[0]["body"]["PresignedUrl"]
    assert urlsplit(nested).netloc == "ec2-fips.us-east-2.amazonaws.com"
    assert "%2Fus-east-2%2Fec2%2Faws4_request" in nested


# --- credentials


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


def test_the_first_session_and_a_copy_of_it(lab: Lab) -> None:
    """boto3 wraps a session that was made elsewhere; its clients come from the same hooks."""
    session = session_for(lab, FIPS)
    for _ in range(2):
        boto3.Session(botocore_session=session).client(
            "kms", "us-east-1", config=Config(retries=ONE_ATTEMPT)
        ).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS_FIPS]
