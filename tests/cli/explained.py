"""``endpoint-router explain`` with a policy file for the lab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main
from endpoint_router.lab.network import Lab
from tests.support.lab_client import policy_for

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}


@pytest.fixture
def cli(lab: Lab, tmp_path: Path) -> Any:
    """``endpoint-router explain`` with a policy file for the lab."""

    def run(policy: dict[str, Any], *arguments: str) -> int:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": 1, **policy_for(lab, policy)}))
        return main(["explain", *arguments, "--region", "us-east-1", "--policy", str(file)])

    return run
