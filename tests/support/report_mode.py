"""Clients in report mode, and what their decision log says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router.lab.network import Lab
from tests.support.decisions import records
from tests.support.lab_client import ONE_ATTEMPT, session_for
from tests.support.plain_wire import Wire

FIPS = {"defaults": {"fips": "require"}}
PRIVATE = {"defaults": {"private": "require"}}
SERVICES = {
    "*.s3.us-west-2.amazonaws.com": "52.94.1.1",
    "*.s3.eu-west-1.amazonaws.com": "52.94.1.2",
    "sts.us-east-1.amazonaws.com": "52.94.1.3",
    "sts.amazonaws.com": "52.94.1.4",
    "dynamodb.us-east-1.amazonaws.com": "52.94.1.5",
    "data-servicediscovery.us-east-1.amazonaws.com": "52.94.1.6",
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def only(log: Path) -> dict[str, Any]:
    (record,) = records(log)
    return record


def reporting(log: Path, policy: Mapping[str, Any]) -> dict[str, Any]:
    # Nobody is labelled there.
    return {**policy, "mode": "report", "log": {"decisions": str(log), "user_agent": True}}


def plain_session(lab: Lab) -> Session:
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    return session


def make(session: Session, service: str, region: str = "us-east-1", **config: Any) -> Any:
    settings = {"retries": ONE_ATTEMPT, "connect_timeout": 30, "read_timeout": 60, **config}
    return session.create_client(service, region, config=Config(**settings))


def client_of(lab: Lab, log: Path, policy: Mapping[str, Any], service: str = "kms") -> Any:
    """A client in report mode that reaches the lab."""
    return Wire().lead(make(session_for(lab, reporting(log, policy)), service), lab)
