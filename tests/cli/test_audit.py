"""``endpoint-router audit``: the report in each form, and the exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import botocore
import pytest

from endpoint_router import __version__
from endpoint_router.cli.main import main
from tests.audit.made import ACCOUNT, OURS, ROLE, delivered, record

POLICY = """\
version = 1

[defaults]
fips = "require"
private = "require"

[[vpc_endpoints]]
type = "interface"
dns_names = ["vpce-0123456789abcdef0-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"]
"""
DOCS = Path(__file__).parents[2] / "docs" / "how-to"
PLAIN = "kms.us-gov-west-1.amazonaws.com"
AWS = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return str(path)


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """One of each verdict; two violate the policy."""
    root = tmp_path / "trail"
    delivered(
        root,
        *(record(number, vpcEndpointId=OURS) for number in range(3)),
        *(record(number, vpcEndpointId=OURS, host=PLAIN) for number in (3, 4)),
        record(5, tlsDetails=..., eventTime="2026-11-22T00:00:00Z"),
        record(6, userIdentity=AWS),
        record(6, userIdentity=AWS),
    )
    delivered(root, record(7), kind="CloudTrail-Digest")
    return root


def audited(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    status = main(["audit", *map(str, arguments)])
    return status, capsys.readouterr().out


def test_json(trail: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = audited(capsys, trail, "--policy", policy, "--json")
    report = json.loads(text)
    assert status == 1
    assert list(report.pop("versions")) == ["endpoint_router", "botocore"]
    assert report["policy"].pop("digest").startswith("sha256:")
    (violation, *others) = report.pop("calls")
    assert violation == {
        "account": ACCOUNT,
        "application": "billing",
        "principal": ROLE,
        "service": "kms",
        "region": "us-gov-west-1",
        "host": PLAIN,
        "endpoint": OURS,
        "endpoint_owner": "",
        "path": "interface",
        "tls": "TLSv1.3",
        "category": "Management",
        "caller": "application",
        "labelled": False,
        "verdict": "violates",
        "kind": "fips.no_basis",
        "rule": f"defaults (file {policy}:4)",
        "reason": f"{PLAIN}: is not a FIPS host.",
        "operations": ["Decrypt"],
        "count": 2,
        "first": "2026-11-20T10:03:00Z",
        "last": "2026-11-20T10:04:00Z",
        "event_id": record(3)["eventID"],
    }
    assert [(row["verdict"], row["kind"], row["count"]) for row in others] == [
        ("no-evidence", "service", 1),
        ("complies", "", 3),
        ("not-application", "aws", 1),
    ]
    assert report == {
        "version": 1,
        "policy": {"mode": "enforce", "sources": [f"file {policy}"]},
        "period": {"from": None, "to": None, "days": 3},
        "complete": True,
        "files": {
            "read": 1,
            "set_aside": {
                "digests": 1,
                "insights": 0,
                "aggregated": 0,
                "other_services": 0,
                "other_days": 0,
                "hidden": 0,
            },
            "bad": [],
        },
        "athena": None,
        "integrity": None,
        "records": {"read": 8, "other_days": 0, "duplicates": 1, "replaced": 0, "counted": 7},
        "recorded": {
            "categories": {"Management": 7, "Data": 0, "NetworkActivity": 0},
            "accounts": [ACCOUNT],
            "regions": ["us-gov-west-1"],
            "first": "2026-11-20T10:00:00Z",
            "last": "2026-11-22T00:00:00Z",
            "gaps": [
                {
                    "account": ACCOUNT,
                    "region": "us-gov-west-1",
                    "days": 1,
                    "stretches": [{"from": "2026-11-21", "to": "2026-11-21"}],
                }
            ],
        },
        "trails": [],
        "verdicts": {"complies": 3, "violates": 2, "no_evidence": 1, "not_application": 1},
        "evidence_share": 0.833333,
        "no_evidence": {"service": 1},
        "days": [
            {
                "day": "2026-11-20",
                "complies": 3,
                "violates": 2,
                "no_evidence": 0,
                "not_application": 1,
            },
            {
                "day": "2026-11-22",
                "complies": 0,
                "violates": 0,
                "no_evidence": 1,
                "not_application": 0,
            },
        ],
        "violations": [
            {
                "account": ACCOUNT,
                "application": "billing",
                "principal": ROLE,
                "team": "",
                "count": 2,
                "event_id": record(3)["eventID"],
                "codes": ["fips.no_basis"],
            }
        ],
    }


def test_the_same_byte_for_byte(
    trail: Path, policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once = audited(capsys, trail, "--policy", policy, "--json")
    # A process whose hashes and whose order of files are others.
    again = subprocess.run(
        [sys.executable, "-m", "endpoint_router", "audit", trail, "--policy", policy, "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert (again.returncode, again.stdout, again.stderr) == (*once, "")


def test_text(trail: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = audited(capsys, trail, "--policy", policy)
    assert status == 1
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "VIOLATES: 2 calls against the policy."
    assert "violates 2 28.6%" in lines
    assert "evidence 83.3% of applications' calls" in lines
    assert "gap 111122223333 us-gov-west-1: no records on 1 day(s): 2026-11-21" in lines
    days = "2026-11-20 (first record) to 2026-11-22 (last record), UTC: 3 day(s)"
    assert f"period {days}" in lines
    assert f"billing in {ACCOUNT}: 2 calls" in lines
    assert f"{PLAIN}: is not a FIPS host." in lines
    assert max(map(len, text.splitlines())) <= 80
    page = (DOCS / "prove-it-to-an-auditor.md").read_text(encoding="utf-8")
    shown = text.partition("\n\n  period")[0]
    assert f"```text\n{shown}\n```" in page


def test_csv(trail: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = record(8, vpcEndpointId=OURS, userAgent='Boto3/1 app/=cmd|"calc"!A1')
    delivered(trail, made, name="formula")
    status, text = audited(capsys, trail, "--policy", policy, "--csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert status == 1
    assert [row["verdict"] for row in rows][:2] == ["violates", "no-evidence"]
    assert sum(int(row["count"]) for row in rows) == 8
    assert '\'=cmd|"calc"!A1' in {row["application"] for row in rows}


def test_csv_of_what_is_incomplete(
    trail: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (trail / "bad.json").write_bytes(b"")
    assert main(["audit", str(trail), "--policy", policy, "--csv"]) == 2
    output = capsys.readouterr()
    assert output.err == (
        "endpoint-router: INCOMPLETE: 1 of the files could not be read, so this proves nothing.\n"
    )
    assert output.out.startswith("account,")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        (" @SUM(1)", "' @SUM(1)"),
        ("\uff1d1+1", "'\uff1d1+1"),  # an equals sign of full width
        ("\n=1+1", r"\n=1+1"),
        ("\t-1", r"\t-1"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a-b", "a-b"),
    ],
)
def test_csv_of_what_others_say(
    name: str, cell: str, tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = delivered(tmp_path, record(userIdentity={"type": "IAMUser", "userName": name}))
    _, text = audited(capsys, log, "--policy", policy, "--csv")
    assert len(text.splitlines()) == 2
    assert next(csv.DictReader(io.StringIO(text)))["principal"] == cell


def test_html(trail: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    delivered(trail, record(8, vpcEndpointId="<script>", host=PLAIN), name="script")
    (trail / "bad.json").write_bytes(b"")
    status, text = audited(capsys, trail, "--policy", policy, "--html")
    assert status == 2
    assert text.lower().startswith("<!doctype html>")
    assert "&lt;script&gt; (foreign)" in text
    assert "INCOMPLETE" in text
    assert "bad.json" in text
    assert "violates: fips.no_basis" in text
    assert "Policy: file " in text
    assert f"Judged by endpoint_router {__version__} and botocore {botocore.__version__}" in text


def test_statuses(
    trail: Path, policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def status(*arguments: str | Path) -> int:
        return audited(capsys, *arguments, "--policy", policy)[0]

    good = delivered(tmp_path / "good", record(1, vpcEndpointId=OURS), record(2, tlsDetails=...))
    assert status(good) == 0
    assert status(good, "--require-evidence", "50%") == 0
    assert status(good, "--require-evidence", "0.51") == 1
    # Nothing is there of these days, which proves nothing.
    assert status(good, "--from", "2026-11-21") == 2
    # Here nothing shows where the call went.
    silent = delivered(tmp_path / "silent", record(1, tlsDetails=...))
    assert audited(capsys, silent, "--policy", policy)[0] == 2
    # What could not be read may hold anything: worse than what is known.
    assert status(trail, good.parent / "missing") == 2


def test_no_evidence_is_no_compliance(
    tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = delivered(tmp_path / "trail", record(1, tlsDetails=...))
    _, text = audited(capsys, log, "--policy", policy)
    assert text.startswith("NO EVIDENCE: nothing shows where any call")
    log = delivered(tmp_path / "trail", record(1, vpcEndpointId=OURS))
    _, text = audited(capsys, log, "--policy", policy)
    assert text.startswith("COMPLIES: ")


def test_what_is_incomplete_is_said_first(
    trail: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (trail / "half.json.gz").write_bytes(delivered(trail, record()).read_bytes()[:-9])
    _, text = audited(capsys, trail, "--policy", policy)
    assert text.startswith("INCOMPLETE: 1 of the files could not be read")
    assert "half.json.gz: truncated" in " ".join(text.split())


def test_endpoints_of_ones_own(
    tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = delivered(tmp_path / "trail", record(1, vpcEndpointId="vpce-8"))
    listing = tmp_path / "endpoints.json"
    listing.write_text(
        json.dumps({"VpcEndpoints": [{"VpcEndpointId": "vpce-8", "VpcEndpointType": "Interface"}]})
    )
    _, without = audited(capsys, log, "--policy", policy, "--json")
    assert json.loads(without)["no_evidence"] == {"endpoint": 1}
    status, _ = audited(capsys, log, "--policy", policy, "--endpoints", listing)
    assert status == 0


def test_teams(
    trail: Path, policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(trail, record(8, host=PLAIN, userIdentity={"type": "Root"}), name="root")
    delivered(trail, record(9, host=PLAIN, userAgent="Boto3/1 app/search"), name="search")
    teams = tmp_path / "teams.toml"
    teams.write_text('payments = ["arn:*:role/bill*"]\n"the rest" = ["4*", "Root"]\n')
    _, text = audited(capsys, trail, "--policy", policy, "--teams", teams)
    assert "by team: payments 3, the rest 1" in text
    assert f"billing of payments in {ACCOUNT}: 2 calls" in text
    teams.write_text('search = ["search"]\npayments = ["arn:*:role/bill*"]\n')
    _, text = audited(capsys, trail, "--policy", policy, "--teams", teams)
    assert "by team: payments 2, search 1, of no team 1" in text
    _, text = audited(capsys, trail, "--policy", policy, "--teams", teams, "--json")
    told = {each["application"]: each["team"] for each in json.loads(text)["violations"]}
    assert told["search"] == "search"
    _, page = audited(capsys, trail, "--policy", policy, "--teams", teams, "--html")
    assert "<p>by team: payments 2, search 1, of no team 1</p>" in page
    assert ">Team<" in page
    _, page = audited(capsys, trail, "--policy", policy, "--html")
    assert ">Team<" not in page


BAD: dict[str, tuple[Sequence[str], str]] = {
    "day": (["--from", "yesterday"], '--from: found "yesterday", expected a day, as 2026-10-01'),
    "order": (["--from", "2026-11-02", "--to", "2026-11-01"], "is after --to"),
    "share": (["--require-evidence", "7"], "expected a share, as 0.9 or 90%"),
    "no number": (["--require-evidence", "nan"], "expected a share, as 0.9 or 90%"),
    "endpoints": (["--endpoints", "POLICY"], "expected what aws ec2 describe-vpc-endpoints"),
    "teams": (["--teams", "POLICY"], "of 'version' expected a list of patterns"),
    "deep teams": (["--teams", "DEEP"], "DEEP: tables or lists that are nested too deeply"),
    "no teams": (["--teams", "nowhere.toml"], "nowhere.toml: No such file"),
    "no endpoints": (["--endpoints", "nowhere.json"], "nowhere.json: No such file"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(
    trail: Path,
    policy: str,
    name: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(trail)
    Path("DEEP").write_text(f"a = {'[' * 100_000}")
    options, expected = BAD[name]
    arguments = [policy if option == "POLICY" else option for option in options]
    assert main(["audit", str(trail), "--policy", policy, *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert expected in output.err


def test_standard_input_and_pipes(
    trail: Path, policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever shape it has, and though it can be read but once."""
    indented = json.dumps({"Records": [record(1, vpcEndpointId=OURS)]}, indent=2).encode()
    (tmp_path / "log.json").write_bytes(indented)
    command = [sys.executable, "-m", "endpoint_router", "audit", "--policy", policy, "--json"]
    given = subprocess.run([*command, "-"], input=indented, capture_output=True, check=True)
    _, text = audited(capsys, tmp_path / "log.json", "--policy", policy, "--json")
    assert given.stdout.decode() == text
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[indented])
        writer.start()
        assert audited(capsys, tmp_path / "pipe", "--policy", policy, "--json") == (0, text)
        writer.join()
    given = subprocess.run([*command, "-"], input=b"PK\3\4", capture_output=True, check=False)
    assert given.returncode == 2
    (bad,) = json.loads(given.stdout)["files"]["bad"]
    assert bad == {"path": "standard input", "why": "a zip archive: unpack it first"}


