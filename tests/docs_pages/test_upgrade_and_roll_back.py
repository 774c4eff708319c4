"""Upgrading and breaking the glass: what each way does to a program, and leaves behind."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.errors import PolicyError
from endpoint_router.policy.load import load
from endpoint_router.sdk.activation.check import check_policy
from tests.docs_pages.pages import example, examples, page
from tests.support.lab_client import KMS
from tests.support.namespace import needs_namespaces
from tests.support.programs import app, run, run_beneath

__all__ = ["app", "needs_namespaces"]

PAGE = "how-to/upgrade-and-roll-back"
REQUIRED = """\
version = 1
[defaults]
private = "require"
[log]
decisions = "stderr"
[dns]
timeout = 60
"""
LOCKED = REQUIRED.replace("[defaults]", "locked = true\n[defaults]")
RUN = ["-m", "endpoint_router", "run"]
VARIABLE = "BOTOCORE_EXPERIMENTAL__PLUGINS"
PLUGIN = "endpoint_router=endpoint_router.sdk.plugin"


def decisions(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture
def policy(tmp_path: Path) -> str:
    file = tmp_path / "policy.toml"
    file.write_text(REQUIRED)
    return str(file)


def test_without_breaking_it_the_calls_are_refused(app: Path, policy: str) -> None:
    """Otherwise the tests below could not fail."""
    ran = run([*RUN, app], ENDPOINT_ROUTER_POLICY=policy)
    assert (ran.out.count("private.public_address"), ran.seen) == (2, []), ran.err


def test_report_lets_them_through_and_leaves_a_list(app: Path, policy: str) -> None:
    ran = run([*RUN, app], ENDPOINT_ROUTER_POLICY=policy, ENDPOINT_ROUTER_MODE="report")
    assert ran.seen == [("ListKeys", KMS)] * 2, ran.err
    line = decisions(ran.err)[0]
    assert (line["mode"], line["outcome"]) == ("report", "denied")
    assert "ENDPOINT_ROUTER_MODE" in line["policy"]["origin"]
    assert line["policy"]["hash"] != load(policy, environ={}, system_policy="").digest()
    (query,) = (text.text for text in examples(PAGE, "sh") if text.text.startswith("jq -r 'select"))
    if shutil.which("jq"):
        file = Path(policy).with_name("decisions.jsonl")
        file.write_text("\n".join(map(json.dumps, decisions(ran.err))) + "\n")
        shown = subprocess.run(["sh", "-c", query], cwd=file.parent, capture_output=True, text=True)
        assert "ListKeys" in shown.stdout, shown.stderr


def test_off_lets_them_through_and_leaves_none(app: Path, policy: str) -> None:
    ran = run([*RUN, app], ENDPOINT_ROUTER_POLICY=policy, ENDPOINT_ROUTER_MODE="off")
    assert ran.seen == [("ListKeys", KMS)] * 2, ran.err
    assert decisions(ran.err) == []


def test_beneath_a_lock_no_variable_helps(app: Path, tmp_path: Path) -> None:
    """Every call is refused; that `run` starts nothing is in ``tests/cli/test_run.py``."""
    scratch = tmp_path / "etc"
    scratch.mkdir()
    ran = run_beneath(LOCKED, scratch, [app], ENDPOINT_ROUTER_MODE="report", **{VARIABLE: PLUGIN})
    assert (ran.out.count("PolicyError ENDPOINT_ROUTER_MODE"), ran.seen) == (2, [])
    assert "locked by /etc/endpoint-router/policy.toml" in ran.err


def test_who_writes_the_locked_file_loosens_it(tmp_path: Path) -> None:
    loosened = tmp_path / "policy.toml"
    loosened.write_text(LOCKED.replace("locked = true\n", 'locked = true\nmode = "report"\n'))
    assert load(environ={}, system_policy=loosened).policy.mode == "report"


def test_the_narrow_waiver_leaves_its_reason(app: Path, tmp_path: Path) -> None:
    waiver = tmp_path / "waiver.toml"
    text = example(PAGE, "toml")
    waiver.write_text(re.sub(r"expires = \S+", "expires = 2099-12-31", text))
    waiver.write_text(waiver.read_text().replace('"Decrypt"', '"ListKeys"'))
    ran = run(
        [*RUN, app], ENDPOINT_ROUTER_POLICY=str(waiver), ENDPOINT_ROUTER_LOG_DECISIONS="stderr"
    )
    assert len(ran.seen) == 2, ran.err
    assert decisions(ran.err)[0]["rule"]["reason"].startswith("INC-4711")


def test_a_missing_package_is_silent_by_the_variable_alone(app: Path) -> None:
    """What the table says of botocore: here the module that it names is not there."""
    ran = run([app], **{VARIABLE: "endpoint_router=endpoint_router_that_went"})
    assert (ran.err, ran.seen) == ("", [("ListKeys", KMS)] * 2)


def test_an_older_package_refuses_a_key_that_it_does_not_know(tmp_path: Path) -> None:
    newer = tmp_path / "newer.toml"
    newer.write_text(REQUIRED.replace("[log]", 'quantum = "require"\n[log]'))
    with pytest.raises(PolicyError, match="quantum"):
        load(newer, environ={}, system_policy="")


def test_a_rule_for_a_service_that_this_botocore_does_not_know() -> None:
    """A service of next year's is a warning; what is nearly a name of today's is an error."""
    rule = {"services": ["marsrover"], "fips": "require"}
    (warning,) = check_policy(load({"rules": [rule]}, environ={}, system_policy=""))
    assert "marsrover" in warning
    rule = {"services": ["dynamodbb"], "fips": "require"}
    with pytest.raises(PolicyError, match="dynamodb"):
        check_policy(load({"rules": [rule]}, environ={}, system_policy=""))


def test_versions_are_those_of_the_package() -> None:
    import configparser

    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parents[2] / "setup.cfg")
    (oldest,) = re.findall(r"^botocore>=([\d.]+)", setup["options"]["install_requires"], re.M)
    assert f"older than {oldest} |" in page(PAGE)
