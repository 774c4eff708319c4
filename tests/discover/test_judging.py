"""What becomes of an endpoint: entries of a policy, or a reason why not."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import create_loader

from endpoint_router.discover.described import decode, private_names
from endpoint_router.discover.found import Entry, Found, judge
from endpoint_router.sdk.endpoints.botocore_data import data_for
from tests.discover.described import (
    ACCOUNT,
    KINDS,
    MONITORING,
    SERVICES,
    document,
    gateway,
    id_of,
    interface,
    names_of,
)


def judged(endpoint: dict[str, Any], *services: dict[str, Any]) -> Found:
    described = decode(document([endpoint], services))
    assert described.VpcEndpoints is not None
    private = private_names(described.ServiceDetails or ())
    return judge(described.VpcEndpoints[0], private, data_for(create_loader()).yields)


def test_names_are_sorted_and_the_host_follows_from_the_name() -> None:
    names = tuple(names_of("kms", 1, "a", "b"))
    found = judged(interface("kms", 1, zones="ba"))
    assert found.entries == (Entry(names),)
    assert (found.id, found.account, found.region) == (id_of(1), ACCOUNT, "us-east-1")
    assert (found.vpc, found.service_name) == ("vpc-aabb1122", "com.amazonaws.us-east-1.kms")
    assert (found.why, found.notes) == ("", ())


@pytest.mark.parametrize(
    ("endpoint", "serves"),
    [
        # As DescribeVpcEndpointServices tells,
        (interface("kms"), ["kms.us-east-1.amazonaws.com", "kms.us-east-1.api.aws"]),
        (interface("kinesis-streams"), ["kinesis.us-east-1.amazonaws.com"]),
        # as the endpoint's own entries tell,
        (
            interface("x-new", private=["new.us-east-1.amazonaws.com"]),
            ["new.us-east-1.amazonaws.com"],
        ),
        # and nothing where its name says the same.
        (interface("ecr.api", label="api.ecr"), []),
        (interface("s3"), []),
        (interface("kms-fips"), []),
    ],
    ids=lambda value: "" if isinstance(value, list) else value["ServiceName"],
)
def test_what_it_serves(endpoint: dict[str, Any], serves: list[str]) -> None:
    (entry,) = judged(endpoint, *SERVICES).entries
    assert list(entry.serves) == serves
    assert not entry.by_address


def test_an_exception_without_private_names_is_known_by_its_service() -> None:
    (entry,) = judged(interface("kinesis-streams")).entries
    assert "kinesis.us-east-1.amazonaws.com" in entry.serves


@pytest.mark.parametrize("services", [SERVICES, []], ids=["asked", "by its entries"])
def test_a_fips_host_of_a_name_without_fips_is_kept_in_the_url(services: Any) -> None:
    plain, fips = judged(interface("monitoring", private=MONITORING), *services).entries
    assert (plain.serves, plain.by_address) == ((), False)
    assert (fips.serves, fips.by_address) == ((MONITORING[1],), True)


def test_hosts_below_a_suffix_are_kept_in_the_url() -> None:
    found = judged(interface("execute-api"), *SERVICES)
    exact, below = found.entries
    assert exact.serves == ("execute-api.us-east-1.amazonaws.com",)
    assert (below.serves, below.by_address) == (("*.execute-api.us-east-1.amazonaws.com",), True)


def test_what_botocore_does_not_call_is_said() -> None:
    (note,) = judged(interface("ssmmessages"), *SERVICES).notes
    assert "for other software" in note
    assert judged(interface("kms"), *SERVICES).notes == ()


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"PrivateDnsEnabled": False}, "private DNS is off"),
        (
            {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}},
            "inbound resolvers only",
        ),
        ({"ServiceRegion": "us-west-2"}, "another region, us-west-2"),
    ],
)
def test_what_its_owner_should_know(values: dict[str, Any], note: str) -> None:
    found = judged(interface("s3", **values))
    assert found.entries
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        (interface("sqs", State="pendingAcceptance"), "waits for the owner"),
        (interface("sqs", State="PendingAcceptance"), "waits for the owner"),  # as the model has it
        (interface("sqs", State="pending"), "is being made"),
        (interface("sqs", State="rejected"), "was rejected"),
        (interface("sqs", State="deleting"), "is being deleted"),
        (interface("sqs", State="deleted"), "is deleted"),
        (interface("sqs", State="expired"), "expired"),
        (interface("sqs", State="failed", FailureReason="no IPs"), "could not be made: no IPs"),
        (interface("sqs", State="new-state"), "not known here"),
        (interface("sqs", DnsEntries=[]), "has no DNS names"),
        (interface("sqs", DnsEntries=[{"DnsName": "a b"}]), "none of its DNS names"),
        (interface("sqs", DnsEntries=[{}]), "none of its DNS names"),
        (interface("vpce-svc-0aa"), "not AWS's"),
        (interface("nobody-knows"), "no service of botocore's is known"),
        (interface("a", VpcEndpointType="GatewayLoadBalancer"), "appliances"),
        (interface("a", VpcEndpointType="Resource"), "Lattice"),
        (interface("a", VpcEndpointType="ServiceNetwork"), "Lattice"),
        (interface("a", VpcEndpointType="Wormhole"), "type that is not known"),
        (gateway(RouteTableIds=[]), "no route table"),
        (gateway("efs"), "gateway of a service that is not known"),
        (gateway(State="deleting"), "is being deleted"),
    ],
)
def test_what_is_of_no_use(endpoint: dict[str, Any], why: str) -> None:
    found = judged(endpoint)
    assert found.entries == ()
    assert why in found.why


@pytest.mark.parametrize("service", ["s3", "dynamodb", "s3express"])
def test_a_gateway(service: str) -> None:
    found = judged(gateway(service))
    assert found.entries == (Entry(service=service, region="us-east-1"),)
    assert "rtb-3d560345" in found.notes[0]


def test_in_other_partitions() -> None:
    name = "vpce-0123456789abcde01-abcdefgh.kms.cn-north-1.vpce.amazonaws.com.cn"
    service = "cn.com.amazonaws.cn-north-1.kms"
    found = judged(interface("kms", ServiceName=service, DnsEntries=[{"DnsName": f"{name}."}]))
    assert (found.region, found.entries) == ("cn-north-1", (Entry((name,)),))


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"[]", b"{}", b"{", b"\xff", b"null", b"[" * 100_000,
        b'{"VpcEndpoints": 1}', b'{"VpcEndpoints": [{}]}',
        b'{"VpcEndpoints": [{"VpcEndpointId": 7}]}',
    ],
)  # fmt: skip
def test_what_is_no_answer(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(answer)


def test_json_and_what_botocore_hands_over_are_one() -> None:
    import json

    text = document(KINDS, SERVICES)
    assert decode(text) == decode(json.loads(text))
