"""What is said when routing is switched on: which policy speaks, or that there is none."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from botocore.session import Session

import endpoint_router
from tests.sdk.test_plugin import PLUGIN, needs_plugins
from tests.support.installing import FIPS, goes_to, kms
from tests.support.lab_client import KMS
from tests.support.programs import TO_FIPS, app, run

__all__ = ["app"]

NO_POLICY = "there is no policy"


def said(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """Of *level*, but of clients that other tests have left."""
    messages = [record.getMessage() for record in caplog.records if record.levelno == level]
    return [message for message in messages if "made before install()" not in message]


@pytest.fixture(autouse=True)
def from_info_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "endpoint_router")


def test_install_without_a_policy_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    endpoint_router.install()
    endpoint_router.install()
    assert goes_to(kms(Session())) == KMS
    (warning,) = said(caplog, logging.WARNING)
    assert NO_POLICY in warning
    assert "ENDPOINT_ROUTER_POLICY" in warning


def test_attach_without_a_policy_warns(caplog: pytest.LogCaptureFixture) -> None:
    endpoint_router.attach(Session())
    assert NO_POLICY in said(caplog, logging.WARNING)[0]


def test_an_empty_policy_in_code_is_one(caplog: pytest.LogCaptureFixture) -> None:
    endpoint_router.install({})
    assert said(caplog, logging.WARNING) == []


@pytest.mark.parametrize(
    ("name", "value"), [("ENDPOINT_ROUTER_MODE", "off"), ("AWS_USE_FIPS_ENDPOINT", "true")]
)
def test_a_variable_is_one(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    endpoint_router.install()
    assert said(caplog, logging.WARNING) == []


def test_a_profile_may_be_one(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Which profile is used, sessions tell later."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = 1\n[defaults]\nregional = "require"\n')
    config = tmp_path / "config"
    config.write_text(f"[default]\n[profile strict]\nendpoint_router_policy = {policy}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    endpoint_router.install()
    assert said(caplog, logging.WARNING) == []
    kms(Session(profile="strict"))
    assert str(policy) in said(caplog, logging.INFO)[-1]


def test_a_line_tells_the_policy(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        'version = 1\n[defaults]\nfips = "require"\n'
        '[[rules]]\nservices = ["ses"]\nfips = "prefer"\nreason = "none there"\n'
    )
    monkeypatch.setenv("ENDPOINT_ROUTER_POLICY", str(file))
    monkeypatch.setenv("ENDPOINT_ROUTER_PRIVATE", "off")
    endpoint_router.install()
    kms(Session())
    (line,) = said(caplog, logging.INFO)
    for part in (str(file), "ENDPOINT_ROUTER_PRIVATE", "sha256:", "mode = enforce", "1 rule"):
        assert part in line
    assert said(caplog, logging.WARNING) == []


def test_explaining_switches_nothing_on(caplog: pytest.LogCaptureFixture) -> None:
    endpoint_router.explain("kms", region="us-east-1", policy=FIPS)
    endpoint_router.explain("kms", region="us-east-1")
    assert caplog.records == []


@needs_plugins
def test_a_plugin_without_a_policy_warns_once(app: Path) -> None:
    ran = run([app], **PLUGIN)
    assert ran.seen == [("ListKeys", KMS)] * 2
    assert ran.err.count(NO_POLICY) == 1


@needs_plugins
def test_a_plugin_with_a_policy_is_silent(app: Path) -> None:
    ran = run([app], ENDPOINT_ROUTER_FIPS="require", **PLUGIN)
    assert (ran.seen, ran.err) == (TO_FIPS, "")
