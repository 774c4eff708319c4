"""``endpoint-router probe`` with the lab for a network, and what it says as data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from endpoint_router.cli.probe import probe
from endpoint_router.lab.network import Lab
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import World
from tests.support.lab_client import KMS_FIPS_VPCE, KMS_VPCE, REGION, policy_for

PRIVATE = {"defaults": {"private": "require"}}
FIPS = {"defaults": {"fips": "require"}}
ENDPOINT = {"type": "interface", "dns_names": [KMS_VPCE]}
FIPS_ENDPOINT = {"type": "interface", "dns_names": [KMS_FIPS_VPCE]}

#: Status, stdout as JSON.
Probed = Callable[..., tuple[int, Any]]


def text_of(lab: Lab, policy: dict[str, Any]) -> str:
    return json.dumps({"version": 1, **policy_for(lab, policy)})


@pytest.fixture
def probed(lab: Lab, capsys: pytest.CaptureFixture[str]) -> Probed:
    """The command, with the lab for a network."""

    def run(policy: dict[str, Any], *services: str, **options: Any) -> tuple[int, Any]:
        options.setdefault("regions", [REGION])
        options.setdefault("as_json", True)
        world = World(dialler=lab, lookup=Resolver)
        status = probe(services, policy=text_of(lab, policy), world=world, **options)
        out = capsys.readouterr().out
        return status, json.loads(out) if options["as_json"] else out

    return run


def host(data: Any, name: str) -> Any:
    (only,) = (each for each in data["hosts"] if each["host"] == name)
    return only
