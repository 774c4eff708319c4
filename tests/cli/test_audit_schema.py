"""``endpoint-router audit --json``: what it prints is what the schema says, byte for byte again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from endpoint_router.audit.schema import Audit, json_schema
from endpoint_router.cli.main import main
from tests.audit.digested import KEY, Trail, listed
from tests.audit.made import OURS, delivered, record
from tests.plan.lines import allowed, dump

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PLAIN = "kms.us-gov-west-1.amazonaws.com"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With something for every key."""
    (tmp_path / "policy.toml").write_text('version = 1\n[defaults]\nfips = "require"\n')
    (tmp_path / "teams.toml").write_text('payments = ["1*"]\n')
    (tmp_path / "keys.json").write_bytes(listed(KEY))
    selected = [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]
    (tmp_path / "selectors.json").write_text(json.dumps({"EventSelectors": selected}))
    here = {"time": "2026-11-20T12:00", "region": "us-gov-west-1", "application": "billing"}
    sent = [allowed("kms", operation="Decrypt", host=PLAIN, **here)]
    sent.append(allowed("sqs", operation="SendMessage", host=f"sqs.{PLAIN[4:]}", **here))
    (tmp_path / "log.jsonl").write_bytes(dump(sent))
    trail = Trail(tmp_path / "trail").hours(4)
    trail.digests[1].unlink()
    delivered(
        trail.root,
        *(record(number, host=PLAIN, vpcEndpointId=OURS) for number in range(10, 13)),
        record(20, tlsDetails=..., eventTime="2026-11-23T00:00:00Z"),
        record(21, eventTime=...),
        record(22, userIdentity={"type": "AWSService"}),
        record(22, userIdentity={"type": "AWSService"}),
    )
    (trail.root / "bad.json").write_bytes(b"")
    return tmp_path


def reports(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    nothing = folder / "nothing.json"
    nothing.write_text('{"Records": []}')
    teams, keys = str(folder / "teams.toml"), str(folder / "keys.json")
    selectors = str(folder / "selectors.json")
    for options in (
        [str(folder / "trail")],
        [
            str(folder / "trail"),
            "--digests",
            "--public-keys",
            keys,
            "--teams",
            teams,
            "--trail",
            selectors,
        ],
        [str(folder / "trail"), "--public-keys", keys, "--from", "2026-11-19"],
        [str(folder / "trail"), "--decisions", str(folder / "log.jsonl")],
        [str(nothing)],
    ):
        main(["audit", *options, "--policy", str(folder / "policy.toml"), "--json"])
        yield json.loads(capsys.readouterr().out)


def test_reports_are_what_the_schema_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, digested, _, logged, *others = reports(folder, capsys)
    for report in (whole, digested, logged, *others):
        msgspec.convert(report, Audit)
    # There was something in each list.
    assert {key for key, value in digested.items() if value == []} == set()
    for path in ("files.bad", "integrity.chains", "integrity.faults", "recorded.gaps"):
        part, key = path.split(".")
        assert digested[part][key], path
    assert digested["violations"][0]["team"] == "payments"
    for key in ("unrecorded", "unlogged", "policies"):
        assert logged["decisions"][key], key


@pytest.mark.parametrize("change", ["more", "less", "wrong"])
def test_it_says_more_than_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    report = next(iter(reports(folder, capsys)))
    call = report["calls"][0]
    if change == "more":
        call["more"] = 1
    elif change == "less":
        del call["host"]
    else:
        call["verdict"] = "fine"
    with pytest.raises(msgspec.ValidationError, match="calls"):
        msgspec.convert(report, Audit)


def test_the_file_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    again = "run python -m endpoint_router.audit.schema docs/reference"
    kept = (REFERENCE / "audit-report.schema.json").read_text("utf-8")
    assert kept == json_schema(), again
    with pytest.raises(SystemExit) as stopped:
        main(["audit", "--schema"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == kept


def test_each_key_is_documented() -> None:
    page = (REFERENCE / "command-line.md").read_text("utf-8").partition("\n## audit\n")[2]
    told = set(re.findall(r"^\| `(\w+)` \|", page.partition("\n## ")[0], re.MULTILINE))
    keys = json.loads(json_schema())["$defs"]["Audit"]["required"]
    assert told >= set(keys)


def test_the_order_of_sources_does_not_matter(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = set()
    trail = folder / "trail"
    sources = [str(trail), str(trail / "AWSLogs"), str(trail / "bad.json")]
    options = ["--policy", str(folder / "policy.toml"), "--public-keys", str(folder / "keys.json")]
    for order in (sources, sources[1:], sources[::-1]):
        main(["audit", *order, *options, "--json"])
        printed.add(capsys.readouterr().out)
    assert len(printed) == 1
