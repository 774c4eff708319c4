"""URLs and POST forms that somebody else will use."""

from __future__ import annotations

from typing import Any

from .s3 import BY_ADDRESS, BY_NAME, FIPS, FIPS_BY_NAME
from .table import Kind, Row, interface, policy, vpce

_NAME = vpce("s3")
_FIPS_NAME = vpce("s3-fips", id="1")
_IRISH_NAME = vpce("s3", "eu-west-1")
_IRISH = interface(f"*.{_IRISH_NAME}")
_ACCESS_POINT = "arn:aws:s3:us-east-1:111122223333:accesspoint/payroll"
_PATH = {"addressing_style": "path"}

_PUBLIC = policy(BY_NAME, private="require", presigned="public")
_ROUTED = policy(BY_NAME, private="require", presigned="routed")
_BOTH = {"private": "require", "fips": "require"}


def _url(title: str, bucket: str = "payroll", **rest: Any) -> Row:
    """A URL for ``GetObject`` (or a form for a POST), signed with SigV4."""
    region = rest.pop("region", "us-east-1")
    values: dict[str, Any] = {"presigned": "url", **rest}
    values.setdefault("scope", "" if "code" in rest else f"s3/{region}")
    style = values.pop("style", {})
    config = {"signature_version": "s3v4", **({"s3": style} if style else {})}
    return Row(
        title=title,
        service="s3",
        operation="get_object",
        region=region,
        parameters={"Bucket": bucket, "Key": "k"},
        **{"config": config, **values},
    )


def _form(title: str, **rest: Any) -> Row:
    return _url(title, presigned="post", **rest)


