"""Data of one's own in the place of botocore's: no basis for FIPS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest

from endpoint_router.lab.network import Lab
from tests.support.another_host import FIPS, refused
from tests.support.lab_client import KMS, KMS_FIPS, client_for, only


def overridden(path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: Any) -> None:
    file = path / "models" / name
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(data))
    monkeypatch.setenv("AWS_DATA_PATH", str(path / "models"))


def test_an_endpoints_file_of_ones_own(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    overridden(
        tmp_path,
        monkeypatch,
        "endpoints.json",
        botocore.loaders.create_loader().load_data("endpoints"),
    )
    refusal = refused(lab, client_for(lab, FIPS), "fips.data_overridden")
    assert str(tmp_path) in refusal.reason


def test_a_ruleset_of_ones_own(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``use_fips_endpoint`` still reads True, and the ruleset sends the call to the plain host."""
    rules = {
        "version": "1.0",
        "parameters": {
            "UseFIPS": {
                "builtIn": "AWS::UseFIPS",
                "type": "Boolean",
                "required": True,
                "default": False,
            }
        },
        "rules": [{"conditions": [], "endpoint": {"url": f"https://{KMS}"}, "type": "endpoint"}],
    }
    overridden(tmp_path, monkeypatch, "kms/2014-11-01/endpoint-rule-set-1.json", rules)
    refusal = refused(lab, client_for(lab, FIPS), "fips.data_overridden")
    assert str(tmp_path) in refusal.reason


def test_an_overridden_file_of_another_service_does_not_matter(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    overridden(tmp_path, monkeypatch, "sqs/2012-11-05/endpoint-rule-set-1.json", {})
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS
