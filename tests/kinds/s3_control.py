"""The control plane of S3, whose hosts begin with the account."""

from __future__ import annotations

from typing import Any

from .s3 import AT_ADDRESS, BOTH, BOTH_AT_ADDRESS, BY_NAME, FIPS, PREFER, PRIVATE
from .table import Kind, Row, interface, policy, vpce

_ACCOUNT = "111122223333"
_OUTPOST = "arn:aws:s3-outposts:us-east-1:111122223333:outpost/op-0b1d075431d83bebd/accesspoint/pay"
_NAME = vpce("s3")
_FIPS_NAME = vpce("s3-fips", id="1")
_WEST_NAME = vpce("s3-fips", "us-west-2")
_PATH = "v20180820/accesspoint"
_CONTROL_URL = {"endpoint_url": f"https://control.{_NAME}"}


def _row(title: str, operation: str = "list_access_points", **rest: Any) -> Row:
    parameters = {"AccountId": _ACCOUNT, **rest.pop("parameters", {})}
    values = {"region": "us-east-1", "scope": "" if "code" in rest else "s3/us-east-1", **rest}
    return Row(
        title=title, service="s3control", operation=operation, parameters=parameters, **values
    )


def _outpost(title: str, **rest: Any) -> Row:
    if "code" not in rest:
        rest.update(scope="s3-outposts/us-east-1")
        rest.update(headers={"x-amz-outpost-id": "op-0b1d075431d83bebd"})
    return _row(title, "get_access_point", parameters={"Name": _OUTPOST}, **rest)


KIND = Kind(
    "S3 control",
    """\
The control plane is a family of its own: `s3-control`, behind the account's id. It is on the same
interface endpoint as the buckets, at the label `control`. With an endpoint URL botocore drops
`use_fips_endpoint` without a word; here the URL only names the endpoint, and FIPS still holds. What
manages Outposts and Express goes to other hosts, which no S3 endpoint carries.
""",
    (
        _row(
            "The control plane, FIPS",
            policy=FIPS,
            url=f"https://{_ACCOUNT}.s3-control-fips.us-east-1.amazonaws.com/{_PATH}",
        ),
        _row(
            "The control plane on an endpoint",
            policy=PRIVATE,
            url=f"https://{_ACCOUNT}.control.{_NAME}/{_PATH}",
        ),
        _row(
            "The control plane, both",
            policy=BOTH,
            url=f"https://{_ACCOUNT}.control.{_FIPS_NAME}/{_PATH}",
        ),
        _row(
            "The control plane by address",
            policy=AT_ADDRESS,
            url=f"https://{_ACCOUNT}.s3-control.us-east-1.amazonaws.com/{_PATH}",
        ),
        _row(
            "The control plane by address, both",
            policy=BOTH_AT_ADDRESS,
            url=f"https://{_ACCOUNT}.s3-control-fips.us-east-1.amazonaws.com/{_PATH}",
        ),
        _row(
            "The control plane, where the application named the endpoint",
            arguments=_CONTROL_URL,
            policy=PRIVATE,
            url=f"https://{_ACCOUNT}.control.{_NAME}/{_PATH}",
        ),
        _row(
            "The control plane, where the application named an endpoint without FIPS",
            arguments=_CONTROL_URL,
            policy=policy(BY_NAME, private="require", fips="require"),
            code="private.public_address",
            says="111122223333.s3-control-fips.us-east-1.amazonaws.com",
        ),
        _row(
            "The control plane of another region",
            region="us-west-2",
            policy=PRIVATE,
            code="private.public_address",
            says="111122223333.s3-control.us-west-2.amazonaws.com",
        ),
        _row(
            "The control plane, dual-stack and FIPS",
            config={"use_dualstack_endpoint": True},
            policy=FIPS,
            url=f"https://{_ACCOUNT}.s3-control-fips.dualstack.us-east-1.amazonaws.com/{_PATH}",
        ),
        _row(
            "Multi-region access points are managed like any other",
            "list_multi_region_access_points",
            region="us-west-2",
            policy=policy(interface(f"*.{_WEST_NAME}"), private="require", fips="require"),
            url=f"https://{_ACCOUNT}.control.{_WEST_NAME}/v20180820/mrap",
            scope="s3/us-west-2",
        ),
        _outpost(
            "Managing Outposts, FIPS",
            policy=FIPS,
            url=f"https://s3-outposts-fips.us-east-1.amazonaws.com/{_PATH}",
        ),
        _outpost(
            "Managing Outposts is on no S3 endpoint",
            policy=PRIVATE,
            code="private.public_address",
            says="s3-outposts.us-east-1.amazonaws.com",
        ),
        _outpost(
            "Managing Outposts, both",
            policy=BOTH,
            code="private.public_address",
            says="s3-outposts-fips.us-east-1.amazonaws.com",
        ),
        _outpost(
            "Managing Outposts, though the application named the endpoint for control",
            arguments=_CONTROL_URL,
            policy=PRIVATE,
            code="private.public_address",
            says="s3-outposts.us-east-1.amazonaws.com",
        ),
        _outpost(
            "Managing Outposts, preferably private",
            policy=PREFER,
            url=f"https://s3-outposts.us-east-1.amazonaws.com/{_PATH}",
        ),
        _row(
            "An access point of an Express bucket, FIPS",
            "get_access_point",
            parameters={"Name": "payroll--use1-az4--xa-s3"},
            since=(1, 38, 0),
            policy=FIPS,
            url=f"https://s3express-control-fips.us-east-1.amazonaws.com/{_PATH}",
            scope="s3express/us-east-1",
        ),
        _row(
            "An access point of an Express bucket is on no S3 endpoint",
            "get_access_point",
            parameters={"Name": "payroll--use1-az4--xa-s3"},
            since=(1, 38, 0),
            policy=PRIVATE,
            code="private.public_address",
            says="s3express-control.us-east-1.amazonaws.com",
        ),
    ),
)
