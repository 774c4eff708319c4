"""Names of VPC endpoints, taken apart."""

from __future__ import annotations

import pytest

from endpoint_router.aws.vpce_names import parse_vpce

ID = "vpce-0123456789abcdef0-abcdefgh"
KMS = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
KMS_A = "vpce-0123456789abcdef0-abcdefgh-us-east-1a.kms.us-east-1.vpce.amazonaws.com"
KMS_FIPS = "vpce-0fedcba9876543210-abcdefgh.kms-fips.us-east-1.vpce.amazonaws.com"
S3 = "*.vpce-0a-1b.s3.us-east-1.vpce.amazonaws.com"
S3_A = "*.vpce-0a-1b-us-east-1a.s3.us-east-1.vpce.amazonaws.com"


@pytest.mark.parametrize(
    "name",
    [
        KMS,
        KMS_A,
        KMS_FIPS,
        S3,
        S3_A,
        KMS.upper(),
        f"{KMS}.",
        "vpce-0-0.x.r.vpce.amazonaws.com.cn",
        "vpce-0a-1b.api.ecr.us-iso-east-1.vpce.c2s.ic.gov",
        "vpce-0a-1b-us-west-2-lax-1a.x.us-west-2.vpce.amazonaws.com",
        "vpce-0a-1b-eusc-de-east-1a.kms.eusc-de-east-1.vpce.amazonaws.eu",
        "vpce-0a-1b-us-gov-west-1a.kms.us-gov-west-1.vpce.amazonaws.com",
        "vpce-0a-1b.vpce-svc-0c.us-east-1.vpce.amazonaws.com",
    ],
)
def test_names_of_interface_endpoints(name: str) -> None:
    assert parse_vpce(name)


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
