"""A new setting is one addition: a line in the model, and everything else knows it.

The line is added to a copy of the package, which runs in processes of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import endpoint_router

LINE = (
    '    tracing: Annotated[Demand, key("Whether calls are traced.", graded=True,'
    ' variable="TRACING")] = "off"\n'
)
BEFORE = "class _SelectorKeys("
LOOSE = '[[rules]]\nservices = ["s3"]\ntracing = "prefer"\n'
DEMANDING = 'version = 1\n[defaults]\nprivate = "off"\ntracing = "require"\n'


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the package with one line more."""
    directory = tmp_path_factory.mktemp("copy")
    package = Path(endpoint_router.__file__).parent
    shutil.copytree(package, directory / package.name)
    model = directory / package.name / "policy" / "model.py"
    head, found, tail = model.read_text("utf-8").partition(f"\n\n\n{BEFORE}")
    assert found
    model.write_text(f"{head}\n{LINE}{found}{tail}", "utf-8")
    return directory


def run(copied: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, with no policy but that of *environ*."""
    cleaned = {name: text for name, text in os.environ.items() if "ENDPOINT_ROUTER" not in name}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copied,
        env={**cleaned, "AWS_EC2_METADATA_DISABLED": "true", **environ},
        capture_output=True,
        text=True,
    )


def explained(copied: Path, *arguments: str, **environ: str) -> str:
    command = ("-m", "endpoint_router", "explain", "-v", "sts", "--region", "us-east-1")
    done = run(copied, *command, *arguments, COLUMNS="1000", **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_variable_fills_it(copied: Path) -> None:
    environ = {"ENDPOINT_ROUTER_TRACING": "require", "ENDPOINT_ROUTER_PRIVATE": "off"}
    assert "    tracing = require  (ENDPOINT_ROUTER_TRACING)\n" in explained(copied, **environ)
    done = run(copied, "-m", "endpoint_router", "explain", "sts", ENDPOINT_ROUTER_TRACING="always")
    assert done.returncode == 2
    assert 'ENDPOINT_ROUTER_TRACING: found "always", expected "off", "prefer" or' in done.stderr


def test_a_document_sets_it_and_a_rule_has_its_own_value(copied: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(DEMANDING)
    assert f"tracing = require  (file {policy}:4)" in explained(copied, "--policy", str(policy))
    shown = json.loads(explained(copied, "--policy", str(policy), "--json"))
    assert shown["settings"]["tracing"] == {"value": "require", "origin": f"file {policy}:4"}
    policy.write_text(f'{DEMANDING}[[rules]]\nservices = ["sts"]\ntracing = "off"\nreason = "r"\n')
    assert "tracing" not in explained(copied, "--policy", str(policy))
    shown = json.loads(explained(copied, "--policy", str(policy), "--json"))
    assert shown["settings"]["tracing"] == {"value": "off", "origin": f"file {policy}:7"}


def test_loosening_it_needs_a_reason_and_is_refused_under_a_lock(
    copied: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(DEMANDING + LOOSE)
    done = run(copied, "-m", "endpoint_router", "explain", "sts", "--policy", str(policy))
    assert done.returncode == 2
    assert f"{policy}:7, rules[0].tracing" in done.stderr
    assert 'weaker than the default "require"' in done.stderr
    policy.write_text(DEMANDING.replace("[defaults]", "locked = true\n[defaults]"))
    done = run(
        *(copied, "-m", "endpoint_router", "explain", "sts", "--policy", str(policy)),
        ENDPOINT_ROUTER_TRACING="prefer",
    )
    assert done.returncode == 2
    assert f'"require" or stricter, locked by {policy}:5, defaults.tracing' in done.stderr


def test_the_reference_and_the_schema_have_it(copied: Path, tmp_path: Path) -> None:
    done = run(copied, "-m", "endpoint_router.policy.reference", str(tmp_path))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "policy.md").read_text("utf-8")
    values = '"off", "prefer" or "require"'
    assert f'| `tracing` | {values} | `"off"` | Whether calls are traced. |\n' in page
    assert f"| `tracing` | {values} |  | Whether calls are traced. |\n" in page
    assert "- `tracing`: off, prefer, require\n" in page
    assert "| `ENDPOINT_ROUTER_TRACING` | `defaults.tracing` | as the key |\n" in page
    defs: dict[str, Any] = json.loads((tmp_path / "policy.schema.json").read_text())["$defs"]
    for name in ("Settings", "Rule"):
        assert defs[name]["properties"]["tracing"]["description"] == "Whether calls are traced."


def test_a_plan_carries_it_over(copied: Path, tmp_path: Path) -> None:
    log, policy = tmp_path / "decisions.jsonl", tmp_path / "policy.toml"
    policy.write_text(f'{DEMANDING}[log]\ndecisions = "{log}"\n')
    program = f"""
import endpoint_router
from endpoint_router.policy.rules import REQUIRABLE, WEAKEST
decision = endpoint_router.resolve("https://sts.us-east-1.amazonaws.com/", policy={str(policy)!r})
assert decision.demands.settings.tracing == "require"
assert "tracing" in REQUIRABLE and WEAKEST["tracing"] == "off"
"""
    done = run(copied, "-c", program)
    assert done.returncode == 0, done.stderr
    done = run(copied, "-m", "endpoint_router", "plan", str(log), "--policy", "planned.toml")
    assert done.returncode == 0, done.stderr
    assert 'tracing = "require"' in (copied / "planned.toml").read_text("utf-8")
