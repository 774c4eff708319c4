"""``endpoint-router explain`` of what makes no sense: status 2, and one line that says what."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from endpoint_router.cli.main import main
from tests.cli.explained import FIPS
from tests.support.examples import examples


@pytest.fixture(scope="module")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A policy that asks nobody: without a demand, no name is looked up."""
    file = tmp_path_factory.mktemp("explain") / "policy.json"
    file.write_text('{"version": 1, "defaults": {"allowed_regions": ["us-*"]}}')
    return str(file)


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


def test_exit_2_for_a_policy_that_cannot_be_used(
    cli: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli({"defaults": {"fisp": "require"}}, "kms") == 2
    assert "fisp" in capsys.readouterr().err


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
