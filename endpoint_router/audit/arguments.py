"""Parameters with which a call would go to a host that was seen: of S3, which has many. Pure.

A record tells the host and not what the call was about. An access point's ARN leads to a host that
no bucket's name leads to, so botocore's ruleset has to be given one to say what the host is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..survey.clients import arguments_for
from ..survey.values import LABEL

_ACCOUNT = "123456789012"
_OUTPOST = "op-01234567890123456"
#: By how the host's own label begins, the resource that leads there.
_RESOURCES: Mapping[str, str] = {
    "accesspoint": f"arn:{{partition}}:s3:{{region}}:{_ACCOUNT}:accesspoint/{LABEL}",
    "s3-accesspoint": f"arn:{{partition}}:s3:{{region}}:{_ACCOUNT}:accesspoint/{LABEL}",
    "s3-object-lambda": (
        f"arn:{{partition}}:s3-object-lambda:{{region}}:{_ACCOUNT}:accesspoint/{LABEL}"
    ),
    "s3-outposts": (
        f"arn:{{partition}}:s3-outposts:{{region}}:{_ACCOUNT}"
        f":outpost/{_OUTPOST}/accesspoint/{LABEL}"
    ),
    "s3-global": f"arn:{{partition}}:s3::{_ACCOUNT}:accesspoint/{LABEL}.mrap",
    "s3express-control": f"{LABEL}--use1-az1--x-s3",
}


def arguments_towards(host: str, operation: Any, region: str, partition: str) -> dict[str, Any]:
    """Parameters of *operation* that lead to *host*, where they can.

    :param host: without bucket, access point and account.
    """
    given = arguments_for(operation)
    resource = _resource(host).format(region=region, partition=partition)
    if not resource:
        return given
    read = {each.member_name for each in operation.context_parameters}  # by the ruleset
    is_control = operation.service_model.service_name == "s3control"
    # An access point is named by S3 in the place of a bucket, and by S3 Control itself.
    named = {
        "Bucket": resource.replace("/accesspoint/", "/bucket/") if is_control else resource,
        "Name": resource.replace("--x-s3", "--xa-s3"),
        "AccountId": _ACCOUNT,  # that of the resource
        "OutpostId": _OUTPOST if _OUTPOST in resource else "",
    }
    return given | {name: value for name, value in named.items() if name in read and value}


def _resource(host: str) -> str:
    front = host.partition(".")[0]
    for family, resource in _RESOURCES.items():
        if front in (family, f"{family}-fips"):
            return resource
    zone = front.removeprefix("s3express-").removeprefix("fips-")
    return f"{LABEL}--{zone}--x-s3" if front.startswith("s3express-") else ""
