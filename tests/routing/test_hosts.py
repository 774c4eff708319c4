"""The grammar of AWS names."""

from __future__ import annotations

import pytest

from endpoint_router.aws.hosts import custom_host, host_of, mask, origin_of, parse_vpce, probe_name
from endpoint_router.routing.declared import DeclaredEndpoint, HostTable

ID = "vpce-0123456789abcdef0-abcdefgh"


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
    ("name", "zone", "service", "region", "fips"),
    [
        (f"{ID}.kms.us-east-1.vpce.amazonaws.com", "", "kms", "us-east-1", False),
        (f"{ID}-us-east-1a.kms-fips.us-east-1.vpce.amazonaws.com", "us-east-1a", "kms-fips", "us-east-1", True),
        (f"{ID}-us-west-2-lax-1a.ec2.us-west-2.vpce.amazonaws.com", "us-west-2-lax-1a", "ec2", "us-west-2", False),
        (f"*.{ID}.s3.us-gov-west-1.vpce.amazonaws.com", "", "s3", "us-gov-west-1", False),
        (f"{ID}.api.ecr.us-east-1.vpce.amazonaws.com", "", "api.ecr", "us-east-1", False),
        (f"{ID}.api-fips.sagemaker.us-east-1.vpce.amazonaws.com", "", "api-fips.sagemaker", "us-east-1", True),
        (f"{ID}.vpce-svc-0abc.us-east-1.vpce.amazonaws.com", "", "vpce-svc-0abc", "us-east-1", False),
        (f"{ID}.rds.cn-north-1.vpce.amazonaws.com.cn", "", "rds", "cn-north-1", False),
    ],
)  # fmt: skip
def test_vpce_names(name: str, zone: str, service: str, region: str, fips: bool) -> None:
    found = parse_vpce(name.upper() + ".")
    assert found is not None
    assert (found.zone, found.service, found.region) == (zone, service, region)
    assert found.carries_fips is fips


@pytest.mark.parametrize(
    "name", ["kms.us-east-1.amazonaws.com", "vpce-1.kms", "", "vpce-0a-b.x.y.vpce.com.evil example"]
)
def test_other_names_are_no_vpce_names(name: str) -> None:
    assert parse_vpce(name) is None


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


def test_the_table_joins_by_host() -> None:
    table = HostTable(
        (
            DeclaredEndpoint(0, (f"{ID}.kms.us-east-1.vpce.amazonaws.com",)),
            DeclaredEndpoint(1, (f"{ID}.x.us-east-1.vpce.amazonaws.com",), ("kms.us-east-1.amazonaws.com",)),
            DeclaredEndpoint(2, (f"{ID}.kms-fips.us-east-1.vpce.amazonaws.com",)),
        )
    )  # fmt: skip
    both = table.serving("kms.us-east-1.amazonaws.com")
    assert [one.index for one in both] == [0, 1]
    (fips,) = table.serving("kms-fips.us-east-1.amazonaws.com")
    assert fips.named_fips
    assert table.serving("kms.us-east-2.amazonaws.com") == ()
    assert table.index_of(f"{ID}.x.us-east-1.vpce.amazonaws.com") == 1
    assert table.index_of("kms.us-east-1.amazonaws.com") is None


def test_s3_labels_follow_the_family() -> None:
    table = HostTable((DeclaredEndpoint(0, (f"*.{ID}.s3.us-east-1.vpce.amazonaws.com",)),))
    expected = {
        "s3.us-east-1.amazonaws.com": "bucket",
        "my-bucket.s3.us-east-1.amazonaws.com": "my-bucket.bucket",
        "ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com": "ap-111122223333.accesspoint",
        "111122223333.s3-control.us-east-1.amazonaws.com": "111122223333.control",
    }
    for host, label in expected.items():
        (one,) = table.serving(host)
        assert one.target == f"{label}.{ID}.s3.us-east-1.vpce.amazonaws.com"
    assert table.serving("my-bucket.s3.us-west-2.amazonaws.com") == ()
    assert table.serving("my-bucket.s3-fips.us-east-1.amazonaws.com") == ()


@pytest.mark.parametrize(
    ("url", "origin", "matches"),
    [
        ("https://minio.example:9000", "https://minio.example:9000", True),
        ("https://minio.example:9000", "https://minio.example", False),
        ("https://minio.example", "https://minio.example:443", True),
        ("https://minio.example", "http://minio.example", False),
        ("https://*.timestream.us-east-1.amazonaws.com", "https://ingest-cell1.timestream.us-east-1.amazonaws.com", True),
        ("https://*.timestream.us-east-1.amazonaws.com", "https://timestream.us-east-1.amazonaws.com", False),
    ],
)  # fmt: skip
def test_custom_endpoints_match_scheme_host_and_port(url: str, origin: str, matches: bool) -> None:
    custom = custom_host(0, url, ["s3", "timestream-*"], fips=False, private=False)
    assert custom.matches("s3", origin) is matches
    assert not custom.matches("kms", origin)
