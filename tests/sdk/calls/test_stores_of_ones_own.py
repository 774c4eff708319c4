"""A store of one's own that speaks S3's protocol, named by the application itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.kinds.table import interface, policy, vpce
from tests.support.asked import OWN, STORE, lists, refusal


@pytest.mark.parametrize("name", [OWN, "lb.internal.example"])
@pytest.mark.parametrize("private", ["off", "prefer", "require"])
@pytest.mark.parametrize("connect", ["name", "address"])
def test_who_names_the_endpoint_of_a_store_never_gets_to_s3(
    name: str, private: str, connect: str
) -> None:
    declared = interface(name, serves=STORE, connect=connect)
    came = lists(policy(declared, private=private), f"https://{name}:9000", dns={name: "private"})
    assert came.url.startswith(f"https://{name}:9000/reports")


def test_its_zonal_names_too() -> None:
    zonal = OWN.replace("-abcdefgh.", "-abcdefgh-us-east-1b.")
    declared = interface(OWN, zonal, serves=STORE)
    there = {**policy(declared, private="require"), "network": {"zone": "none"}}
    came = lists(there, f"https://{zonal}:9000")
    assert came.url.startswith(f"https://{zonal}:9000/reports")


def test_another_port_of_it_is_another_service() -> None:
    declared = interface(OWN, serves=STORE)
    error = refusal(lists(policy(declared, private="require"), f"https://{OWN}"))
    assert error.code == "endpoint_url.undeclared"


def test_an_endpoint_of_aws_that_is_named_is_routed_as_ever() -> None:
    name = vpce("s3")
    came = lists(policy(interface(f"*.{name}"), private="require"), f"https://bucket.{name}")
    assert came.url.startswith(f"https://reports.bucket.{name}/")


def test_without_tls_it_is_another_port() -> None:
    declared = policy(interface(OWN, serves=["store.example"]), endpoint_url="deny")
    assert refusal(lists(declared, "http://store.example")).code == "endpoint_url.undeclared"
    declared = policy(interface(OWN, serves=["store.example:80"]), private="prefer")
    assert lists(declared, "http://store.example").url.startswith(f"http://{OWN}/reports")


@pytest.mark.parametrize(
    "declared",
    [
        policy(interface(OWN, serves=STORE, connect="address"), regional="require"),
        {
            **policy(regional="require"),
            "custom_endpoints": [{"url": "https://store.example:9000", "services": ["s3"]}],
        },
    ],
)
def test_a_store_is_no_global_host_of_s3(declared: Mapping[str, Any]) -> None:
    came = lists(declared, "https://store.example:9000")
    assert came.url.startswith("https://store.example:9000/reports")
