"""A policy held against what is there: added, gone, changed, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from endpoint_router.discover.difference import Difference, difference
from endpoint_router.policy.load import load
from tests.discover.described import gateway, id_of, interface, names_of
from tests.discover.test_judging import judged


def compared(
    endpoints: Sequence[dict[str, Any]], declared: Sequence[dict[str, Any]], *regions: str
) -> Difference:
    policy = load({"vpc_endpoints": list(declared)}, environ={}, system_policy="")
    return difference([*map(judged, endpoints)], policy, regions or ("us-east-1",))


def declares(*names: str, **more: Any) -> dict[str, Any]:
    return {"type": "interface", "dns_names": list(names), **more}


GATEWAY = {"type": "gateway", "service": "s3", "region": "us-east-1"}
KMS = names_of("kms", 1, "a", "b")


@pytest.mark.parametrize(
    "declared",
    [
        declares(*KMS),
        declares(KMS[0]),  # who leaves zones out wants none
        declares(*reversed(KMS)),
        declares(KMS[0], serves=["kms.us-east-1.amazonaws.com"]),
    ],
)
def test_nothing_is_different(declared: dict[str, Any]) -> None:
    made = compared([interface("kms", 1, zones="ab"), gateway()], [declared, GATEWAY])
    assert made == Difference(same=2)
    assert made.is_none


def test_added() -> None:
    made = compared([interface("kms", 1), gateway(), gateway("dynamodb", 91)], [GATEWAY])
    assert [each.service_name.rpartition(".")[2] for each in made.added] == ["kms", "dynamodb"]
    assert not made.is_none


def test_what_cannot_be_used_is_not_added() -> None:
    assert compared([interface("kms", 1, State="pending")], []).is_none


@pytest.mark.parametrize(
    ("endpoints", "why"),
    [
        ([], "another account's"),
        ([interface("kms", 1, State="deleting")], "is being deleted"),
        ([interface("kms", 2)], "another account's"),
    ],
)
def test_gone(endpoints: list[dict[str, Any]], why: str) -> None:
    made = compared(endpoints, [GATEWAY, declares(*KMS)])
    gateway_gone, gone = sorted(made.gone, key=lambda doubt: doubt.place)
    assert (gone.place, gone.what) == ("vpc_endpoints[1]", id_of(1))
    assert why in gone.why
    assert (gateway_gone.place, gateway_gone.what) == ("vpc_endpoints[0]", "s3 us-east-1")


def test_a_gateway_without_routes_is_gone_unless_there_is_another() -> None:
    useless = gateway(RouteTableIds=[])
    (gone,) = compared([useless], [GATEWAY]).gone
    assert "no route table" in gone.why
    for endpoints in ([useless, gateway(number=91)], [gateway(number=91), useless]):
        assert compared(endpoints, [GATEWAY]) == Difference(same=1)


def test_changed() -> None:
    (changed,) = compared([interface("kms", 1, zones="bc")], [declares(*KMS)]).changed
    assert changed.what == id_of(1)
    lost, also = changed.why.split("; ")
    assert KMS[1] in lost
    assert "us-east-1c" in also


def test_an_interface_of_s3_is_no_gateway() -> None:
    made = compared([interface("s3", 5)], [GATEWAY])
    assert len(made.gone) == len(made.added) == 1
    name = names_of("s3", 5)[0]
    assert compared([interface("s3", 5)], [declares(name.removeprefix("*."))]).is_none


def test_where_nobody_looked_nothing_is_gone() -> None:
    there = declares(*names_of("kms", 1, region="us-west-2"))
    own = declares("kms.corp.example", serves=["kms.us-east-1.amazonaws.com"])
    made = compared([], [there, own, {**GATEWAY, "region": "us-west-2"}])
    assert made == Difference(unseen=3)