KIND = Kind(
    "Presigned URLs and POSTs",
    """\
A presigned URL is used by somebody else, often where no VPC endpoint can be reached. So
`presigned = "public"`, the default, leaves it on AWS's own host, even under `private = "require"`;
`presigned = "routed"` treats it like a call. FIPS holds in both. For S3 botocore signs it for the
global host, in any region; with `use_fips_endpoint` that makes `s3-fips.us-east-1` of a bucket in
Ireland. Here it carries the client's own region.
""",
    (
        _url(
            "A presigned URL stays public",
            policy=_PUBLIC,
            url="https://payroll.s3.amazonaws.com/k",
        ),
        _url(
            "A presigned URL, routed",
            policy=_ROUTED,
            url=f"https://payroll.bucket.{_NAME}/k",
        ),
        _url(
            "A presigned URL, routed, in path style",
            style=_PATH,
            policy=_ROUTED,
            url=f"https://bucket.{_NAME}/payroll/k",
        ),
        _url(
            "A presigned URL for an access point, routed",
            _ACCESS_POINT,
            policy=_ROUTED,
            url=f"https://payroll-111122223333.accesspoint.{_NAME}/k",
        ),
        _url(
            "A presigned URL for an access point, FIPS",
            _ACCESS_POINT,
            policy=FIPS,
            url="https://payroll-111122223333.s3-accesspoint-fips.us-east-1.amazonaws.com/k",
        ),
        _url(
            "A presigned URL is FIPS where it stays public",
            policy=policy(BY_NAME, FIPS_BY_NAME, **_BOTH, presigned="public"),
            url="https://payroll.s3-fips.us-east-1.amazonaws.com/k",
        ),
        _url(
            "A presigned URL, routed, both",
            policy=policy(BY_NAME, FIPS_BY_NAME, **_BOTH, presigned="routed"),
            url=f"https://payroll.bucket.{_FIPS_NAME}/k",
        ),
        _url(
            "A presigned URL, routed, with no endpoint for FIPS",
            policy=policy(BY_NAME, **_BOTH, presigned="routed"),
            code="private.public_address",
            says="payroll.s3-fips.us-east-1.amazonaws.com",
        ),
        _url(
            "A presigned URL keeps the standard host by address",
            policy=policy(BY_ADDRESS, private="require", presigned="routed"),
            url="https://payroll.s3.us-east-1.amazonaws.com/k",
        ),
        _url(
            "A presigned URL from Ireland",
            region="eu-west-1",
            policy=policy(fips="off"),
            url="https://payroll.s3.amazonaws.com/k",
        ),
        _url(
            "A presigned URL from Ireland, FIPS",
            region="eu-west-1",
            policy=FIPS,
            url="https://payroll.s3-fips.eu-west-1.amazonaws.com/k",
        ),
        _url(
            "A presigned URL from Ireland, where the application asked for FIPS itself",
            region="eu-west-1",
            config={"use_fips_endpoint": True, "signature_version": "s3v4"},
            policy=policy(private="prefer"),
            url="https://payroll.s3-fips.eu-west-1.amazonaws.com/k",
        ),
        _url(
            "A presigned URL from Ireland, where S3 has no FIPS host",
            region="eu-west-1",
            policy=FIPS,
            dns={"s3-fips.eu-west-1.amazonaws.com": "NXDOMAIN"},
            code="fips.absent",
            says="payroll.s3-fips.eu-west-1.amazonaws.com",
        ),
        _url(
            "A presigned URL from Ireland, routed",
            region="eu-west-1",
            policy=policy(_IRISH, private="require", presigned="routed"),
            url=f"https://payroll.bucket.{_IRISH_NAME}/k",
        ),
        _url(
            "A presigned URL from Ireland is not on Virginia's endpoint",
            region="eu-west-1",
            policy=_ROUTED,
            code="private.public_address",
            says="payroll.s3.amazonaws.com",
        ),
        _url(
            "A presigned URL from Ireland, with a regional host demanded",
            region="eu-west-1",
            policy=policy(regional="require"),
            url="https://payroll.s3.eu-west-1.amazonaws.com/k",
        ),
        _url(
            "A presigned URL with the old signature, FIPS",
            region="eu-west-1",
            config={},
            policy=FIPS,
            url="https://payroll.s3-fips.eu-west-1.amazonaws.com/k",
            scope="",
        ),
        _url(
            "A presigned URL in a region that is not allowed",
            region="eu-west-1",
            policy=policy(allowed_regions=["us-*"]),
            code="region.not_allowed",
            says="eu-west-1",
        ),
        _url(
            "A presigned URL from Ireland, where only that is allowed",
            region="eu-west-1",
            policy=policy(allowed_regions=["eu-west-1"]),
            url="https://payroll.s3.eu-west-1.amazonaws.com/k",
        ),
        _form(
            "A presigned POST stays public",
            policy=_PUBLIC,
            url="https://payroll.s3.amazonaws.com/",
        ),
        _form(
            "A presigned POST, routed",
            policy=_ROUTED,
            url=f"https://payroll.bucket.{_NAME}/",
        ),
        _form(
            "A presigned POST, routed, in path style",
            style=_PATH,
            policy=_ROUTED,
            url=f"https://bucket.{_NAME}/payroll",
        ),
        _form(
            "A presigned POST, routed, both",
            policy=policy(FIPS_BY_NAME, **_BOTH, presigned="routed"),
            url=f"https://payroll.bucket.{_FIPS_NAME}/",
        ),
        _form(
            "A presigned POST from Ireland, FIPS",
            region="eu-west-1",
            policy=FIPS,
            url="https://payroll.s3-fips.eu-west-1.amazonaws.com/",
        ),
        _form(
            "A presigned POST from Ireland, where S3 has no FIPS host",
            region="eu-west-1",
            policy=FIPS,
            dns={"s3-fips.eu-west-1.amazonaws.com": "NXDOMAIN"},
            code="fips.absent",
            says="payroll.s3-fips.eu-west-1.amazonaws.com",
        ),
        Row(
            title="A presigned URL of another service, FIPS",
            service="sts",
            operation="get_caller_identity",
            region="us-west-2",
            presigned="url",
            policy=FIPS,
            url="https://sts-fips.us-west-2.amazonaws.com/",
            scope="sts/us-west-2",
        ),
        Row(
            title="A presigned URL of another service, routed",
            service="sts",
            operation="get_caller_identity",
            region="us-west-2",
            presigned="url",
            policy=policy(
                interface(vpce("sts", "us-west-2")), private="require", presigned="routed"
            ),
            url=f"https://{vpce('sts', 'us-west-2')}/",
            scope="sts/us-west-2",
        ),
    ),
)
