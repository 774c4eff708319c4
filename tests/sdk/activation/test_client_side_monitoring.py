"""botocore's client-side monitoring goes past the policy, and a warning says so."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS_FIPS, client_for, hosts, installed, session_for

FIPS = {"defaults": {"fips": "require"}}
REGIONS = {"defaults": {"allowed_regions": ["us-*"]}}
RULE = {"rules": [{"services": ["kms"], "private": "require"}]}
ELSEWHERE = "monitor.example"


#: botocore never closes the socket that it tells by.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def _closed_here() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def monitor() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(60)
        yield sink


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Of this, whatever else is logged for clients and logs that other tests have left."""
    return [message for message in caplog.messages if "AWS_CSM_ENABLED" in message]


def monitored(patch: pytest.MonkeyPatch, host: str, port: int = 9) -> None:
    patch.setenv("AWS_CSM_ENABLED", "true")
    patch.setenv("AWS_CSM_HOST", host)
    patch.setenv("AWS_CSM_PORT", str(port))


def test_it_is_not_ours_to_hold_back(
    lab: Lab,
    monitor: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On this machine it is nobody's concern."""
    monitored(monkeypatch, "127.0.0.1", monitor.getsockname()[1])
    client_for(lab, FIPS).list_keys()
    assert b"ListKeys" in monitor.recv(8192)
    assert hosts(lab) == [KMS_FIPS]
    assert said(caplog) == []


@pytest.mark.parametrize("policy", [FIPS, REGIONS, RULE], ids=str)
def test_a_host_elsewhere_is_warned_of(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    policy: dict[str, Any],
) -> None:
    monitored(monkeypatch, ELSEWHERE)
    client_for(lab, policy)
    (warning,) = said(caplog)
    assert ELSEWHERE in warning
    assert "AWS_CSM_ENABLED=false" in warning


def test_once_for_all_sessions(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monitored(monkeypatch, ELSEWHERE)
    installation = installed(lab, FIPS)
    for _ in range(2):
        session = session_for(lab, {})
        installation.claim(session)
        session.create_client("kms", "us-east-1")
        session.create_client("sqs", "us-east-1")
    assert len(said(caplog)) == 1


def test_of_a_profile(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Each session has its own."""
    config = tmp_path / "config"
    config.write_text(f"[default]\n[profile watched]\ncsm_enabled = true\ncsm_host = {ELSEWHERE}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    client_for(lab, FIPS)
    assert said(caplog) == []
    session_for(lab, FIPS, profile="watched").create_client("kms", "us-east-1")
    assert ELSEWHERE in caplog.text


@pytest.mark.parametrize("policy", [{}, {**FIPS, "mode": "off"}], ids=str)
def test_where_nothing_is_demanded_it_is_the_applications_business(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    policy: dict[str, Any],
) -> None:
    caplog.set_level(logging.WARNING)
    monitored(monkeypatch, ELSEWHERE)
    client_for(lab, policy)
    assert said(caplog) == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_this_machine(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    monitored(monkeypatch, host)
    client_for(lab, FIPS)
    assert said(caplog) == []
