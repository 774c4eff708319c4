"""Activation by environment alone, in processes of their own, against a real network of their own.

In a namespace the lab has the real addresses and ports, so the programs are unchanged ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore
import pytest

from endpoint_router.lab import Absent
from endpoint_router.lab.network import Lab
from tests.support import namespace
from tests.support.lab_client import KMS, KMS_FIPS
from tests.support.namespace import run_isolated

ROOT = Path(__file__).parents[2]
STS_FIPS = "sts-fips.us-east-1.amazonaws.com"
PLUGIN = {"BOTOCORE_EXPERIMENTAL__PLUGINS": "endpoint_router=endpoint_router.sdk.plugin"}
VERSION = tuple(int(part) for part in botocore.__version__.split(".")[:3])

needs_plugins = pytest.mark.skipif(
    VERSION < (1, 39, 9),
    reason=f"botocore {botocore.__version__} ignores BOTOCORE_EXPERIMENTAL__PLUGINS (1.39.9)",
)

APP = """
import botocore.session
session = botocore.session.Session()
for _ in range(2):
    client = session.create_client("kms", "us-east-1")
    try:
        print(client.list_keys()["Keys"][0]["KeyId"])
    except Exception as error:
        print(type(error).__name__, error)
"""
PARENT = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, sys.argv[1]]))"


@pytest.fixture(autouse=True)
def _needs_namespaces() -> None:
    namespace.require()


@dataclass(frozen=True)
class Ran:
    """What became of a program, and what the servers saw of it."""

    status: int
    out: str
    err: str
    seen: list[tuple[str, str]]


def _run(command: Sequence[str], environ: Mapping[str, str]) -> Ran:
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        lab.host(KMS, "52.94.0.10")
        lab.host(KMS_FIPS, "52.94.0.11")
        lab.host("sts.us-east-1.amazonaws.com", "52.94.0.12")
        lab.host("sts.amazonaws.com", "52.94.0.12")
        lab.host(STS_FIPS, "52.94.0.11")
        lab.zone.set("nothing.example", Absent())
        done = subprocess.run(
            [sys.executable, *command],
            env={
                **os.environ,
                "AWS_CA_BUNDLE": lab.ca_bundle,
                "AWS_MAX_ATTEMPTS": "1",
                "PYTHONPATH": str(ROOT),
                **environ,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        seen = [(one.operation, one.host) for one in lab.seen]
        return Ran(done.returncode, done.stdout, done.stderr, seen)


def run(command: Sequence[Any], **environ: str) -> Ran:
    """Run Python with this command line in a network of its own."""
    return run_isolated(_run, [str(word) for word in command], environ, timeout=90)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(APP)
    return file


TO_FIPS = [("ListKeys", KMS_FIPS)] * 2


def test_without_activation_the_program_is_plain(app: Path) -> None:
    """Otherwise the tests below could not fail."""
    assert run([app], ENDPOINT_ROUTER_FIPS="require").seen == [("ListKeys", KMS)] * 2


def test_run_a_command(app: Path) -> None:
    command = ["-m", "endpoint_router", "run", "--", sys.executable, app]
    ran = run(command, ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.out, ran.seen) == (0, "lab\nlab\n", TO_FIPS), ran.err


def test_run_a_python_file(app: Path) -> None:
    ran = run(["-m", "endpoint_router", "run", app], ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_child_processes_are_covered(app: Path) -> None:
    command = ["-m", "endpoint_router", "run", "--", sys.executable, "-c", PARENT, app]
    ran = run(command, ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_a_policy_file(app: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = 1\n[defaults]\nprivate = "require"\n')
    ran = run(["-m", "endpoint_router", "run", app], ENDPOINT_ROUTER_POLICY=str(policy))
    assert ran.out.count("private.public_address") == 2, ran.err
    assert ran.seen == []


def test_the_programs_own_status_and_arguments(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("import sys; print(sys.argv[1:]); sys.exit(7)")
    ran = run(["-m", "endpoint_router", "run", "--", sys.executable, file, "--", "-x"])
    assert (ran.status, ran.out) == (7, "['--', '-x']\n")


@pytest.mark.parametrize("how", ["file", "command"])
def test_a_broken_policy_starts_nothing(tmp_path: Path, how: str) -> None:
    trace = tmp_path / "started"
    file = tmp_path / "app.py"
    file.write_text(f"open({str(trace)!r}, 'w').close()")
    program = [file] if how == "file" else ["--", sys.executable, file]
    ran = run(["-m", "endpoint_router", "run", *program], ENDPOINT_ROUTER_FISP="require")
    assert ran.status == 2
    assert "ENDPOINT_ROUTER_FIPS" in ran.err
    assert not trace.exists()


def test_a_policy_that_breaks_before_a_child_starts_stops_the_child(tmp_path: Path) -> None:
    """The program itself may change the environment of its children, and misspell it."""
    trace = tmp_path / "started"
    child = tmp_path / "child.py"
    child.write_text(f"open({str(trace)!r}, 'w').close()")
    parent = tmp_path / "parent.py"
    parent.write_text(
        "import os, subprocess, sys\n"
        "os.environ['ENDPOINT_ROUTER_FISP'] = 'require'\n"
        f"sys.exit(subprocess.call([sys.executable, {str(child)!r}]))\n"
    )
    ran = run(["-m", "endpoint_router", "run", parent], ENDPOINT_ROUTER_FIPS="require")
    assert ran.status == 2
    assert not trace.exists()


def assume_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables of a program whose profile assumes a role, with botocore's plugin switched on."""
    config = tmp_path / "config"
    config.write_text(
        "[profile app]\nrole_arn = arn:aws:iam::111122223333:role/lab\n"
        "source_profile = base\nregion = us-east-1\n"
        "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n"
    )
    # Where AWS_PROFILE names the profile, keys in the environment come before its role.
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    return {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "app", **PLUGIN}


# --- botocore's plugins


@needs_plugins
def test_a_plugin_covers_the_first_client(app: Path) -> None:
    ran = run([app], ENDPOINT_ROUTER_FIPS="require", **PLUGIN)
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


@needs_plugins
def test_a_plugin_with_a_broken_policy_refuses_every_call(app: Path) -> None:
    """botocore logs what a plugin raises at debug level, and goes on without it."""
    ran = run([app], ENDPOINT_ROUTER_FISP="require", **PLUGIN)
    assert ran.out.count("PolicyError") == 2, (ran.out, ran.err)
    assert ran.out.count("ENDPOINT_ROUTER_FIPS") == 2
    assert ran.seen == []


@needs_plugins
def test_a_plugin_covers_the_sts_call_behind_an_assume_role_profile(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore makes that client without its plugins."""
    environ = assume_role(tmp_path, monkeypatch)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require", **environ)
    assert ran.seen == [("AssumeRole", STS_FIPS), *TO_FIPS], (ran.out, ran.err)


@needs_plugins
def test_a_plugin_and_a_broken_policy_refuse_that_sts_call_too(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = assume_role(tmp_path, monkeypatch)
    ran = run([app], ENDPOINT_ROUTER_FISP="require", **environ)
    assert ran.out.count("ENDPOINT_ROUTER_FIPS") == 2, (ran.out, ran.err)
    assert ran.seen == []
