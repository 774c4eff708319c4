"""A name that is nearly right is answered with the right one."""

from __future__ import annotations

import json
from typing import Any

import pytest

KMS = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"


def interface(name: str) -> dict[str, object]:
    return {"type": "interface", "dns_names": [name]}


@pytest.mark.parametrize(
    ("policy", "path", "nearest"),
    [
        ({"default": {}}, "default", "defaults"),
        ({"vpc_endpoint": []}, "vpc_endpoint", "vpc_endpoints"),
        ({"defaults": {"fpis": "off"}}, "defaults.fpis", "fips"),
        ({"defaults": {"fips": "requre"}}, "defaults.fips", "require"),
        ({"rules": [{"service": ["s3"]}]}, "rules[0].service", "services"),
        ({"rules": [{"expire": ""}]}, "rules[0].expire", "expires"),
        ({"rules": [{"fips": "of"}]}, "rules[0].fips", "off"),
        (
            {"vpc_endpoints": [{"type": "interfaces", "dns_names": [KMS]}]},
            "vpc_endpoints[0].type",
            "interface",
        ),
        (
            {"vpc_endpoints": [{**interface(KMS), "serve": []}]},
            "vpc_endpoints[0].serve",
            "serves",
        ),
        (
            {"vpc_endpoints": [{"type": "gateway", "service": "dynamo", "region": "r"}]},
            "vpc_endpoints[0].service",
            "dynamodb",
        ),
        (
            {"vpc_endpoints": [{"type": "gateway", "service": "s3", "regions": "r"}]},
            "vpc_endpoints[0].regions",
            "region",
        ),
        ({"custom_endpoints": [{"urls": "x"}]}, "custom_endpoints[0].urls", "url"),
        ({"network": {"privat": []}}, "network.privat", "private"),
        ({"dns": {"time_out": 1}}, "dns.time_out", "timeout"),
        ({"log": {"decision": ""}}, "log.decision", "decisions"),
    ],
)
def test_typos_have_a_place_and_the_nearest_right_name(
    policy: dict[str, Any], path: str, nearest: str, write: Any, refusal: Any
) -> None:
    assert refusal(policy).where == f"code, {path}"
    file = write(json.dumps({"version": 1, **policy}, indent=1), "p.json")
    error = refusal(file)
    assert error.where.endswith(f", {path}")
    line = int(error.where.removeprefix(f"{file}:").partition(",")[0])
    with open(file) as lines:
        assert f'"{path.rpartition(".")[2]}"' in lines.read().splitlines()[line - 1]
    assert error.hint == f"Did you mean {nearest!r}?"
    assert nearest in error.expected
