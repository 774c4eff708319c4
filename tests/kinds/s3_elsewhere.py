"""What looks like S3 and is on no S3 endpoint: Express One Zone, acceleration, Outposts."""

from __future__ import annotations

from typing import Any

from .s3 import BOTH, FIPS, PREFER, PRIVATE, get
from .table import Kind, Row, interface, policy, vpce

_EXPRESS = "payroll--use1-az4--x-s3"
_ZONE = f"{_EXPRESS}.s3express-use1-az4.us-east-1.amazonaws.com"
_FIPS_ZONE = f"{_EXPRESS}.s3express-fips-use1-az4.us-east-1.amazonaws.com"
_EXPRESS_SCOPE = "s3express/us-east-1"
_EXPRESS_SINCE = (1, 33, 2)
_WITHOUT_SESSION = {"s3": {"disable_s3_express_session_auth": True}}
_FAST = {"s3": {"use_accelerate_endpoint": True}}
_OUTPOST = "arn:aws:s3-outposts:us-east-1:111122223333:outpost/op-0b1d075431d83bebd/accesspoint/pay"
_OUTPOST_HOST = "pay-111122223333.op-0b1d075431d83bebd.s3-outposts.us-east-1.amazonaws.com"
#: Before, botocore signed for Outposts with SigV4.
_SIGV4A_SINCE = (1, 40, 0)
_ALIAS = "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3"
_ALIAS_HOST = f"{_ALIAS}.op-0b1d075431d83bebd.s3-outposts.us-east-1.amazonaws.com"
_S3_URL = {"endpoint_url": f"https://bucket.{vpce('s3')}"}


def _express(title: str, **rest: Any) -> Row:
    if "code" not in rest:
        rest.setdefault("scope", _EXPRESS_SCOPE)
    return get(title, _EXPRESS, since=_EXPRESS_SINCE, **rest)


def _create(title: str, **rest: Any) -> Row:
    place = {"Type": "AvailabilityZone", "Name": "use1-az4"}
    kind = {"DataRedundancy": "SingleAvailabilityZone", "Type": "Directory"}
    return Row(
        title=title,
        service="s3",
        operation="create_bucket",
        region="us-east-1",
        parameters={
            "Bucket": _EXPRESS,
            "CreateBucketConfiguration": {"Location": place, "Bucket": kind},
        },
        since=_EXPRESS_SINCE,
        **rest,
    )


