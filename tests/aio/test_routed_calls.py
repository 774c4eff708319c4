"""Calls of asynchronous clients go where the policy says: what the lab's servers saw."""

from __future__ import annotations

from endpoint_router.lab.network import Lab
from tests.support.async_lab import calls
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, only, scope
from tests.support.pinning import VPCE

FIPS = {"defaults": {"fips": "require"}}


def test_without_demands_nothing_changes(lab: Lab):
    calls(lab, {}, lambda client: client.list_keys())
    assert only(lab).host == KMS


def test_a_call_goes_to_the_fips_host(lab: Lab):
    calls(lab, FIPS, lambda client: client.list_keys())
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (KMS_FIPS, KMS_FIPS, "52.94.0.11")
    assert scope(seen) == ("kms", "us-east-1")


def test_a_call_goes_to_the_vpc_endpoint(lab: Lab):
    calls(lab, VPCE, lambda client: client.list_keys())
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (KMS_VPCE, KMS_VPCE, "10.20.0.10")
