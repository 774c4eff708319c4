"""Every partition that the installed botocore knows, whether or not it stands in the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import InvalidRegionError
from botocore.loaders import Loader

from .table import Row, come, interface, policy, vpce

_DATA = json.loads(Path(Loader.BUILTIN_DATA_PATH, "partitions.json").read_text(encoding="utf-8"))


def _regions(partition: dict[str, Any]) -> list[str]:
    """Without ``aws-cn-global``; an older botocore lists none in the newer partitions."""
    return [one for one in partition["regions"] if not one.endswith("-global")]


@pytest.mark.parametrize(
    "partition", list(filter(_regions, _DATA["partitions"])), ids=lambda one: one["id"]
)
@pytest.mark.parametrize("fips", ["", "-fips"])
def test_a_partition_by_its_own_suffix(partition: dict[str, Any], fips: str) -> None:
    region, suffix = _regions(partition)[0], partition["outputs"]["dnsSuffix"]
    endpoint = vpce(f"kms{fips}", region, suffix=suffix)
    wanted = {"fips": "require" if fips else "off"}
    call: dict[str, Any] = {"service": "kms", "operation": "list_keys", "region": region}
    public = come(Row(title="", **call, policy=policy(**wanted)))
    private = come(
        Row(title="", **call, policy=policy(interface(endpoint), private="require", **wanted))
    )
    assert public.url == f"https://kms{fips}.{region}.{suffix}/"
    assert private.url == f"https://{endpoint}/"
    assert public.scope == private.scope == f"kms/{region}"


@pytest.mark.parametrize("region", ["rds-fips.us-east-1", "us-east-1.fips", "us_east_1"])
def test_a_region_that_botocore_refuses_itself(region: str) -> None:
    row = Row(title="", service="kms", operation="list_keys", region=region, policy={})
    with pytest.raises(InvalidRegionError):
        come(row)
