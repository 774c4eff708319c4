"""Buckets of S3: in the host or in the path, at every kind of address."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, interface, policy, vpce

#: AWS shows an S3 endpoint's name with a star in front: bucket, accesspoint or control go there.
BY_NAME = interface("*." + vpce("s3"))
FIPS_BY_NAME = interface("*." + vpce("s3-fips", id="1"))
BY_ADDRESS = interface("*." + vpce("s3"), connect="address")
FIPS_BY_ADDRESS = interface("*." + vpce("s3-fips", id="1"), connect="address")

FIPS = policy(fips="require")
PRIVATE = policy(BY_NAME, private="require")
BOTH = policy(BY_NAME, FIPS_BY_NAME, private="require", fips="require")
PREFER = policy(BY_NAME, private="prefer")
AT_ADDRESS = policy(BY_ADDRESS, private="require")
BOTH_AT_ADDRESS = policy(FIPS_BY_ADDRESS, private="require", fips="require")


def get(title: str, bucket: str, **rest: Any) -> Row:
    """``GetObject`` in us-east-1, signed for S3 there unless *rest* says otherwise."""
    return Row(
        title=title,
        service="s3",
        operation="get_object",
        parameters={"Bucket": bucket, "Key": "k"},
        **{"region": "us-east-1", "scope": "" if "code" in rest else "s3/us-east-1", **rest},
    )


_PATH = {"s3": {"addressing_style": "path"}}
_VIRTUAL = {"s3": {"addressing_style": "virtual"}}
_LEGACY = {"s3": {"us_east_1_regional_endpoint": "legacy"}}
_REGIONAL = {"s3": {"us_east_1_regional_endpoint": "regional"}}
_DUAL = {"use_dualstack_endpoint": True}
_NAME = vpce("s3")
_FIPS_NAME = vpce("s3-fips", id="1")

KIND = Kind(
    "S3 buckets",
    """\
