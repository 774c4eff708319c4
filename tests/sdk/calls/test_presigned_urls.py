"""Presigned URLs and posts: FIPS like any call, and public unless the policy says otherwise."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import client_for, only
from tests.support.western import EC2_FIPS, FIPS, S3_FIPS, S3_VPCE, s3, western_hosts

__all__ = ["western_hosts"]

OBJECT = {"Bucket": "mine", "Key": "key"}


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
