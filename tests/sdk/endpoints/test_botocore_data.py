"""What botocore's own data says, and that it goes on saying it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.loaders import Loader

from endpoint_router.routing.variants import Variant
from endpoint_router.sdk.endpoints.botocore_data import BotocoreData
from endpoint_router.sdk.endpoints.fips_basis import fips_basis
from endpoint_router.sdk.endpoints.signing_scope import default_scope

#: Not in ``endpoints.json``; the defaults of the partition would format it.
FORMATTED = "autoscaling-fips.eu-central-1.amazonaws.com"


def test_resolving_does_not_list_what_is_not_listed() -> None:
    """``EndpointResolver`` merges defaults into the table it reads, FIPS variants among them."""
    table = json.loads((Path(Loader.BUILTIN_DATA_PATH) / "endpoints.json").read_text())
    assert FORMATTED not in json.dumps(table)
    data = BotocoreData()
    for partition in table["partitions"]:
        for region in partition["regions"]:
            for variant in (Variant(), Variant(fips=True)):
                default_scope(data, "autoscaling", "autoscaling", region, variant)
    assert FORMATTED not in data.listed("autoscaling")
    assert "autoscaling-fips.us-gov-east-1.amazonaws.com" not in data.listed("autoscaling")
    assert "kms-fips.us-east-1.amazonaws.com" in data.listed("kms")


@pytest.mark.parametrize("first", [True, False])
def test_the_basis_does_not_depend_on_what_was_resolved_before(first: bool) -> None:
    data = BotocoreData()
    if first:
        default_scope(data, "autoscaling", "autoscaling", "eu-central-1", Variant())
    ground = fips_basis(
        data,
        service="autoscaling",
        endpoint_prefix="autoscaling",
        host=FORMATTED,
        plain_host="autoscaling.eu-central-1.amazonaws.com",
        partition="aws",
        has_fips_parameter=True,
    )
    assert ground.basis == "ruleset"
