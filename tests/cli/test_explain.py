"""``endpoint-router explain`` as a command: what it prints, and its exit status."""

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
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from endpoint_router.cli.main import main
from endpoint_router.lab.network import Lab
from tests.support.examples import examples
from tests.support.lab_client import KMS_FIPS_VPCE, policy_for
from tests.support.terminal import on_a_terminal

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BOTH: dict[str, Any] = {
    "defaults": {"fips": "require", "private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
}


@pytest.fixture
def cli(lab: Lab, tmp_path: Path) -> Any:
    """``endpoint-router explain`` with a policy file for the lab."""

    def run(policy: dict[str, Any], *arguments: str) -> int:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": 1, **policy_for(lab, policy)}))
        return main(["explain", *arguments, "--region", "us-east-1", "--policy", str(file)])

    return run


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
    "arguments",
    [
        ["kms", "--operation", "Encrpyt"],
        ["kmss"],
        ["kms", "--params", "{"],
        ["kms", "--params", "[1]"],
        ["kms", "--profile", "nobody"],
    ],
    ids=["operation", "service", "json", "no object", "profile"],
)
def test_exit_2_for_bad_input(
    cli: Any, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli(FIPS, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("endpoint-router: ")
    assert captured.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["kmss"],
            "service: found \"kmss\", expected a boto3 client name, as kms. Did you mean 'kms'",
        ),
        (["KMS"], "Did you mean 'kms'?"),
        (["kms", "--operation", "Encript"], "Did you mean 'Encrypt'?"),
        (["kms", "--operation", "create-key"], "Did you mean 'CreateKey'?"),
        (["kms", "--endpoint-url", "localhost:4566"], "http://localhost:4566 where it has no TLS"),
        (["kms", "--endpoint-url", "https://x]"], 'endpoint_url: found "https://x]"'),
        (["kms", "--endpoint-url", "https://x:99999"], "expected an absolute URL"),
        (["kms", "--endpoint-url", "ftp://u:secret@x"], 'found "ftp://***@x"'),
        (["kms", "--endpoint-url", ""], 'endpoint_url: found ""'),
        (["kms", "--region", ""], "--region: found nothing, expected a region"),
        (["kms", "--region", " "], "--region: found nothing, expected a region"),
        (["kms", "--region", "a b"], "'a b' doesn't match a supported format"),
        (["kms", "--region", "\udcff"], "--region: found bytes that are no UTF-8"),
        (["kms", "--profile", "nobody"], "--profile names it."),
        (["s3", "--params", '{"Bucket":5}'], "--params: Bucket: found an integer, expected text"),
        (["s3", "--params", '{"Bucket":null}'], "--params: Bucket: found null, expected text"),
        (["s3", "--params", '{"Bucket":"\\ud800"}'], "--params: found half of a surrogate pair"),
        (
            ["dynamodb", "--operation", "PutItem", "--params", '{"Item":{"a":{"S":1,"BOOL":2}}}'],
            "a.S: found an integer, expected text; Item.a.BOOL: found an integer, expected true or",
        ),
        (
            ["s3", "--operation", "PutObject", "--params", '{"Body":{"a":", type: <class"}}'],
            "--params: Body: found an object, expected text",
        ),
        (["kms", "--policy", "/nowhere/p.toml"], "/nowhere/p.toml: found No such file"),
        (["kms", "--policy", "/nowhere/p.toml"], "--policy names it."),
        (["kms", "--policy", ""], "--policy names it."),
        (["kms", "--policy", "/"], "found a directory"),
    ],
)
def test_bad_input_is_told_with_the_way_out(
    policy_file: str, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    usual = {"--policy": policy_file, "--region": "us-east-1"}
    more = [
        word for name, value in usual.items() if name not in arguments for word in (name, value)
    ]
    assert main(["explain", *arguments, *more]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert "<class" not in err.replace('", type: <class"', "")
    assert "secret" not in err


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ENDPOINT_ROUTER_POLICY", "/nowhere/p.toml", "ENDPOINT_ROUTER_POLICY names it."),
        ("AWS_ENDPOINT_URL", "localhost:4566", "Look at AWS_ENDPOINT_URL."),
        ("AWS_ENDPOINT_URL_KMS", "http://x]", "Look at AWS_ENDPOINT_URL_KMS."),
        ("AWS_MAX_ATTEMPTS", "several", "Look at AWS_MAX_ATTEMPTS."),
        ("AWS_DEFAULT_REGION", "", "AWS_DEFAULT_REGION, or the profile's region: found nothing"),
        ("AWS_PROFILE", "nobody", "AWS_PROFILE names it."),
        ("AWS_REGION", "us-east-1", "Give --region, AWS_DEFAULT_REGION"),
        ("AWS_REGION", "us-east-1", "boto3 does not read AWS_REGION"),
    ],
)
def test_the_variable_that_is_wrong_is_named(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(variable, value)
    region = [] if "REGION" in variable else ["--region", "us-east-1"]
    assert main(["explain", "kms", *region]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


@pytest.mark.skipif(os.name != "posix", reason="needs mkfifo")
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["explain", "kms", "--policy", str(tmp_path / "pipe")]) == 2
    assert "found no regular file" in capsys.readouterr().err


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


def test_exit_2_for_a_policy_that_cannot_be_used(
    cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli({"defaults": {"fisp": "require"}}, "kms") == 2
    assert "fisp" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["s3.PutObject", "--param", "Buket=x"], 'found "Buket", expected a parameter of the'),
        (["s3.PutObject", "--param", "Buket=x"], "Did you mean 'Bucket'?"),
        (["s3.PutObject", "--param", "Bucket"], "expected NAME=VALUE, as Bucket=example"),
        (["s3.PutObject", "--param", "ContentLength=x"], "ContentLength is of type long"),
        (["s3.PutObject", "--param", "ContentLength=[]"], "ContentLength: found an array"),
        (["s3.PutObject", "--profile=--"], "--"),
        (["s3.PutObject", "--operation", "GetObject"], "--operation names one, too"),
        (["s3", "kms", "--operation", "GetObject"], "else write SERVICE.OPERATION"),
        (["s3.", "kms"], 'operation: found ""'),
        ([".PutObject"], 'service: found ""'),
    ],
)
def test_parameters_and_calls_that_make_no_sense(
    cli: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert cli({}, *arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


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


@pytest.fixture(scope="module")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A policy that asks nobody: without a demand, no name is looked up."""
    file = tmp_path_factory.mktemp("explain") / "policy.json"
    file.write_text('{"version": 1, "defaults": {"allowed_regions": ["us-*"]}}')
    return str(file)


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


_TEXTS = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "",
            "--",
            "../..",
            "\x00",
            "a" * 5000,
            "\ud800",
            "us-east-1\n",
            "x\x1b[2J",
            "{}",
            "[" * 9999,
        ]
    ),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)
    ),
    max_leaves=5,
)
_NAMES = st.sampled_from(["Bucket", "AccountId", "TableName", "KvsARN", "CopySource", "EndpointId"])
_PARAMS = st.dictionaries(st.one_of(_NAMES, _TEXTS), _VALUES, max_size=3).map(json.dumps)
_URLS = st.sampled_from(
    ["https://", "//x", "https://[::1", "https://x:99999", "ftp://x", "https://\x1b[2J.example"]
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.one_of(_TEXTS, st.sampled_from(["PutObject", "put_object", "PutEvents"])),
        "region": st.one_of(_TEXTS, st.sampled_from(["us-east-1", "us-gov-west-1", "aws-global"])),
        "params": st.one_of(_TEXTS, _PARAMS),
        "endpoint-url": st.one_of(_TEXTS, _URLS),
        "profile": _TEXTS,
    },
)


@given(
    service=st.one_of(st.sampled_from(["s3", "kms", "s3control", "dynamodb", "events"]), _TEXTS),
    options=ARGUMENTS,
    as_json=st.booleans(),
)
@example(service="s3", options={"params": '{"a":' * 50_000}, as_json=False)
@example(
    service="s3", options={"operation": "PutObject", "params": '{"Bucket": []}'}, as_json=False
)
@example(
    service="s3", options={"operation": "PutObject", "params": '{"Bucket": NaN}'}, as_json=True
)
@example(service="kms", options={"endpoint-url": "{}"}, as_json=False)
@example(service="kms", options={"params": "--"}, as_json=False)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
def test_any_arguments_come_to_a_decision_or_to_one_line(
    policy_file: str, capsys: pytest.CaptureFixture[str], service: str, options: Any, as_json: bool
) -> None:
    arguments = ["explain", "--policy", policy_file, *(["--json"] if as_json else [])]
    arguments += [f"--{name}={value}" for name, value in options.items()]
    try:
        status = main([*arguments, "--", service])
    except SystemExit:  # argparse's own, with its usage
        return
    said = capsys.readouterr()
    assert all(line.isprintable() for line in f"{said.out}\n{said.err}".split("\n"))
    assert status in (0, 1, 2)
    assert (status == 2) == bool(said.err)
    # What was given may be anything, and comes in quotes; the rest is no Python.
    assert "<class" not in said.err
    assert "codec" not in said.err
    if status == 2:
        assert (said.out, said.err.count("\n"), len(said.err) < 2100) == ("", 1, True)
    elif as_json:
        assert json.loads(said.out)["outcome"] in ("allowed", "denied", "unverified")
