"""An endpoint of a global service says what it serves, or is no policy at all."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import PolicyError
from endpoint_router.sdk.activation.installation import Installation

from .table import Row, come, interface, policy, vpce

CALL: dict[str, Any] = {"service": "iam", "operation": "list_users", "region": "eu-west-1"}


@pytest.mark.parametrize("service", ["cloudfront", "iam", "route53", "savingsplans"])
def test_a_name_with_a_region_that_the_host_has_not(service: str) -> None:
    """Idle, it would leave calls on the public host, and nobody would be told."""
    installation = Installation(policy(interface(vpce(service))), environ={})
    with pytest.raises(PolicyError) as error:
        installation.load()
    assert "vpc_endpoints[0].serves" in error.value.where
    assert f"{service}.us-east-1.amazonaws.com" in error.value.found


@pytest.mark.parametrize(
    ("service", "region"), [("organizations", "us-east-1"), ("networkmanager", "us-west-2")]
)
def test_a_global_service_whose_host_has_the_region(service: str, region: str) -> None:
    Installation(policy(interface(vpce(service, region))), environ={}).load()


def test_one_in_a_region_where_the_service_is_not() -> None:
    with pytest.raises(PolicyError):
        Installation(policy(interface(vpce("organizations", "eu-west-1"))), environ={}).load()


def test_the_variable_takes_the_host_with_the_name() -> None:
    environ = {"ENDPOINT_ROUTER_VPC_ENDPOINTS": f"iam.amazonaws.com={vpce('iam')}"}
    came = come(Row(title="", **CALL, policy={}, environ=environ))
    assert (came.url, came.scope) == (f"https://{vpce('iam')}/", "iam/us-east-1")