def test_nothing_to_read(tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    delivered(tmp_path / "digests", record(), kind="CloudTrail-Digest")
    assert main(["audit", str(tmp_path / "digests"), "--policy", policy]) == 2
    assert "no logs of CloudTrail there (set aside: 1 digests)" in capsys.readouterr().err
    assert main(["audit", str(tmp_path / "digests")]) == 2
    assert "no policy" in capsys.readouterr().err.lower()
    for source in ("nowhere/*.gz", "arn:aws:s3:::example"):
        assert main(["audit", source, "--policy", policy]) == 2
        said = capsys.readouterr().err
        assert f"{source}: there is no such file" in said
        assert said.endswith("or s3://bucket/prefix\n")


def test_what_records_say_is_harmless(
    tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed: dict[str, Any] = {
        "eventName": "De\x1b[31mcrypt",
        "recipientAccountId": "1\r2",
        "eventCategory": "\x1b[32mData",
        "userAgent": "Boto3/1 app/\u202ebilling",
    }
    log = delivered(tmp_path, record(1, host=PLAIN, vpcEndpointId="vpce-\x07", **changed))
    status, text = audited(capsys, log, "--policy", policy)
    assert status == 1
    assert all(line.isprintable() for line in text.splitlines())
    assert "\\x1b[31m" in text
