"""Endpoints that are declared and cannot do what the policy says of them: told at load."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router.policy.load import load
from endpoint_router.sdk.activation.check import check_policy

ID = "vpce-0123456789abcdef0-abcdefgh"
S3 = f"*.{ID}.s3.us-east-1.vpce.amazonaws.com"
API = f"{ID}.execute-api.us-east-1.vpce.amazonaws.com"
APIS = "*.execute-api.us-east-1.amazonaws.com"
EXPRESS = "*.s3express-use1-az4.us-east-1.amazonaws.com"


def warnings(name: str, serves: str, **rest: Any) -> list[str]:
    endpoint = {"type": "interface", "dns_names": [name], "serves": [serves], **rest}
    return check_policy(load({"vpc_endpoints": [endpoint]}, environ={}))


@pytest.mark.parametrize(("name", "serves"), [(S3, EXPRESS), (API, APIS)])
def test_a_name_without_a_place_for_the_host(name: str, serves: str) -> None:
    (warning,) = warnings(name, serves)
    assert warning.startswith("vpc_endpoints[0]")
    assert serves in warning
    assert 'connect = "address"' in warning
    assert warnings(name, serves, connect="address") == []


@pytest.mark.parametrize(
    ("name", "serves"),
    [
        (S3, "*.s3.dualstack.us-east-1.amazonaws.com"),
        (S3, "*.s3.us-east-1.amazonaws.com"),
        (API, "execute-api.us-east-1.amazonaws.com:443"),
        (f"*.{API}", APIS),
    ],
)
def test_a_name_that_has_one(name: str, serves: str) -> None:
    assert warnings(name, serves) == []
