"""``endpoint-router explain`` as a command: what it prints of calls, and its exit status."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.lab.network import Lab
from tests.cli.explained import FIPS
from tests.support.lab_client import KMS_FIPS_VPCE, policy_for
from tests.support.terminal import on_a_terminal

BOTH: dict[str, Any] = {
    "defaults": {"fips": "require", "private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
}


def test_exit_0_and_a_trace_that_can_be_read(
    lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(BOTH, "kms", "--operation", "encrypt") == 0
    out = capsys.readouterr().out
    for word in ("ALLOWED", KMS_FIPS_VPCE, "kms / us-east-1", "10.20.0.11"):
        assert word in out
    assert "candidates" not in out
    assert cli(BOTH, "kms", "--operation", "encrypt", "-v") == 0
    verbose = capsys.readouterr().out
    assert verbose.startswith(out.rstrip())
    assert verbose.count(KMS_FIPS_VPCE) == 1
    for word in ("private-address", "fips = require", "candidates", lab.dns_server):
        assert word in verbose
    assert lab.seen == []


def test_exit_1_for_a_refusal(lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli({"defaults": {"private": "require"}}, "kms") == 1
    out = capsys.readouterr().out
    for word in ("DENIED", "private.public_address", "52.94.0.10", "way out"):
        assert word in out
    assert lab.seen == []


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ('version = 1\n[defaults]\nallowed_regions = ["eu-*"]\n', 1, b"region.not_allowed"),
        ('{"version": 1, "defaults": {"allowed_regions": ["eu-*"]}}', 1, b"region.not_allowed"),
        ('version = 1\n[defaults]\nfips = "on"\n', 2, b'stdin:3, defaults.fips: found "on"'),
        ("", 2, b"found an empty file"),
        ("#" * (1 << 19), 2, b"found more than"),
    ],
)
def test_a_dash_is_a_policy_on_stdin(given: str, status: int, said: bytes) -> None:
    command = [sys.executable, "-m", "endpoint_router", "explain", "kms", "--region", "us-east-1"]
    done = subprocess.run(
        [*command, "--policy", "-"], input=given.encode(), capture_output=True, check=False
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done.stderr


def test_json(lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(BOTH, "kms", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data.keys() >= {
        "outcome", "code", "reason", "remedy", "service", "operation", "region", "partition",
        "host", "signing_name", "signing_region", "variant", "fips_basis", "presigned", "proxy",
        "rule", "settings", "candidates", "evidence",
    }  # fmt: skip
    assert (data["outcome"], data["code"], data["host"]) == ("allowed", "allowed", KMS_FIPS_VPCE)
    assert data["settings"]["fips"]["value"] == "require"
    assert "policy.json" in data["settings"]["fips"]["origin"]
    (evidence,) = [one for one in data["evidence"] if one["name"] == KMS_FIPS_VPCE]
    assert evidence["verdict"] == "private-address"
    assert evidence["addresses"] == ["10.20.0.11"]
    assert evidence["server"] == lab.dns_server
    assert cli({"defaults": {"private": "require"}}, "kms", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["outcome"], data["code"]) == ("denied", "private.public_address")


def test_a_waiver_tells_its_last_day(cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    last = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=20)
    rule = {"services": ["kms"], "fips": "off", "reason": "SEC-1", "expires": str(last)}
    policy = {**FIPS, "rules": [rule]}
    assert cli(policy, "kms") == 0
    assert f"), until {last} (" in " ".join(capsys.readouterr().out.split())
    assert cli(policy, "kms", "--json") == 0
    told = json.loads(capsys.readouterr().out)["rule"]
    assert told["expires"] == str(last)
    assert told["days_left"] in (19, 20)  # 19 where midnight has passed meanwhile


def test_what_others_wrote_does_not_act_on_the_terminal(
    cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "\x1b[2J\x1b]0;owned\x07\r\nALLOWED \u202e"
    policy = {**FIPS, "rules": [{"services": ["kms"], "fips": "off", "reason": reason}]}
    assert cli(policy, "kms") == 0
    out = capsys.readouterr().out
    assert r"\x1b[2J\x1b]0;owned\x07\r\nALLOWED \u202e" in " ".join(out.split())
    assert all(line.isprintable() for line in out.splitlines())
    assert cli(policy, "kms", "--json") == 0
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.splitlines())
    assert json.loads(out)["rule"]["reason"] == reason


def test_several_calls_at_once(lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]) -> None:
    policy = {**FIPS, "rules": [{"services": ["sts"], "allowed_regions": ["eu-*"]}]}
    assert cli(policy, "kms.Encrypt", "sts.get_caller_identity") == 1
    out = capsys.readouterr().out
    assert re.findall(r"^(\S+) in us-east-1: (.+)$", out, re.MULTILINE) == [
        ("kms.Encrypt", "ALLOWED"),
        ("sts.GetCallerIdentity", "DENIED region.not_allowed"),
    ]
    assert cli(policy, "kms", "sts", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert [one["outcome"] for one in data] == ["allowed", "denied"]
    assert lab.seen == []


def test_parameters_and_what_they_would_change(
    lab: Lab, cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("s3.PutObject", "s3.ListBuckets", "kms.Encrypt")
    assert cli({}, *asked) == 0
    out = capsys.readouterr().out
    says = "depends on Bucket: with --param Bucket=... the host is another one"
    assert [says in text for text in out.split("\n\n")] == [True, False, False]
    assert cli({}, *asked, "--param", "Bucket=reports", "--param", "Key=1=2") == 0
    out = capsys.readouterr().out
    assert "host       reports.s3.amazonaws.com" in out.split("\n\n")[0]
    assert "depends on" not in out
    assert cli({}, "s3.PutObject", "--param", "Bucket=a", "--param", "ContentLength=5") == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal(lab: Lab, tmp_path: Path, columns: int) -> None:
    file = tmp_path / "policy.json"
    denied = {"services": ["sts"], "allowed_regions": ["eu-*"]}
    policy = policy_for(lab, {**BOTH, "rules": [denied]})
    file.write_text(json.dumps({"version": 1, **policy}))
    shown = on_a_terminal(
        ["explain", "kms", "sts", "-v", "--region=us-east-1", f"--policy={file}"], columns
    )
    assert "\x1b[32mALLOWED\x1b[0m" in shown
    assert "\x1b[31mDENIED region.not_allowed\x1b[0m" in shown
    lines = re.sub(r"\x1b\[\d+m", "", shown).splitlines()
    # A line is longer only where one word is.
    assert [line for line in lines if len(line) > columns and len(line.split()) > 2] == []
    assert "".join(lines).count(KMS_FIPS_VPCE) == 1


def test_a_terminal_of_few_letters_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    rule = {"services": ["iam"], "fips": "off", "reason": "caf\u00e9 \u2603"}
    file.write_text(json.dumps({"version": 1, "defaults": {"fips": "require"}, "rules": [rule]}))
    command = ["-m", "endpoint_router", "explain", "iam", "--region", "us-east-1"]
    done = subprocess.run(
        [sys.executable, *command, "--policy", str(file)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"caf\\xe9 \\u2603" in done.stdout) == (0, True), done.stderr