The bucket stands in front of the host (virtual-host style) or in the path; a name with a dot is no
label that the certificate covers, so it stands in the path. An interface endpoint keeps whichever
it is and puts the label of the family between: `bucket`, `accesspoint` or `control`, chosen for
each call. One declared endpoint is all that a client needs for all three. `s3-fips` is a
PrivateLink service of its own. In us-east-1 botocore still uses the global host; an endpoint serves
it as the regional one. What is in another region never goes to this region's endpoint.
""",
    (
        get(
            "Virtual-host style, FIPS",
            "payroll",
            policy=FIPS,
            url="https://payroll.s3-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "Virtual-host style on an endpoint",
            "payroll",
            policy=PRIVATE,
            url=f"https://payroll.bucket.{_NAME}/k",
        ),
        get(
            "Virtual-host style, both",
            "payroll",
            policy=BOTH,
            url=f"https://payroll.bucket.{_FIPS_NAME}/k",
        ),
        get(
            "A plain S3 endpoint is not the FIPS one",
            "payroll",
            policy=policy(BY_NAME, private="require", fips="require"),
            code="private.public_address",
            says="payroll.s3-fips.us-east-1.amazonaws.com",
        ),
        get(
            "A FIPS endpoint does not serve the plain host",
            "payroll",
            policy=policy(FIPS_BY_NAME, private="require"),
            code="private.public_address",
            says="payroll.s3.amazonaws.com",
        ),
        get(
            "Virtual-host style by address",
            "payroll",
            policy=AT_ADDRESS,
            url="https://payroll.s3.us-east-1.amazonaws.com/k",
        ),
        get(
            "Virtual-host style by address, both",
            "payroll",
            policy=BOTH_AT_ADDRESS,
            url="https://payroll.s3-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "Path style, FIPS",
            "payroll",
            config=_PATH,
            policy=FIPS,
            url="https://s3-fips.us-east-1.amazonaws.com/payroll/k",
        ),
        get(
            "Path style on an endpoint",
            "payroll",
            config=_PATH,
            policy=PRIVATE,
            url=f"https://bucket.{_NAME}/payroll/k",
        ),
        get(
            "Path style, both",
            "payroll",
            config=_PATH,
            policy=BOTH,
            url=f"https://bucket.{_FIPS_NAME}/payroll/k",
        ),
        get(
            "Path style by address, both",
            "payroll",
            config=_PATH,
            policy=BOTH_AT_ADDRESS,
            url="https://s3-fips.us-east-1.amazonaws.com/payroll/k",
        ),
        get(
            "A dotted bucket, FIPS",
            "pay.roll",
            policy=FIPS,
            url="https://s3-fips.us-east-1.amazonaws.com/pay.roll/k",
        ),
        get(
            "A dotted bucket on an endpoint",
            "pay.roll",
            config=_VIRTUAL,
            policy=PRIVATE,
            url=f"https://bucket.{_NAME}/pay.roll/k",
        ),
        get(
            "A dotted bucket, both",
            "pay.roll",
            policy=BOTH,
            url=f"https://bucket.{_FIPS_NAME}/pay.roll/k",
        ),
        get(
            "A bucket that is called like a family of hosts",
            "s3-accesspoint.backup",
            policy=PRIVATE,
            url=f"https://bucket.{_NAME}/s3-accesspoint.backup/k",
        ),
        Row(
            title="No bucket at all",
            service="s3",
            operation="list_buckets",
            region="us-east-1",
            policy=BOTH,
            url=f"https://bucket.{_FIPS_NAME}/",
            scope="s3/us-east-1",
        ),
        get(
            "The global host, public",
            "payroll",
            config=_LEGACY,
            policy=PREFER,
            dns={f"bucket.{_NAME}": "NXDOMAIN"},
            url="https://payroll.s3.amazonaws.com/k",
        ),
        get(
            "The global host on an endpoint",
            "payroll",
            config=_LEGACY,
            policy=PRIVATE,
            url=f"https://payroll.bucket.{_NAME}/k",
        ),
        get(
            "The global host by address becomes the regional one",
            "payroll",
            config=_LEGACY,
            policy=AT_ADDRESS,
            url="https://payroll.s3.us-east-1.amazonaws.com/k",
        ),
        get(
            "There is no global FIPS host",
            "payroll",
            config=_LEGACY,
            policy=FIPS,
            url="https://payroll.s3-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "Private DNS covers the bucket's own host",
            "payroll",
            config=_REGIONAL,
            policy=policy(private="require"),
            dns={"payroll.s3.us-east-1.amazonaws.com": "private"},
            url="https://payroll.s3.us-east-1.amazonaws.com/k",
        ),
        get(
            "Private DNS for the apex only",
            "payroll",
            config=_REGIONAL,
            policy=policy(private="require"),
            dns={"s3.us-east-1.amazonaws.com": "private"},
            code="private.public_address",
            says="payroll.s3.us-east-1.amazonaws.com",
        ),
        get(
            "A client of another region",
            "payroll",
            region="us-west-2",
            policy=PRIVATE,
            code="private.public_address",
            says="payroll.s3.us-west-2.amazonaws.com",
        ),
        get(
            "A client of another region, preferably private",
            "payroll",
            region="us-west-2",
            policy=PREFER,
            url="https://payroll.s3.us-west-2.amazonaws.com/k",
            scope="s3/us-west-2",
        ),
        get(
            "An endpoint that does not resolve, preferably private",
            "payroll",
            config=_REGIONAL,
            policy=PREFER,
            dns={f"bucket.{_NAME}": "NXDOMAIN"},
            url="https://payroll.s3.us-east-1.amazonaws.com/k",
        ),
        get(
            "The application names the endpoint itself",
            "payroll",
            arguments={"endpoint_url": f"https://bucket.{_NAME}"},
            policy=PRIVATE,
            url=f"https://payroll.bucket.{_NAME}/k",
        ),
        get(
            "Dual-stack, FIPS",
            "payroll",
            config=_DUAL,
            policy=FIPS,
            url="https://payroll.s3-fips.dualstack.us-east-1.amazonaws.com/k",
        ),
        get(
            "Dual-stack is another host than the endpoint's",
            "payroll",
            config=_DUAL,
            policy=PRIVATE,
            code="private.public_address",
            says="payroll.s3.dualstack.us-east-1.amazonaws.com",
        ),
        get(
            "Dual-stack on an endpoint that is declared for it",
            "payroll",
            config=_DUAL,
            policy=policy(
                interface("*." + _NAME, serves=["*.s3.dualstack.us-east-1.amazonaws.com"]),
                private="require",
            ),
            url=f"https://payroll.bucket.{_NAME}/k",
        ),
        get(
            "A plain endpoint that answers for the FIPS host by address",
            "payroll",
            policy=policy(
                interface(
                    "*." + _NAME,
                    serves=["*.s3-fips.us-east-1.amazonaws.com"],
                    connect="address",
                ),
                private="require",
                fips="require",
            ),
            url="https://payroll.s3-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "A name of one's own has no place for the bucket",
            "payroll",
            policy=policy(
                interface("s3.corp.example", serves=["*.s3.us-east-1.amazonaws.com"]),
                private="require",
            ),
            dns={"s3.corp.example": "private"},
            code="private.no_endpoint",
            says='connect = "address"',
        ),
        get(
            "A name of one's own, preferably private",
            "payroll",
            config=_REGIONAL,
            policy=policy(
                interface("s3.corp.example", serves=["*.s3.us-east-1.amazonaws.com"]),
                private="prefer",
            ),
            dns={"s3.corp.example": "private"},
            url="https://payroll.s3.us-east-1.amazonaws.com/k",
        ),
        get(
            "A name of one's own in path style",
            "payroll",
            config={"s3": {**_PATH["s3"], **_REGIONAL["s3"]}},
            policy=policy(
                interface("s3.corp.example", serves=["s3.us-east-1.amazonaws.com"]),
                private="require",
            ),
            dns={"s3.corp.example": "private"},
            url="https://s3.corp.example/payroll/k",
        ),
        get(
            "China has a DNS suffix of its own",
            "payroll",
            region="cn-north-1",
            policy=policy(
                interface("*." + vpce("s3", "cn-north-1", suffix="amazonaws.com.cn")),
                private="require",
            ),
            url="https://payroll.bucket."
            + vpce("s3", "cn-north-1", suffix="amazonaws.com.cn")
            + "/k",
            scope="s3/cn-north-1",
        ),
    ),
)
