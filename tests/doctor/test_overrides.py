"""What changes hosts behind a program's back: variables, profiles, data files, switches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from botocore.session import Session

from endpoint_router.doctor.overrides import CHECKS, SeenOverrides, look
from endpoint_router.policy.load import load

DEMANDING = load({"defaults": {"fips": "require"}}, environ={}, system_policy="")


def seen(monkeypatch: pytest.MonkeyPatch, **variables: str) -> SeenOverrides:
    """As a session sees it with these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return look(Session(), DEMANDING, os.environ, demands_something=True)


def colour(name: str, what: SeenOverrides) -> str:
    return CHECKS[f"overrides.{name}"](what).colour


def test_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    what = seen(monkeypatch)
    assert {check(what).colour for check in CHECKS.values()} == {"green"}


def test_urls_of_variables_and_of_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nservices = here\nendpoint_url = https://me:secret@one.example/path\n"
        "[services here]\ns3 =\n  endpoint_url = http://two.example:9000\n"
        "[services unused]\nsqs =\n  endpoint_url = http://three.example\n"
    )
    what = seen(
        monkeypatch,
        AWS_CONFIG_FILE=str(config),
        AWS_ENDPOINT_URL_KMS="http://me:se/cret@four.example",
        AWS_ENDPOINT_URL="http://five.example/x?y",
    )
    assert what.urls == (
        "AWS_ENDPOINT_URL = http://five.example",
        "AWS_ENDPOINT_URL_KMS = http://*",
        "profile default, endpoint_url = https://one.example",
        "services here (of profile default), s3 = http://two.example:9000",
        "services unused (of no profile), sqs = http://three.example",
    )
    assert colour("endpoint_urls", what) == "amber"
    assert "cret" not in repr([check(what) for check in CHECKS.values()])
    ignored = seen(monkeypatch, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
    assert ignored.urls_are_ignored
    assert colour("endpoint_urls", ignored) == "green"


def test_files_in_the_place_of_botocores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ruleset = tmp_path / "s3" / "2006-03-01" / "endpoint-rule-set-1.json"
    ruleset.parent.mkdir(parents=True)
    ruleset.write_text("{}")
    (tmp_path / "endpoints.json").write_text("{}")
    (tmp_path / "s3" / "2006-03-01" / "waiters-2.json").write_text("{}")
    what = seen(monkeypatch, AWS_DATA_PATH=f"/nowhere{os.pathsep}{tmp_path}")
    assert what.files == (str(tmp_path / "endpoints.json"), str(ruleset))
    assert colour("data_files", what) == "amber"


def test_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    what = seen(monkeypatch, AWS_USE_FIPS_ENDPOINT="true")
    assert (what.switches, what.misread) == (("AWS_USE_FIPS_ENDPOINT = true",), ())
    assert colour("switches", what) == "green"
    what = seen(monkeypatch, AWS_USE_FIPS_ENDPOINT="yes")
    assert what.misread == ("AWS_USE_FIPS_ENDPOINT = yes",)
    assert colour("switches", what) == "amber"


def test_a_blank_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    assert colour("certificates", seen(monkeypatch, AWS_CA_BUNDLE="")) == "red"


@pytest.mark.parametrize(("host", "expected"), [("10.1.1.1", "amber"), ("127.0.0.1", "green")])
def test_monitoring(monkeypatch: pytest.MonkeyPatch, host: str, expected: str) -> None:
    what = seen(monkeypatch, AWS_CSM_ENABLED="true", AWS_CSM_HOST=host)
    assert colour("monitoring", what) == expected


@pytest.mark.parametrize("bad", ["profile", "file"])
def test_a_configuration_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bad: str
) -> None:
    config = tmp_path / "config"
    config.write_text("[default\n" if bad == "file" else "[default]\n")
    variables = {"AWS_CONFIG_FILE": str(config)}
    if bad == "profile":
        variables["AWS_PROFILE"] = "nobody"
    what = seen(monkeypatch, AWS_ENDPOINT_URL="http://a.example", **variables)
    assert colour("configuration", what) == "amber"
    assert colour("endpoint_urls", what) == "amber"
