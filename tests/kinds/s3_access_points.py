"""Access points of S3, those of Object Lambda, and those over several regions."""

from __future__ import annotations

from .s3 import AT_ADDRESS, BOTH, BOTH_AT_ADDRESS, FIPS, PREFER, PRIVATE, get
from .table import Kind, Row, interface, policy, vpce

_ARN = "arn:aws:s3:us-east-1:111122223333:accesspoint/payroll"
_WEST = "arn:aws:s3:us-west-2:111122223333:accesspoint/payroll"
_ALIAS = "payroll-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"
_LAMBDA = "arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/payroll"
_LAMBDA_ALIAS = "payroll-a1b2c3d4e5f6g7h8i9j0k1l2m3n4ouse1a--ol-s3"
MULTI = "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap"
_MULTI_HOST = "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com"
_MULTI_ENDPOINT = "vpce-0123456789abcdef2-abcdefgh.accesspoint.s3-global.vpce.amazonaws.com"
_NAME = vpce("s3")
_FIPS_NAME = vpce("s3-fips", id="1")
_LAMBDA_SCOPE = "s3-object-lambda/us-east-1"


def _written(title: str, **rest: object) -> Row:
    """What a Lambda function answers an Object Lambda request with."""
    return Row(
        title=title,
        service="s3",
        operation="write_get_object_response",
        region="us-east-1",
        parameters={"RequestRoute": "io-token0", "RequestToken": "token"},
        **rest,  # type: ignore[arg-type]
    )


