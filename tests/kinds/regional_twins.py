"""STS and S3: a global host, and a regional twin of it."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, interface, policy, vpce

_LEGACY = {"sts_regional_endpoints": "legacy"}


def _sts(title: str, region: str | None, scope: str = "", **rest: Any) -> Row:
    """A call of STS; *scope* is the signing region."""
    return Row(
        title=title,
        service="sts",
        operation="get_caller_identity",
        region=region,
        policy=rest.pop("policy", {}),
        scope=f"sts/{scope}" if scope else "",
        **rest,
    )


def _s3(title: str, region: str | None, scope: str = "", **rest: Any) -> Row:
    """A call of S3 for a bucket."""
    return Row(
        title=title,
        service="s3",
        operation="head_bucket",
        parameters={"Bucket": "mybucket"},
        region=region,
        scope=f"s3/{scope}" if scope else "",
        **rest,
    )


_STS = (
    _sts(
        "STS in legacy mode",
        "eu-west-1",
        "us-east-1",
        profile=_LEGACY,
        url="https://sts.amazonaws.com/",
    ),
    _sts(
        "Its regional twin",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(regional="require"),
        url="https://sts.eu-west-1.amazonaws.com/",
    ),
    _sts(
        "Its regional twin, where the global host's region is not allowed",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(allowed_regions=["eu-*"]),
        url="https://sts.eu-west-1.amazonaws.com/",
    ),
    _sts(
        "FIPS has only the twin",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(fips="require"),
        url="https://sts-fips.eu-west-1.amazonaws.com/",
    ),
    _sts(
        "An endpoint that serves the twin is used without `regional`, too",
        "eu-west-1",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(interface(vpce("sts", "eu-west-1")), private="require"),
        url=f"https://{vpce('sts', 'eu-west-1')}/",
    ),
    _sts(
        "An endpoint of another region does not serve it",
        "eu-west-1",
        profile=_LEGACY,
        policy=policy(interface(vpce("sts", "eu-central-1")), private="require"),
        code="private.public_address",
    ),
    _sts(
        "No region, no twin",
        None,
        policy=policy(regional="require"),
        code="regional.global_host",
        says="sts.amazonaws.com",
    ),
    _sts(
        "No region, no FIPS host",
        None,
        policy=policy(fips="require"),
        dns={"sts-fips.aws-global.amazonaws.com": "NXDOMAIN"},
        code="fips.absent",
    ),
)

_S3 = (
    _s3(
        "S3 in us-east-1 begins at the global host",
        "us-east-1",
        "us-east-1",
        policy={},
        url="https://mybucket.s3.amazonaws.com/",
    ),
    _s3(
        "The regional twin of S3",
        "us-east-1",
        "us-east-1",
        policy=policy(regional="require"),
        url="https://mybucket.s3.us-east-1.amazonaws.com/",
    ),
    _s3(
        "An application that asks for the global host",
        "us-east-1",
        "us-east-1",
        config={"s3": {"us_east_1_regional_endpoint": "legacy"}},
        policy=policy(regional="require"),
        url="https://mybucket.s3.us-east-1.amazonaws.com/",
    ),
    _s3(
        "The pseudo-region of the global host has no twin",
        "aws-global",
        policy=policy(regional="require"),
        code="regional.global_host",
        says="s3.amazonaws.com",
    ),
    _s3(
        "An endpoint for us-east-1 serves the global host's calls",
        "us-east-1",
        "us-east-1",
        policy=policy(interface(f"*.{vpce('s3')}"), private="require"),
        url=f"https://mybucket.bucket.{vpce('s3')}/",
    ),
)

KIND = Kind(
    "STS and S3: regional twins",
    """\
Both have a global host in us-east-1, and regional ones that private DNS and VPC endpoints cover
alone. STS uses the global host in legacy mode (`AWS_STS_REGIONAL_ENDPOINTS`, botocore's default
once) and without a region, S3 for clients in us-east-1. `regional = "require"` uses the twin of the
client's own region; a declared endpoint that serves the twin is used in any case, and FIPS exists
at the twin only.
""",
    (*_STS, *_S3),
)
