"""Gateway endpoints: routes change, names and addresses do not."""

from __future__ import annotations

from typing import Any

from .table import PRIVATE, Kind, Row, interface, policy, vpce

_LIST = ["52.92.0.0/17", "2600:1fa0:8000::/39"]
_HOST = "reports.s3.us-west-2.amazonaws.com"


def _gateway(service: str = "s3", region: str = "us-west-2", **rest: Any) -> dict[str, Any]:
    return {"type": "gateway", "service": service, "region": region, **rest}


def _row(title: str, policy: dict[str, Any], **rest: Any) -> Row:
    call = {
        "service": "s3",
        "operation": "list_objects_v2",
        "region": "us-west-2",
        "parameters": {"Bucket": "reports"},
    }
    return Row(**{"title": title, "policy": policy, **call, **rest})


KIND = Kind(
    "Gateway endpoints",
    """\
A gateway endpoint changes routes, and nothing that a client can see. What the policy declares is
`gateway-declared`: amber, never private. Its region must be that of the host, and where the policy
gives a prefix list the addresses must lie in it.
[Declare a gateway endpoint](../how-to/declare-a-gateway.md).
""",
    (
        _row(
            "A bucket in the gateway's region",
            policy(_gateway(), private="require"),
            url=f"https://{_HOST}/",
            scope="s3/us-west-2",
        ),
        _row(
            "The addresses lie in the prefix list",
            policy(_gateway(prefix_list=_LIST), private="require"),
            dns={_HOST: "52.92.17.1 2600:1fa0:8000::1"},
            url=f"https://{_HOST}/",
            scope="s3/us-west-2",
        ),
        _row(
            "One of them does not",
            policy(_gateway(prefix_list=_LIST), private="require"),
            dns={_HOST: "52.92.17.1 2600:1f18::1"},
            code="private.prefix_list",
            says="outside the prefix list of vpc_endpoints[0]",
        ),
        _row(
            "Nobody answers for the host",
            policy(_gateway(), private="require"),
            dns={_HOST: "SERVFAIL"},
            code="private.unverified",
            says="SERVFAIL",
        ),
        _row(
            "Another region's bucket takes the normal route",
            policy(_gateway(region="us-east-1"), private="require"),
            code="private.public_address",
            says="outside the trusted networks",
        ),
        _row(
            "FIPS through the gateway",
            policy(_gateway(), private="require", fips="require"),
            url="https://reports.s3-fips.us-west-2.amazonaws.com/",
            scope="s3/us-west-2",
        ),
        _row(
            "An interface endpoint can be proven, so it comes first",
            policy(_gateway(), interface(f"*.{vpce('s3', 'us-west-2')}"), private="prefer"),
            url=f"https://reports.bucket.{vpce('s3', 'us-west-2')}/",
            scope="s3/us-west-2",
        ),
        _row(
            "The legacy global host of us-east-1: its regional twin goes through",
            policy(_gateway(region="us-east-1"), private="require"),
            region="us-east-1",
            config={"s3": {"us_east_1_regional_endpoint": "legacy"}},
            url="https://reports.s3.us-east-1.amazonaws.com/",
            scope="s3/us-east-1",
        ),
        _row(
            "Acceleration goes elsewhere",
            policy(_gateway(), private="require"),
            config={"s3": {"use_accelerate_endpoint": True}},
            code="private.public_address",
            says="reports.s3-accelerate.amazonaws.com",
        ),
        _row(
            "The control plane of S3 takes the normal route",
            policy(_gateway(), private="require"),
            service="s3control",
            operation="list_jobs",
            parameters={"AccountId": "111122223333"},
            code="private.public_address",
            says="111122223333.s3-control.us-west-2.amazonaws.com",
        ),
        _row(
            "Express One Zone has a gateway of its own",
            policy(_gateway("s3express"), private="require"),
            parameters={"Bucket": "fast--usw2-az1--x-s3"},
            url="https://fast--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com/",
            scope="s3express/us-west-2",
            since=(1, 35, 0),
        ),
        _row(
            "DynamoDB",
            policy(_gateway("dynamodb"), private="require"),
            service="dynamodb",
            operation="list_tables",
            parameters={},
            url="https://dynamodb.us-west-2.amazonaws.com/",
            scope="dynamodb/us-west-2",
        ),
        _row(
            "DynamoDB, host with an account id",
            policy(_gateway("dynamodb"), private="require"),
            service="dynamodb",
            operation="list_tables",
            parameters={},
            account_id="111122223333",
            url="https://111122223333.ddb.us-west-2.amazonaws.com/",
            scope="dynamodb/us-west-2",
            since=(1, 36, 0),
        ),
        _row(
            "DynamoDB Streams take the normal route",
            policy(_gateway("dynamodb"), private="require"),
            service="dynamodbstreams",
            operation="list_streams",
            parameters={},
            code="private.public_address",
            says="streams.dynamodb.us-west-2.amazonaws.com",
        ),
        _row(
            "The host is private after all: then it is proven, and pinned",
            policy(_gateway(), private="require"),
            dns={_HOST: PRIVATE},
            url=f"https://{_HOST}/",
            scope="s3/us-west-2",
        ),
    ),
)
