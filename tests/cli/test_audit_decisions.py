"""``endpoint-router audit --decisions``: logs as they are given, and what is said of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main
from tests.audit.made import OURS, delivered, record
from tests.plan.lines import allowed, dump, line

HOST = "vpce-0123456789abcdef0-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"
PLAIN = "kms.us-gov-west-1.amazonaws.com"
POLICY = f"""\
version = 1

[defaults]
fips = "require"
private = "require"

[[vpc_endpoints]]
type = "interface"
dns_names = ["{HOST}"]
"""
DOCS = Path(__file__).parents[2] / "docs" / "how-to"
HERE = {"time": "2026-11-20T12:00", "operation": "Decrypt", "region": "us-gov-west-1"}


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """Four calls are recorded: two as the policy says, two round it by the plain host."""
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    ours = {"vpcEndpointId": OURS}
    records = [record(at, host=PLAIN if at > 1 else HOST, **ours) for at in range(4)]
    delivered(tmp_path / "trail", *records)
    return ["audit", str(tmp_path / "trail"), "--policy", str(policy)]


def sent(service: str = "kms", **values: Any) -> dict[str, Any]:
    return allowed(service, **{**HERE, "host": HOST, "application": "billing", **values})


def log(path: Path, *lines: dict[str, Any]) -> str:
    text = dump(lines)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return str(path)


def test_several_logs_packed_and_cut(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, packed = log(tmp_path / "a.jsonl", sent()), log(tmp_path / "b.gz", sent())
    with open(first, "ab") as file:
        file.write(b'{"version":1,"time":"2026-1\n{"version":2}\n')
    assert main([*arguments, "--json", "--decisions", first, "--decisions", packed]) == 1
    decisions = json.loads(capsys.readouterr().out)["decisions"]
    names = ("logs", "lines", "broken", "unknown", "sent", "matched")
    assert [decisions[name] for name in names] == [2, 4, 1, 1, 2, 2]
    assert decisions["days"] == {"from": "2026-11-20", "to": "2026-11-20"}
    (row,) = decisions["unlogged"]
    assert (row["basis"], row["count"], row["violations"]) == ("application", 2, 2)
    # One that is named twice counts once.
    assert main([*arguments, "--json", "--decisions", first, packed, "--decisions", first]) == 1
    assert json.loads(capsys.readouterr().out)["decisions"] == decisions
    # Both after one option, too; the report is without them as it is.
    assert main([*arguments, "--decisions", first, packed, "--csv"]) == 1
    with_logs = capsys.readouterr().out
    assert main([*arguments, "--csv"]) == 1
    assert capsys.readouterr().out == with_logs
    assert main([*arguments, "--json"]) == 1
    assert "decisions" not in json.loads(capsys.readouterr().out)


def test_text(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (
        sent(),
        sent(operation="Encrypt", calls=3),
        sent(policy={"hash": "sha256:0123456789abcdef", "origin": ["file a.toml"]}),
        line("kms", **HERE, application="billing", calls=7),
        sent(time="2026-10-01T12:00", calls=8),
    )
    assert main([*arguments, "--decisions", log(tmp_path / "a.jsonl", *lines)]) == 1
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    said = " ".join(text.partition("Decision logs")[2].split())
    for part in (
        "logs 1 log, 5 lines",
        "compared 2026-11-20 (UTC): 5 sent by the logs, 2 of them recorded",
        "set aside 7 refused, 8 of other days",
        "unlogged 2 more calls of applications than their logs have",
        "policy 11 calls of billing under another one (sha256:abc; file /etc/policy.toml)",
        "policy 1 call of billing under another one (sha256:0123456789ab; file a.toml)",
        f"3 x kms Encrypt in us-gov-west-1 of billing, at {HOST}",
        "no attempt arrived, calls of another account, or not recorded",
    ):
        assert part in said, part
    nothing = log(tmp_path / "b.jsonl", sent(time="2026-10-01T12:00"))
    assert main([*arguments, "--decisions", nothing]) == 1
    assert "nothing: no day is both in the logs and in the records" in capsys.readouterr().out


def test_the_status_is_that_of_the_calls(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Calls that go round the router, and comply, are told; they violate nothing.
    policy = arguments[-1]
    labelled = "Boto3/1 app/billing md/endpoint-router#1.0-0123abcd"
    trail = delivered(
        tmp_path / "good",
        record(1, host=HOST, vpcEndpointId=OURS, userAgent=labelled),
        record(2, host=HOST, vpcEndpointId=OURS),
    )
    logs = log(tmp_path / "a.jsonl", sent())
    assert main(["audit", str(trail), "--policy", policy, "--decisions", logs]) == 0
    assert "Round the router: 1 call" in capsys.readouterr().out


def test_the_how_to_shows_what_is_printed(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled = "Boto3/1 app/billing md/endpoint-router#1.0-0123abcd"
    trail = delivered(
        tmp_path / "shown",
        *(record(at, host=HOST, vpcEndpointId=OURS, userAgent=labelled) for at in range(7)),
        record(8, host=PLAIN, vpcEndpointId=OURS),
    )
    put = {"operation": "SendMessage", "host": "sqs.us-gov-west-1.amazonaws.com"}
    assert main([*arguments, "--json"]) == 1
    policy = {"hash": json.loads(capsys.readouterr().out)["policy"]["digest"], "origin": []}
    lines = (sent(calls=7, policy=policy), sent("sqs", **put, calls=2, policy=policy))
    logs = log(tmp_path / "a.jsonl", *lines)
    assert main(["audit", str(trail), *arguments[2:], "--decisions", logs]) == 1
    shown = capsys.readouterr().out.partition("Decision logs\n")[2]
    page = (DOCS / "prove-it-to-an-auditor.md").read_text(encoding="utf-8")
    assert f"```text\nDecision logs\n{shown}```" in page, shown


BAD = {
    "missing": ("nowhere.jsonl", b"", "nowhere.jsonl: No such file"),
    "no log": ("a.jsonl", b'{"Records": []}\n', "no line of a decision log"),
    "newer": ("a.jsonl", b'{"version": 2}\n', "only lines of version 2"),
    "cut": ("a.gz", gzip.compress(dump([sent()]))[:-9], "broken off"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_logs(
    arguments: list[str], tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file, content, expected = BAD[name]
    if content:
        (tmp_path / file).write_bytes(content)
    assert main([*arguments, "--decisions", str(tmp_path / file)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert expected in output.err
    assert len(output.err.splitlines()) == 1


def test_a_source_behind_the_logs_is_taken_for_one(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, source, *policy = arguments
    logs = log(tmp_path / "a.jsonl", sent())
    assert main([command, *policy, "--decisions", logs, source]) == 2
    assert "is taken for logs: put SOURCE first" in capsys.readouterr().err


def test_what_logs_say_is_harmless(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "<b>\x1b[31m\u202eevil"
    policy = {"hash": evil, "origin": [evil]}
    lines = [sent(application=evil, policy=policy, operation="Encrypt")]
    logs = log(tmp_path / "a.jsonl", *lines)
    assert main([*arguments, "--decisions", logs]) == 1
    text = capsys.readouterr().out
    assert all(each.isprintable() for each in text.splitlines())
    assert "\\x1b[31m" in text
    assert main([*arguments, "--decisions", logs, "--html"]) == 1
    page = capsys.readouterr().out
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
