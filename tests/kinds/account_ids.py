"""Hosts that begin with the account id of the credentials."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, interface, policy, vpce

_ACCOUNT = "111122223333"
_STREAM = "arn:aws-us-gov:kinesis:us-gov-west-1:999988887777:stream/clicks"
_TABLE = "arn:aws:dynamodb:us-east-1:999988887777:table/orders"


def _row(title: str, policy: dict[str, Any], **rest: Any) -> Row:
    call = {
        "service": "dynamodb",
        "operation": "list_tables",
        "region": "us-east-1",
        "account_id": _ACCOUNT,
        "since": (1, 36, 0),
    }
    return Row(**{"title": title, "policy": policy, **call, **rest})


def _off(*endpoints: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    return policy(*endpoints, **defaults, account_id_hosts="off")


KIND = Kind(
    "Hosts with an account id",
    """\
Where the credentials tell their account, botocore puts it in front of the hosts of DynamoDB, its
streams, Kinesis and EventBridge. Endpoints for the plain host do not serve those, and private DNS
for it does not cover them, so DNS is asked about the host that is really used. Where only the plain
host is private, the account id is left out, unless the client insists on it. With
`account_id_hosts = "off"` it is always left out. The Decision's variant then says
`without_account_id`. An ARN in a call of Kinesis brings its account along all the
same: botocore has no switch for that, so pass the stream's name.
""",
    (
        _row(
            "Nothing is required",
            policy(),
            url="https://111122223333.ddb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "An endpoint serves the plain host only",
            policy(interface(vpce("dynamodb")), private="require"),
            url=f"https://{vpce('dynamodb')}/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "The same where private is preferred",
            policy(interface(vpce("dynamodb"))),
            url=f"https://{vpce('dynamodb')}/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "The same where an `endpoint_url` names the plain host",
            policy(interface(vpce("dynamodb")), private="require"),
            arguments={"endpoint_url": "https://dynamodb.us-east-1.amazonaws.com"},
            url=f"https://{vpce('dynamodb')}/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "Nothing is private",
            policy(private="require"),
            code="private.public_address",
            says="com.amazonaws.us-east-1.dynamodb",
        ),
        _row(
            "The application insists on the account id",
            policy(interface(vpce("dynamodb")), private="require"),
            config={"account_id_endpoint_mode": "required"},
            code="private.public_address",
            says="111122223333.ddb.us-east-1.amazonaws.com",
        ),
        _row(
            "Then the policy may leave it out all the same",
            _off(interface(vpce("dynamodb")), private="require"),
            config={"account_id_endpoint_mode": "required"},
            url=f"https://{vpce('dynamodb')}/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "Private DNS covers the plain host only",
            policy(private="require"),
            dns={"dynamodb.us-east-1.amazonaws.com": "private"},
            url="https://dynamodb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "The account id is left out for all calls",
            _off(),
            dns={"dynamodb.us-east-1.amazonaws.com": "private"},
            url="https://dynamodb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "A private hosted zone that covers all accounts",
            policy(private="require"),
            dns={
                "111122223333.ddb.us-east-1.amazonaws.com": "private",
                "dynamodb.us-east-1.amazonaws.com": "private",
            },
            url="https://111122223333.ddb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "An endpoint that serves all accounts, by address",
            policy(
                interface(
                    vpce("dynamodb"),
                    serves=["*.ddb.us-east-1.amazonaws.com"],
                    connect="address",
                ),
                private="require",
            ),
            url="https://111122223333.ddb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "The table's ARN names another account",
            policy(),
            operation="describe_table",
            parameters={"TableName": _TABLE},
            url="https://999988887777.ddb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "The same, with the account id left out",
            _off(),
            operation="describe_table",
            parameters={"TableName": _TABLE},
            url="https://dynamodb.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "The FIPS host of DynamoDB has no account id",
            policy(fips="require"),
            url="https://dynamodb-fips.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "In GovCloud the plain host is the FIPS host",
            policy(fips="require"),
            region="us-gov-west-1",
            url="https://dynamodb.us-gov-west-1.amazonaws.com/",
            scope="dynamodb/us-gov-west-1",
        ),
        _row(
            "The same, with the account id left out",
            _off(fips="require"),
            region="us-gov-west-1",
            url="https://dynamodb.us-gov-west-1.amazonaws.com/",
            scope="dynamodb/us-gov-west-1",
        ),
        _row(
            "An application that insists on the account id, under FIPS",
            policy(fips="require"),
            config={"account_id_endpoint_mode": "required"},
            code="fips.no_basis",
            says="FIPS account endpoints are not supported",
        ),
        _row(
            "Kinesis keeps it under FIPS, so the host is another one",
            policy(fips="require"),
            service="kinesis",
            operation="list_shards",
            parameters={"StreamName": "clicks"},
            region="us-gov-west-1",
            url="https://111122223333.control-kinesis-fips.us-gov-west-1.amazonaws.com/",
            scope="kinesis/us-gov-west-1",
            since=(1, 40, 0),
        ),
        _row(
            "An ARN of Kinesis brings its account along",
            _off(fips="require"),
            service="kinesis",
            operation="list_shards",
            parameters={"StreamARN": _STREAM},
            region="us-gov-west-1",
            url="https://999988887777.control-kinesis-fips.us-gov-west-1.amazonaws.com/",
            scope="kinesis/us-gov-west-1",
            since=(1, 40, 0),
        ),
        _row(
            "The stream's name does not",
            _off(fips="require"),
            service="kinesis",
            operation="list_shards",
            parameters={"StreamName": "clicks"},
            region="us-gov-west-1",
            url="https://kinesis.us-gov-west-1.amazonaws.com/",
            scope="kinesis/us-gov-west-1",
            since=(1, 40, 0),
        ),
    ),
)
