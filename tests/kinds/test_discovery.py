"""Hosts that a service names itself (endpoint discovery), end to end.

Each host is up in the lab, the public ones too: what went there by mistake would arrive, and be
seen.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault, Reply
from endpoint_router.lab.network import Lab
from tests.kinds.table import interface
from tests.support.lab_client import client_for, hosts, scope

QUERY = "query.timestream.us-east-1.amazonaws.com"
QUERY_FIPS = "query.timestream-fips.us-east-1.amazonaws.com"
CELL = "query-cell1.timestream.us-east-1.amazonaws.com"
CELL_VPCE = "vpce-0123456789abcdef2-abcdefgh.query-cell1.timestream.us-east-1.vpce.amazonaws.com"

DYNAMODB = "dynamodb.us-east-1.amazonaws.com"
DYNAMODB_VPCE = "vpce-0123456789abcdef3-abcdefgh.dynamodb.us-east-1.vpce.amazonaws.com"

PUBLIC, PRIVATE = "52.94.0.40", "10.20.0.40"


def discovered(lab: Lab, signing_name: str, address: str) -> None:
    """From now on ``DescribeEndpoints`` answers with *address*."""
    found = {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 60}]}
    content_type = ("Content-Type", "application/x-amz-json-1.0")
    reply = Reply(200, (content_type,), json.dumps(found).encode())
    lab.https.replies[signing_name, "DescribeEndpoints"] = reply


@pytest.fixture
def timestream(lab: Lab) -> Lab:
    for name in (QUERY, QUERY_FIPS, CELL):
        lab.host(name, PUBLIC)
    lab.host(CELL_VPCE, PRIVATE, certificate=CELL)
    lab.host(CELL_VPCE, PRIVATE)
    discovered(lab, "timestream", CELL)
    return lab


#: Cells have endpoints; what tells of them has none.
REQUIRED: dict[str, Any] = {
    "defaults": {"private": "require"},
    "rules": [
        {
            "services": ["timestream-*"],
            "operations": ["DescribeEndpoints"],
            "private": "off",
            "reason": "has no VPC endpoint, and carries no data",
        }
    ],
}


def cell_endpoint(**more: Any) -> dict[str, Any]:
    # No service of botocore has the host of a cell: what the name serves has to be said.
    return interface(CELL_VPCE, serves=[CELL], **more)


def query(lab: Lab, policy: dict[str, Any]) -> None:
    client_for(lab, policy, "timestream-query").query(QueryString="SELECT 1")


@pytest.mark.parametrize(
    ("policy", "asked"),
    [(REQUIRED, QUERY), ({"defaults": {"fips": "require"}}, QUERY_FIPS)],
    ids=["private", "fips"],
)
def test_a_cell_that_nobody_declared_is_refused(
    timestream: Lab, policy: dict[str, Any], asked: str
) -> None:
    with pytest.raises(EndpointDenied) as caught:
        query(timestream, policy)
    assert caught.value.code == "endpoint_url.undeclared"
    assert CELL in str(caught.value)
    assert hosts(timestream) == [asked]


CELLS = {
    "services": ["timestream-query"],
    "url": "https://query-cell*.timestream.us-east-1.amazonaws.com",
}


def test_a_cell_that_the_policy_declares_by_a_pattern(timestream: Lab) -> None:
    timestream.host(CELL, PRIVATE)  # private DNS of the cell's endpoint
    query(timestream, {**REQUIRED, "custom_endpoints": [CELLS]})
    describe, sent = timestream.seen
    assert (describe.host, describe.address) == (QUERY, PUBLIC)
    assert (sent.operation, sent.host, sent.sni, sent.address) == ("Query", CELL, CELL, PRIVATE)
    assert scope(sent) == ("timestream", "us-east-1")


def test_a_declared_cell_at_a_public_address_is_refused(timestream: Lab) -> None:
    with pytest.raises(EndpointDenied) as caught:
        query(timestream, {**REQUIRED, "custom_endpoints": [CELLS]})
    assert caught.value.code == "private.public_address"
    assert hosts(timestream) == [QUERY]


@pytest.mark.parametrize("connect", ["name", "address"])
def test_a_cell_with_an_interface_endpoint(timestream: Lab, connect: str) -> None:
    query(timestream, {**REQUIRED, "vpc_endpoints": [cell_endpoint(connect=connect)]})
    describe, sent = timestream.seen
    assert (describe.host, describe.address) == (QUERY, PUBLIC)
    assert (sent.operation, sent.address) == ("Query", PRIVATE)
    assert sent.host == sent.sni == (CELL_VPCE if connect == "name" else CELL)
    assert scope(sent) == ("timestream", "us-east-1")


def test_an_account_that_moves_to_another_cell(timestream: Lab) -> None:
    """The old cell refuses with 421, botocore asks again, and the new host is decided on."""
    second, second_vpce = (name.replace("cell1", "cell2") for name in (CELL, CELL_VPCE))
    timestream.host(second_vpce, "10.20.0.43")
    endpoints = [cell_endpoint(), interface(second_vpce, serves=[second])]
    config = Config(retries={"max_attempts": 1, "mode": "standard"})
    client = client_for(
        timestream, {**REQUIRED, "vpc_endpoints": endpoints}, "timestream-query", config=config
    )
    client.query(QueryString="SELECT 1")
    discovered(timestream, "timestream", second)
    timestream.fail_next(1, Fault(status=421, code="InvalidEndpointException"))
    client.query(QueryString="SELECT 1")
    assert hosts(timestream) == [QUERY, CELL_VPCE, CELL_VPCE, QUERY, second_vpce]
    assert [one.address for one in timestream.seen[1:]] == [PRIVATE, PRIVATE, PUBLIC, "10.20.0.43"]


def test_another_cell_than_the_endpoints_is_refused(timestream: Lab) -> None:
    """Cells are assigned per account, and may change."""
    discovered(timestream, "timestream", CELL.replace("cell1", "cell2"))
    with pytest.raises(EndpointDenied):
        query(timestream, {**REQUIRED, "vpc_endpoints": [cell_endpoint()]})
    assert hosts(timestream) == [QUERY]


@pytest.mark.parametrize("connect", ["name", "address"])
def test_what_dynamodb_names_is_routed_like_its_own_host(lab: Lab, connect: str) -> None:
    lab.host(DYNAMODB, PUBLIC)
    lab.host(DYNAMODB_VPCE, PRIVATE, certificate=DYNAMODB)
    lab.host(DYNAMODB_VPCE, PRIVATE)
    discovered(lab, "dynamodb", DYNAMODB)
    endpoints = [interface(DYNAMODB_VPCE, connect=connect)]
    policy = {"defaults": {"private": "require"}, "vpc_endpoints": endpoints}
    config = Config(endpoint_discovery_enabled=True)
    client = client_for(lab, policy, "dynamodb", config=config)
    client.get_item(TableName="lab", Key={"id": {"S": "lab"}})
    assert [one.operation for one in lab.seen] == ["DescribeEndpoints", "GetItem"]
    host = DYNAMODB_VPCE if connect == "name" else DYNAMODB
    assert [(one.host, one.sni, one.address) for one in lab.seen] == [(host, host, PRIVATE)] * 2
    assert {scope(one) for one in lab.seen} == {("dynamodb", "us-east-1")}
