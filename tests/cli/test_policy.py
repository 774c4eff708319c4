"""``endpoint-router policy``: starters, the policy in force with its origins, and the schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from endpoint_router.cli.main import main
from endpoint_router.policy.reference import json_schema
from endpoint_router.policy.starters import MARK, STARTERS


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_sound_as_it_is_and_filled_in(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "init", name]) == 0
    text = capsys.readouterr().out
    assert MARK in text
    assert max(map(len, text.splitlines())) <= 100
    (here / "as-it-is.toml").write_text(text)
    (here / "filled-in.toml").write_text(text.replace(f"\n{MARK}", "\n"))
    assert main(["check", "--strict", "as-it-is.toml", "filled-in.toml"]) == 0
    assert capsys.readouterr().out == "2 policies are sound\n"


def test_a_starter_is_never_written_over_a_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["policy", "init", "report-first", "--output", "policy.toml"]
    assert main(arguments) == 0
    assert 'mode = "report"' in (here / "policy.toml").read_text()
    assert "endpoint-router check policy.toml --strict" in capsys.readouterr().out
    (here / "policy.toml").write_text("mine")
    assert main(arguments) == 2
    assert "policy.toml exists; --force" in capsys.readouterr().err
    assert (here / "policy.toml").read_text() == "mine"
    assert main([*arguments, "--force"]) == 0
    assert (here / "policy.toml").read_text() != "mine"
    assert main([*arguments[:-1], "missing/policy.toml"]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_which_starters_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "init"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in STARTERS)
    assert main(["policy", "init", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["starters"] == dict(STARTERS)
    assert main(["policy", "init", "govcloud"]) == 2
    assert "Did you mean 'govcloud-fips'?" in capsys.readouterr().err


def test_a_starter_as_json_is_a_policy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["policy", "init", "private-vpc", "--json", "--output", "policy.json"]
    assert main(arguments) == 0
    assert json.loads((here / "policy.json").read_text())["version"] == 1
    assert main(["check", "--strict", "policy.json"]) == 0


def test_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "schema"]) == 0
    assert capsys.readouterr().out == json_schema()


POLICY = """\
version = 1
locked = true
[defaults]
fips = "prefer"
[[rules]]
services = ["kms"]
fips = "require"
"""


def test_show_tells_where_each_value_comes_from(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "policy.toml").write_text(POLICY)
    monkeypatch.setenv("ENDPOINT_ROUTER_POLICY", "policy.toml")
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "require")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    assert main(["policy", "show"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    rows = [line.split() for line in out.splitlines()]
    assert ["defaults.fips", "require", "ENDPOINT_ROUTER_FIPS"] in rows
    assert ["locked", "true", "policy.toml:2"] in rows
    assert ["defaults.private", "prefer", "default"] in rows
    assert ["rules[0]", "policy.toml:5"] in rows
    assert ["services", "kms"] in rows
    assert "use_fips_endpoint" in out
    assert main(["policy", "show", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["in_force"], data["locked"], data["use_fips_endpoint"]) == (True, True, True)
    assert data["sources"] == ["ENDPOINT_ROUTER_FIPS", "file policy.toml"]
    assert data["digest"].startswith("sha256:")
    fips = data["values"]["defaults.fips"]
    variable = {"kind": "variable", "name": "ENDPOINT_ROUTER_FIPS", "line": None, "column": None}
    assert fips == {"value": "require", "origin": variable}
    assert data["values"]["locked"]["origin"]["line"] == 2
    (rule,) = data["rules"]
    assert rule["says"] == {"services": ["kms"], "fips": "require"}
    assert data["policy"]["defaults"] == {"fips": "require"}


def test_show_without_a_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show"]) == 1
    assert capsys.readouterr().out.startswith("There is no policy")
    assert main(["policy", "show", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["in_force"] is False


def test_show_of_a_profile(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "policy.toml").write_text(POLICY)
    (here / "config").write_text(f"[profile p]\nendpoint_router_policy = {here}/policy.toml\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(here / "config"))
    assert main(["policy", "show", "--profile", "p", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["locked"] is True
    assert main(["policy", "show", "--profile", "q"]) == 2
    assert "q" in capsys.readouterr().err


def test_a_bad_policy_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "on")
    assert main(["policy", "show"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
