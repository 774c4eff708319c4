"""What a plan makes of hosts that are not AWS's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.plan.findings import plan
from endpoint_router.plan.reading import Reading
from tests.kinds.table import interface, policy
from tests.support.asked import OWN, asked


def _read(log: Path, url: str, declared: Mapping[str, Any]) -> Reading:
    with pytest.raises(EndpointDenied):
        asked(url, {**declared, "log": {"decisions": str(log)}})
    reading = Reading()
    reading.add(log.read_bytes().splitlines())
    return reading


def test_an_address_is_a_host_to_a_plan(tmp_path: Path) -> None:
    reading = _read(tmp_path / "log", "https://[fd00::1]:8443/", policy(private="require"))
    assert (reading.lines, reading.understood) == (1, 1)
    assert [one.code for one in plan(reading).work] == ["endpoint_url.undeclared"]


def test_fips_of_a_host_of_ones_own_is_for_a_person(tmp_path: Path) -> None:
    """A waiver would be the wrong advice: it is for its owner to attest."""
    declared = policy(interface(OWN, serves=["billing.example"]), private="off", fips="require")
    found = plan(_read(tmp_path / "log", "https://billing.example/", declared))
    assert ([one.code for one in found.work], found.rules) == (["fips.no_basis"], ())