KIND = Kind(
    "S3 access points",
    """\
An access point is named by its ARN, which leads to a host of its own, or by its alias, which is a
bucket's name to everybody. The region is that of the ARN. Object Lambda is a service of its own,
with its own hosts and its own signing name; an S3 endpoint's name has no label for it, so it is
public unless private DNS or `connect = "address"` makes it private. A multi-region access point has
one host in the world, signed with SigV4A (botocore needs `awscrt` for it) and without FIPS; its
endpoint is one of the PrivateLink service `com.amazonaws.s3-global.accesspoint`, whose own name
does not tell the access point: it is declared with `connect = "address"`.
""",
    (
        get(
            "An access point, FIPS",
            _ARN,
            policy=FIPS,
            url="https://payroll-111122223333.s3-accesspoint-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "An access point on an endpoint",
            _ARN,
            policy=PRIVATE,
            url=f"https://payroll-111122223333.accesspoint.{_NAME}/k",
        ),
        get(
            "An access point, both",
            _ARN,
            policy=BOTH,
            url=f"https://payroll-111122223333.accesspoint.{_FIPS_NAME}/k",
        ),
        get(
            "An access point by address",
            _ARN,
            policy=AT_ADDRESS,
            url="https://payroll-111122223333.s3-accesspoint.us-east-1.amazonaws.com/k",
        ),
        get(
            "An access point by address, both",
            _ARN,
            policy=BOTH_AT_ADDRESS,
            url="https://payroll-111122223333.s3-accesspoint-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "An access point, though the application named the endpoint's label for buckets",
            _ARN,
            arguments={"endpoint_url": f"https://bucket.{_NAME}"},
            policy=PRIVATE,
            url=f"https://payroll-111122223333.accesspoint.{_NAME}/k",
        ),
        get(
            "Another region's access point",
            _WEST,
            policy=PRIVATE,
            code="private.public_address",
            says="payroll-111122223333.s3-accesspoint.us-west-2.amazonaws.com",
        ),
        get(
            "Another region's access point, though the application named the endpoint",
            _WEST,
            arguments={"endpoint_url": f"https://accesspoint.{_NAME}"},
            policy=PRIVATE,
            code="private.public_address",
            says="payroll-111122223333.s3-accesspoint.us-west-2.amazonaws.com",
        ),
        get(
            "Another region's access point, preferably private",
            _WEST,
            policy=PREFER,
            url="https://payroll-111122223333.s3-accesspoint.us-west-2.amazonaws.com/k",
            scope="s3/us-west-2",
        ),
        get(
            "Another region's access point, FIPS",
            _WEST,
            policy=FIPS,
            url="https://payroll-111122223333.s3-accesspoint-fips.us-west-2.amazonaws.com/k",
            scope="s3/us-west-2",
        ),
        get(
            "Another region's access point, where only one region is allowed",
            _WEST,
            policy=policy(allowed_regions=["us-east-1"]),
            code="region.not_allowed",
            says="us-west-2",
        ),
        get(
            "An access point's alias, FIPS",
            _ALIAS,
            policy=FIPS,
            url=f"https://{_ALIAS}.s3-fips.us-east-1.amazonaws.com/k",
        ),
        get(
            "An access point's alias on an endpoint",
            _ALIAS,
            policy=PRIVATE,
            url=f"https://{_ALIAS}.bucket.{_NAME}/k",
        ),
        get(
            "An access point's alias, both",
            _ALIAS,
            policy=BOTH,
            url=f"https://{_ALIAS}.bucket.{_FIPS_NAME}/k",
        ),
        get(
            "Object Lambda, FIPS",
            _LAMBDA,
            policy=FIPS,
            url="https://payroll-111122223333.s3-object-lambda-fips.us-east-1.amazonaws.com/k",
            scope=_LAMBDA_SCOPE,
        ),
        get(
            "Object Lambda is on no S3 endpoint",
            _LAMBDA,
            policy=PRIVATE,
            code="private.public_address",
            says="payroll-111122223333.s3-object-lambda.us-east-1.amazonaws.com",
        ),
        get(
            "Object Lambda, both",
            _LAMBDA,
            policy=BOTH,
            code="private.public_address",
            says="payroll-111122223333.s3-object-lambda-fips.us-east-1.amazonaws.com",
        ),
        get(
            "Object Lambda, preferably private",
            _LAMBDA,
            policy=PREFER,
            url="https://payroll-111122223333.s3-object-lambda.us-east-1.amazonaws.com/k",
            scope=_LAMBDA_SCOPE,
        ),
        get(
            "An Object Lambda alias is a bucket's name",
            _LAMBDA_ALIAS,
            policy=BOTH,
            url=f"https://{_LAMBDA_ALIAS}.bucket.{_FIPS_NAME}/k",
        ),
        _written(
            "The answer to Object Lambda, FIPS",
            policy=FIPS,
            url="https://io-token0.s3-object-lambda-fips.us-east-1.amazonaws.com/",
            scope=_LAMBDA_SCOPE,
        ),
        _written(
            "The answer to Object Lambda is on no S3 endpoint",
            policy=PRIVATE,
            code="private.public_address",
            says="s3-object-lambda.us-east-1.amazonaws.com",
        ),
        _written(
            "The answer to Object Lambda by private DNS, both",
            policy=BOTH,
            dns={"io-token0.s3-object-lambda-fips.us-east-1.amazonaws.com": "private"},
            url="https://io-token0.s3-object-lambda-fips.us-east-1.amazonaws.com/",
            scope=_LAMBDA_SCOPE,
        ),
        get(
            "A multi-region access point",
            MULTI,
            policy=PREFER,
            url=f"https://{_MULTI_HOST}/k",
            scope="s3",
            headers={"X-Amz-Region-Set": "*"},
            sigv4a=True,
        ),
        get(
            "A multi-region access point has no FIPS",
            MULTI,
            policy=FIPS,
            code="fips.no_basis",
            says="S3 MRAP does not support FIPS",
            sigv4a=True,
        ),
        get(
            "A multi-region access point, preferably FIPS",
            MULTI,
            policy=policy(fips="prefer"),
            url=f"https://{_MULTI_HOST}/k",
            scope="s3",
            sigv4a=True,
        ),
        get(
            "A multi-region access point, where only some regions are allowed",
            MULTI,
            policy=policy(allowed_regions=["us-*"]),
            code="region.not_allowed",
            says="its host is in no region",
            sigv4a=True,
        ),
        get(
            "A multi-region access point is in no region",
            MULTI,
            policy=policy(regional="require"),
            code="regional.global_host",
            says=_MULTI_HOST,
            sigv4a=True,
        ),
        get(
            "A multi-region access point is on no S3 endpoint",
            MULTI,
            policy=PRIVATE,
            code="private.public_address",
            says=_MULTI_HOST,
            sigv4a=True,
        ),
        get(
            "A multi-region access point, though the application named an S3 endpoint",
            MULTI,
            arguments={"endpoint_url": f"https://bucket.{_NAME}"},
            policy=PRIVATE,
            code="private.public_address",
            says=_MULTI_HOST,
            sigv4a=True,
        ),
        get(
            "A multi-region access point on the endpoint for it, by name",
            MULTI,
            policy=policy(
                interface(_MULTI_ENDPOINT, serves=["*.accesspoint.s3-global.amazonaws.com"]),
                private="require",
            ),
            code="private.no_endpoint",
            says='connect = "address"',
            sigv4a=True,
        ),
        get(
            "A multi-region access point on the endpoint for it",
            MULTI,
            policy=policy(
                interface(
                    _MULTI_ENDPOINT,
                    serves=["*.accesspoint.s3-global.amazonaws.com"],
                    connect="address",
                ),
                private="require",
            ),
            url=f"https://{_MULTI_HOST}/k",
            scope="s3",
            headers={"X-Amz-Region-Set": "*"},
            sigv4a=True,
        ),
    ),
)
