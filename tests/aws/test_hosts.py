"""URLs and hosts of AWS, taken apart and compared."""

from __future__ import annotations

import pytest

from endpoint_router.aws.hosts import host_of, mask, origin_of, probe_name


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        ("https://kms.us-east-1.amazonaws.com/", "https://kms.us-east-1.amazonaws.com", "kms.us-east-1.amazonaws.com"),
        ("https://a.example:9000/b?c=/d", "https://a.example:9000", "a.example"),
        ("https://a.example?c=/d", "https://a.example", "a.example"),
        ("https://a.example", "https://a.example", "a.example"),
        ("http://[fd00::1]:80/x", "http://[fd00::1]:80", "fd00::1"),
        ("https://A.Example./x", "https://A.Example.", "a.example"),
        ("https://[broken/x", "https://[broken", ""),
    ],
)  # fmt: skip
def test_urls_are_taken_apart(url: str, origin: str, host: str) -> None:
    assert origin_of(url) == origin
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("service", "host", "asked"),
    [
        ("s3", "bucket.s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"),
        ("s3", "a.s3.b.s3-fips.us-east-1.amazonaws.com", "s3-fips.us-east-1.amazonaws.com"),
        ("s3", "b.s3.dualstack.us-east-1.amazonaws.com", "s3.dualstack.us-east-1.amazonaws.com"),
        ("s3", "bucket.s3.amazonaws.com", "s3.amazonaws.com"),
        ("s3", "ap-111122223333.s3-accesspoint.us-west-2.amazonaws.com", "s3-accesspoint.us-west-2.amazonaws.com"),
        ("s3control", "111122223333.s3-control.us-west-2.amazonaws.com", "s3-control.us-west-2.amazonaws.com"),
        ("s3", "b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com", "s3express-usw2-az1.us-west-2.amazonaws.com"),
        ("kms", "kms.us-east-1.amazonaws.com", "kms.us-east-1.amazonaws.com"),
    ],
)  # fmt: skip
def test_dns_is_asked_without_bucket_and_account(service: str, host: str, asked: str) -> None:
    assert probe_name(service, host) == asked
    masked = mask(service, host)
    assert masked == (host if host == asked else f"*.{asked}")


def test_account_ids_are_masked() -> None:
    host = "111122223333.ddb.us-east-1.amazonaws.com"
    assert mask("dynamodb", host) == "*.ddb.us-east-1.amazonaws.com"
