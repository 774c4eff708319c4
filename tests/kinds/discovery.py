"""Endpoint discovery: the service itself names the host of the next call."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, interface, policy, vpce

_CELL = "query-cell1.timestream.us-east-1.amazonaws.com"
_ANY_CELL = {
    "url": "https://*.timestream.us-east-1.amazonaws.com",
    "services": ["timestream-*"],
    "reason": "the cells of our account",
}


def _discovered(host: str) -> dict[str, Any]:
    return {"DescribeEndpoints": {"Endpoints": [{"Address": host, "CachePeriodInMinutes": 60}]}}


def _row(title: str, policy: dict[str, Any], **rest: Any) -> Row:
    call = {
        "service": "timestream-query",
        "operation": "query",
        "region": "us-east-1",
        "parameters": {"QueryString": "SELECT 1"},
        "answers": _discovered(_CELL),
    }
    return Row(**{"title": title, "policy": policy, **call, **rest})


KIND = Kind(
    "Endpoint discovery",
    """\
Timestream tells each account its cell, and DynamoDB does where the client asks for it. The host
that comes back is decided on like any other, not trusted: it is one of the service's own, or an
endpoint serves it, or the policy declares it. In the lines here AWS answers `DescribeEndpoints`
with `query-cell1.timestream.us-east-1.amazonaws.com`, or with what the line says.
""",
    (
        _row(
            "Nothing is required",
            policy(),
            url=f"https://{_CELL}/",
            scope="timestream/us-east-1",
        ),
        _row(
            "Private, and nobody declares the cell",
            policy(private="require"),
            dns={"query.timestream.us-east-1.amazonaws.com": "private", _CELL: "private"},
            code="endpoint_url.undeclared",
            says=_CELL,
        ),
        _row(
            "An endpoint serves the cell",
            policy(interface(vpce("query-cell1.timestream")), private="require"),
            since=(1, 36, 0),
            dns={"query.timestream.us-east-1.amazonaws.com": "private"},
            url=f"https://{vpce('query-cell1.timestream')}/",
            scope="timestream/us-east-1",
        ),
        _row(
            "An endpoint serves another cell",
            policy(interface(vpce("query-cell2.timestream")), private="require"),
            since=(1, 36, 0),
            dns={"query.timestream.us-east-1.amazonaws.com": "private", _CELL: "private"},
            code="endpoint_url.undeclared",
            says=_CELL,
        ),
        _row(
            "All cells are declared, and this one is private by DNS",
            {**policy(private="require"), "custom_endpoints": [_ANY_CELL]},
            dns={"query.timestream.us-east-1.amazonaws.com": "private", _CELL: "private"},
            url=f"https://{_CELL}/",
            scope="timestream/us-east-1",
        ),
        _row(
            "All cells are declared, and this one is public",
            {**policy(private="require"), "custom_endpoints": [_ANY_CELL]},
            dns={"query.timestream.us-east-1.amazonaws.com": "private"},
            code="private.public_address",
            says=_CELL,
        ),
        _row(
            "FIPS: a plain cell",
            policy(fips="require"),
            code="endpoint_url.undeclared",
            says="fips = require",
        ),
        _row(
            "DynamoDB names its standard host, which is routed",
            policy(interface(vpce("dynamodb")), private="require"),
            service="dynamodb",
            operation="list_tables",
            parameters={},
            config={"endpoint_discovery_enabled": True},
            answers=_discovered("dynamodb.us-east-1.amazonaws.com"),
            url=f"https://{vpce('dynamodb')}/",
            scope="dynamodb/us-east-1",
        ),
        _row(
            "DynamoDB names its plain host, and FIPS is required",
            policy(fips="require"),
            service="dynamodb",
            operation="list_tables",
            parameters={},
            config={"endpoint_discovery_enabled": True},
            answers=_discovered("dynamodb.us-east-1.amazonaws.com"),
            url="https://dynamodb-fips.us-east-1.amazonaws.com/",
            scope="dynamodb/us-east-1",
        ),
    ),
)