KIND = Kind(
    "S3 that no S3 endpoint carries",
    """\
Express One Zone has a host for each zone, by its id, and one for managing its buckets; the first
request to a bucket asks for a session. AWS has a gateway endpoint for it, and none by name.
Transfer Acceleration is a host at AWS's edge. S3 on Outposts answers on the outpost. To send any of
these to `bucket.vpce-…` could only fail, so it goes to its own host or is refused. Where AWS has no
FIPS for it, the refusal says what AWS says. The alias of an Outposts access point (`--op-s3`) is
told apart, too: botocore sends it past `use_fips_endpoint` and any endpoint URL, without a word.
""",
    (
        _express("An Express bucket, FIPS", policy=FIPS, url=f"https://{_FIPS_ZONE}/?session"),
        _express(
            "An Express bucket is on no S3 endpoint",
            policy=PRIVATE,
            code="private.public_address",
            says=_ZONE,
        ),
        _express(
            "An Express bucket, both", policy=BOTH, code="private.public_address", says=_FIPS_ZONE
        ),
        _express(
            "An Express bucket, preferably private",
            policy=PREFER,
            url=f"https://{_ZONE}/?session",
        ),
        _express(
            "An Express bucket, though the application named an S3 endpoint",
            arguments=_S3_URL,
            policy=PRIVATE,
            code="private.public_address",
            says=_ZONE,
        ),
        _express(
            "An Express bucket, FIPS, in a zone that has none",
            policy=FIPS,
            dns={"s3express-fips-use1-az4.us-east-1.amazonaws.com": "NXDOMAIN"},
            code="fips.absent",
            says=_FIPS_ZONE,
        ),
        _express(
            "An Express bucket whose zone resolves privately",
            policy=BOTH,
            dns={_FIPS_ZONE: "private"},
            url=f"https://{_FIPS_ZONE}/?session",
        ),
        _express(
            "An Express bucket by address",
            policy=policy(
                interface(
                    vpce("s3express"),
                    serves=["*.s3express-use1-az4.us-east-1.amazonaws.com"],
                    connect="address",
                ),
                private="require",
            ),
            url=f"https://{_ZONE}/?session",
        ),
        _express(
            "An Express bucket, though an S3 endpoint is declared to serve it by name",
            policy=policy(
                interface(
                    "*." + vpce("s3"), serves=["*.s3express-use1-az4.us-east-1.amazonaws.com"]
                ),
                private="require",
            ),
            code="private.public_address",
            says=_ZONE,
        ),
        _express(
            "An Express bucket without sessions",
            config=_WITHOUT_SESSION,
            policy=FIPS,
            url=f"https://{_FIPS_ZONE}/k",
        ),
        _create(
            "Managing Express buckets, FIPS",
            policy=FIPS,
            url=f"https://s3express-control-fips.us-east-1.amazonaws.com/{_EXPRESS}",
            scope=_EXPRESS_SCOPE,
        ),
        _create(
            "Managing Express buckets is on no S3 endpoint",
            policy=PRIVATE,
            code="private.public_address",
            says="s3express-control.us-east-1.amazonaws.com",
        ),
        _create(
            "Managing Express buckets, though the application named an S3 endpoint",
            arguments=_S3_URL,
            policy=PRIVATE,
            code="private.public_address",
            says="s3express-control.us-east-1.amazonaws.com",
        ),
        _create(
            "Managing Express buckets, preferably private",
            policy=PREFER,
            url=f"https://s3express-control.us-east-1.amazonaws.com/{_EXPRESS}",
            scope=_EXPRESS_SCOPE,
        ),
        Row(
            title="The list of Express buckets, both",
            service="s3",
            operation="list_directory_buckets",
            region="us-east-1",
            policy=BOTH,
            since=_EXPRESS_SINCE,
            code="private.public_address",
            says="s3express-control-fips.us-east-1.amazonaws.com",
        ),
        get(
            "Acceleration",
            "payroll",
            config=_FAST,
            policy=PREFER,
            url="https://payroll.s3-accelerate.amazonaws.com/k",
        ),
        get(
            "Acceleration has no FIPS",
            "payroll",
            config=_FAST,
            policy=FIPS,
            code="fips.no_basis",
            says="Accelerate cannot be used with FIPS",
        ),
        get(
            "Acceleration, preferably FIPS",
            "payroll",
            config=_FAST,
            policy=policy(fips="prefer"),
            url="https://payroll.s3-accelerate.amazonaws.com/k",
        ),
        get(
            "Acceleration is on no S3 endpoint",
            "payroll",
            config=_FAST,
            policy=PRIVATE,
            code="private.public_address",
            says="payroll.s3-accelerate.amazonaws.com",
        ),
        get(
            "Acceleration is in no region",
            "payroll",
            config=_FAST,
            policy=policy(regional="require"),
            code="regional.global_host",
            says="payroll.s3-accelerate.amazonaws.com",
        ),
        get(
            "Acceleration, where only some regions are allowed",
            "payroll",
            config=_FAST,
            policy=policy(allowed_regions=["us-*"]),
            code="region.not_allowed",
            says="its host is in no region",
        ),
        get(
            "Acceleration, with a rule that allows all regions",
            "payroll",
            config=_FAST,
            policy={
                **policy(allowed_regions=["us-*"]),
                "rules": [{"services": ["s3"], "allowed_regions": ["*"], "reason": "SEC-7"}],
            },
            url="https://payroll.s3-accelerate.amazonaws.com/k",
        ),
        get(
            "Acceleration, both",
            "payroll",
            config=_FAST,
            policy=BOTH,
            code="fips.no_basis",
            says="Accelerate cannot be used with FIPS",
        ),
        get(
            "Outposts",
            _OUTPOST,
            policy=PREFER,
            url=f"https://{_OUTPOST_HOST}/k",
            scope="s3-outposts",
            headers={"X-Amz-Region-Set": "*"},
            since=_SIGV4A_SINCE,
            sigv4a=True,
        ),
        get(
            "Outposts has no FIPS",
            _OUTPOST,
            policy=FIPS,
            code="fips.no_basis",
            says="S3 Outposts does not support FIPS",
        ),
        get(
            "Outposts is on no S3 endpoint",
            _OUTPOST,
            policy=PRIVATE,
            code="private.public_address",
            says=_OUTPOST_HOST,
        ),
        get(
            "Outposts, both",
            _OUTPOST,
            policy=BOTH,
            code="fips.no_basis",
            says="S3 Outposts does not support FIPS",
        ),
        get(
            "An Outposts alias",
            _ALIAS,
            policy=PREFER,
            url=f"https://{_ALIAS_HOST}/k",
            scope="s3-outposts",
            since=_SIGV4A_SINCE,
            sigv4a=True,
        ),
        get(
            "An Outposts alias ignores FIPS",
            _ALIAS,
            policy=FIPS,
            code="fips.no_basis",
            says="use_fips_endpoint changes nothing for this host",
        ),
        get(
            "An Outposts alias, though the application asked for FIPS itself",
            _ALIAS,
            config={"use_fips_endpoint": True},
            policy=FIPS,
            code="fips.no_basis",
            says="use_fips_endpoint changes nothing for this host",
        ),
        get(
            "An Outposts alias ignores the endpoint that the application named",
            _ALIAS,
            arguments=_S3_URL,
            policy=PRIVATE,
            code="private.public_address",
            says=_ALIAS_HOST,
        ),
        get(
            "An Outposts alias ignores a declared URL",
            _ALIAS,
            arguments={"endpoint_url": "https://s3.corp.example"},
            policy={
                "defaults": {"private": "require"},
                "custom_endpoints": [
                    {
                        "url": "https://s3.corp.example",
                        "services": ["s3"],
                        "private": True,
                        "reason": "our own store",
                    }
                ],
            },
            code="endpoint_url.undeclared",
            says=_ALIAS_HOST,
        ),
    ),
)
