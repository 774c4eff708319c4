"""Every partition, and the names that look like regions and are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .table import Kind, Row, interface, policy, vpce

#: Where an older botocore knows no such partition, or no dual-stack hosts there.
_SINCE = (1, 44, 0)
_ALWAYS = (1, 31, 0)


class _Partition(NamedTuple):
    name: str
    region: str
    suffix: str
    #: Of dual-stack hosts; empty where botocore makes no such client.
    dual_stack: str
    since: tuple[int, ...] = _ALWAYS
    dual_stack_since: tuple[int, ...] = _ALWAYS


_PARTITIONS = (
    _Partition("aws", "eu-west-1", "amazonaws.com", "api.aws"),
    _Partition("aws-cn", "cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    _Partition("aws-us-gov", "us-gov-west-1", "amazonaws.com", "api.aws"),
    _Partition(
        "aws-eusc", "eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu", _SINCE, _SINCE
    ),
    _Partition("aws-iso", "us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov", _ALWAYS, _SINCE),
    _Partition("aws-iso-b", "us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud", _ALWAYS, _SINCE),
    _Partition("aws-iso-e", "eu-isoe-west-1", "cloud.adc-e.uk", ""),
    _Partition("aws-iso-f", "us-isof-south-1", "csp.hci.ic.gov", ""),
)


def _kms(title: str, region: str, scope: str = "", **rest: Any) -> Row:
    scope = f"kms/{scope}" if scope else ""
    return Row(
        title=title, service="kms", operation="list_keys", region=region, scope=scope, **rest
    )


def _rows(one: _Partition) -> Iterator[Row]:
    region, suffix = one.region, one.suffix
    plain = vpce("kms", region, suffix=suffix)
    fips = vpce("kms-fips", region, suffix=suffix)
    both = {"private": "require", "fips": "require"}

    def row(title: str, url: str, **rest: Any) -> Row:
        rest.setdefault("since", one.since)
        return _kms(f"{one.name}: {title}", region, region, url=f"https://{url}/", **rest)

    yield row("standard", f"kms.{region}.{suffix}", policy={})
    yield row("FIPS", f"kms-fips.{region}.{suffix}", policy=policy(fips="require"))
    yield row("interface endpoint", plain, policy=policy(interface(plain), private="require"))
    yield row("FIPS endpoint", fips, policy=policy(interface(plain), interface(fips), **both))
    if one.dual_stack:
        yield row(
            "dual-stack",
            f"kms.{region}.{one.dual_stack}",
            policy=policy(dual_stack="require"),
            since=one.dual_stack_since,
        )
    else:
        yield row("no dual-stack", f"kms.{region}.{suffix}", policy=policy(dual_stack="prefer"))


_ACROSS = (
    _kms(
        "An endpoint of another partition serves nothing here",
        "cn-north-1",
        policy=policy(interface(vpce("kms", "us-east-1")), private="require"),
        code="private.public_address",
        says="kms.cn-north-1.amazonaws.com.cn",
    ),
    Row(
        title="S3 in China has no FIPS at all",
        service="s3",
        operation="list_buckets",
        region="cn-north-1",
        policy=policy(fips="require"),
        code="fips.no_basis",
        says="Partition does not support FIPS",
    ),
    Row(
        title="S3 endpoint in China",
        service="s3",
        operation="head_bucket",
        parameters={"Bucket": "mybucket"},
        region="cn-north-1",
        policy=policy(
            interface(f"*.{vpce('s3', 'cn-north-1', suffix='amazonaws.com.cn')}"),
            private="require",
        ),
        url=f"https://mybucket.bucket.{vpce('s3', 'cn-north-1', suffix='amazonaws.com.cn')}/",
        scope="s3/cn-north-1",
    ),
    Row(
        title="GovCloud: the plain host is listed as FIPS",
        service="sqs",
        operation="list_queues",
        region="us-gov-west-1",
        policy=policy(fips="require", fips_basis="listed"),
        url="https://sqs.us-gov-west-1.amazonaws.com/",
        scope="sqs/us-gov-west-1",
        since=_SINCE,
    ),
    Row(
        title="So is that of DMS in aws-iso",
        service="dms",
        operation="describe_endpoints",
        region="us-iso-east-1",
        policy=policy(fips="require", fips_basis="listed"),
        url="https://dms.us-iso-east-1.c2s.ic.gov/",
        scope="dms/us-iso-east-1",
    ),
)

_PSEUDO = (
    _kms(
        "`fips-us-east-1` is us-east-1 and FIPS",
        "fips-us-east-1",
        "us-east-1",
        policy={},
        url="https://kms-fips.us-east-1.amazonaws.com/",
    ),
    _kms(
        "So is `us-gov-west-1-fips`, elsewhere",
        "us-gov-west-1-fips",
        "us-gov-west-1",
        policy={},
        url="https://kms-fips.us-gov-west-1.amazonaws.com/",
    ),
    _kms(
        "Its FIPS endpoint serves it",
        "fips-us-east-1",
        "us-east-1",
        policy=policy(interface(vpce("kms")), interface(vpce("kms-fips")), private="require"),
        url=f"https://{vpce('kms-fips')}/",
    ),
    _kms(
        "A plain endpoint does not",
        "fips-us-east-1",
        policy=policy(interface(vpce("kms")), private="require"),
        code="private.public_address",
        says="kms-fips.us-east-1.amazonaws.com",
    ),
    _kms(
        "`fips` alone is no region",
        "fips",
        policy=policy(fips="require"),
        code="region.unknown",
        says="kms-fips.fips.amazonaws.com",
    ),
    _kms(
        "What is left of `fips-verification-us-east-1` is none",
        "fips-verification-us-east-1",
        policy={},
        code="region.unknown",
        says="verification-us-east-1",
    ),
    _kms(
        "What is left of `us-gov-west-1-fips-secondary` is none",
        "us-gov-west-1-fips-secondary",
        policy={},
        code="region.unknown",
        says="us-gov-west-1-secondary",
    ),
    _kms(
        "A region of no partition",
        "xx-newplace-1",
        policy=policy(private="require"),
        code="region.unknown",
        says="xx-newplace-1",
    ),
    _kms(
        "Nothing is required of it",
        "xx-newplace-1",
        "xx-newplace-1",
        policy={},
        url="https://kms.xx-newplace-1.amazonaws.com/",
    ),
    _kms(
        "A region that looks right and is not there",
        "us-east-9",
        policy=policy(fips="require"),
        dns={"kms-fips.us-east-9.amazonaws.com": "NXDOMAIN"},
        code="fips.absent",
        says="kms-fips.us-east-9.amazonaws.com",
    ),
)

KIND = Kind(
    "Partitions and pseudo-regions",
    """\
Each partition has its own suffix, and its VPC endpoints have it behind `.vpce.`; GovCloud shares
the one of the commercial regions. Nothing is formed from a pattern here: what botocore's ruleset
yields for the region is compared with the names that are declared. `fips-us-east-1` and
`us-east-1-fips` are how FIPS was asked for once: botocore takes them for the region with FIPS, and
so the call has to be FIPS. Of names that belong to no partition botocore makes up a host in the
commercial one; they are refused where anything is required. A name with a dot, such as
`rds-fips.us-east-1`, botocore refuses itself (`InvalidRegionError`).
""",
    (*(row for one in _PARTITIONS for row in _rows(one)), *_ACROSS, *_PSEUDO),
)
