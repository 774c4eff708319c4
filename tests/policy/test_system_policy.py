"""The machine's own policy: read where it exists, beneath all else, and never taken away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.policy.load import SYSTEM_POLICY
from endpoint_router.policy.model import Policy

LOCKED = 'version = 1\nlocked = true\n[defaults]\nfips = "require"\n'
OPEN = 'version = 1\n[defaults]\nfips = "require"\n[[rules]]\nservices = ["kms"]\nprivate = "require"\n'


@pytest.fixture
def system(tmp_path: Path) -> Path:
    (tmp_path / "endpoint-router").mkdir()
    return tmp_path / "endpoint-router" / "policy.toml"


def test_where_there_is_none_nothing_changes(system: Path, loaded: Any) -> None:
    assert loaded(system_policy=system) == loaded(system_policy="") == loaded()
    assert loaded(system_policy=system.parent / "no" / "such").policy == Policy()


@pytest.mark.skipif(os.name != "posix", reason="there is none on Windows")
def test_where_it_is() -> None:
    assert SYSTEM_POLICY == "/etc/endpoint-router/policy.toml"


def test_alone_it_is_a_policy_with_its_lines(system: Path, loaded: Any) -> None:
    system.write_text(LOCKED)
    result = loaded(system_policy=system)
    assert result.policy.defaults.fips == "require"
    assert str(result.origin("defaults.fips")) == f"file {system}:4"
    assert result.sources() == (f"file {system}",)


def test_everything_else_stands_above_it(system: Path, write: Any, loaded: Any) -> None:
    system.write_text(OPEN)
    path = write('version = 1\n[[rules]]\nservices = ["sts"]\nregional = "require"\n', "own.toml")
    result = loaded(
        {"defaults": {"regional": "require"}},
        {"ENDPOINT_ROUTER_POLICY": path, "ENDPOINT_ROUTER_FIPS": "off"},
        system_policy=system,
    )
    assert result.policy.defaults.fips == "off"
    assert result.policy.defaults.regional == "require"
    assert [rule.services for rule in result.policy.rules] == [("sts",), ("kms",)]
    assert str(result.origin("rules[0]")) == f"file {path}:2"
    assert str(result.origin("rules[1]")) == f"file {system}:4"
    assert result.warnings == ()


@pytest.mark.parametrize("above", ["variable", "document", "inline", "profile", "code", "path"])
def test_locked_nothing_above_loosens_it(
    above: str, system: Path, write: Any, loaded: Any, refusal: Any
) -> None:
    system.write_text(LOCKED)
    looser, text = {"defaults": {"fips": "off"}}, '{"version": 1, "defaults": {"fips": "off"}}'
    path = write('version = 1\n[defaults]\nfips = "off"\n', "own.toml")
    given: dict[str, dict[str, Any]] = {
        "variable": {"environ": {"ENDPOINT_ROUTER_FIPS": "off"}},
        "document": {"environ": {"ENDPOINT_ROUTER_POLICY": path}},
        "inline": {"environ": {"ENDPOINT_ROUTER_POLICY": text}},
        "profile": {"profile_policy": path, "profile": "p"},
        "code": {"policy": looser},
        "path": {"policy": path},
    }
    error = refusal(**given[above], system_policy=system)
    assert error.code == "policy.locked"
    assert f"{system}:4" in error.expected
    stricter = loaded(environ={"ENDPOINT_ROUTER_PRIVATE": "require"}, system_policy=system)
    assert stricter.policy.defaults.private == "require"
    assert stricter.policy.locked


def test_named_by_a_variable_as_well_it_is_read_once(system: Path, loaded: Any) -> None:
    system.write_text(
        LOCKED + '[[custom_endpoints]]\nurl = "https://minio.example"\n'
        'services = ["s3"]\nprivate = true\nreason = "ours"\n'
    )
    result = loaded(environ={"ENDPOINT_ROUTER_POLICY": str(system)}, system_policy=system)
    assert result == loaded(system_policy=system)


def test_broken_or_unreadable_it_refuses(system: Path, refusal: Any) -> None:
    system.write_text("version = 1\nmode = \n")
    assert refusal(system_policy=system).where == f"{system}:2"
    system.write_text("")
    assert refusal(system_policy=system).found == "an empty file"
    system.unlink()
    system.symlink_to("nowhere.toml")
    assert "No such file" in refusal(system_policy=system).found
    system.unlink()
    system.mkdir()
    assert refusal(system_policy=system).found == "a directory"
    assert "Not a directory" in refusal(system_policy=Path(__file__) / "policy.toml").found


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read anything")
@pytest.mark.parametrize("folder", [False, True])
def test_without_permission_it_refuses(folder: bool, system: Path, refusal: Any) -> None:
    system.write_text(LOCKED)
    closed = system.parent if folder else system
    closed.chmod(0)
    try:
        assert "Permission denied" in refusal(system_policy=system).found
    finally:
        closed.chmod(0o700)
