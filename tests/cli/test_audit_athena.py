"""``endpoint-router audit`` at scale: what Athena is sent, and what becomes of its answers."""

from __future__ import annotations

import argparse
import csv
import datetime
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router.audit.sources import Period
from endpoint_router.audit.sql.query import COLUMNS
from endpoint_router.cli.audit_athena import queried
from endpoint_router.cli.main import main
from tests.audit.made import ACCOUNT, OURS, delivered, record
from tests.audit.test_rows import row
from tests.support.athena import QUERY_ID, Athena, queue_result
from tests.support.interrupted import interruptible

from .test_audit import PLAIN, POLICY

REGION = "us-gov-west-1"
#: The policy holds for what the audit itself asks; the server of these tests is no host of AWS's.
LENIENT = """
[[rules]]
services = ["athena"]
fips = "off"
private = "off"
reason = "a server of the tests"
"""
DAYS = ("--from", "2026-11-01", "--to", "2026-11-30")
ASKED = ("--athena", "primary", "--table", "db.trail", *DAYS)
STORE = "0123abcd-0000-4000-8000-0123456789ab"


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.toml").write_text(POLICY + LENIENT)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Athena]:
    """Athena; a query ends well, and gives one row."""
    with Athena() as athena:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", athena.url)
        athena.stands("SUCCEEDED", scanned=12_300_000_000)
        athena.gives([COLUMNS, row(last_day="2026-11-30")])
        yield athena


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["audit", "--policy", "p.toml", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_files_and_query_say_the_same(
    tmp_path: Path, moto: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The query that is sent, run by DuckDB in Athena's place; moto keeps the rest."""
    from tests.audit import duck

    path = delivered(
        tmp_path / "trail",
        *(record(number, vpcEndpointId=OURS) for number in range(3)),
        *(record(number, vpcEndpointId=OURS, host=PLAIN) for number in (3, 4, 4)),
        record(5, tlsDetails=...),
    )
    wanted = ("--table", "db.trail", *DAYS)
    status, sql, _ = run(capsys, "--sql", *wanted)
    assert status == 0
    result = list(duck.rows(duck.tables(tmp_path, trail=[path]), sql))
    _, text, _ = run(capsys, "trail", *DAYS, "--json")
    by_files = json.loads(text)

    with Athena(moto) as athena:
        queue_result(moto, result, REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", athena.url)
        status, text, err = run(capsys, "--athena", "primary", *wanted, "--json")
        assert (status, err) == (1, "")
        by_query = json.loads(text)
        assert athena.actions == ["StartQueryExecution", "GetQueryExecution", "GetQueryResults"]
        sent = athena.asked[0][1]
        assert sent.pop("ClientRequestToken")
        assert sent == {"QueryString": sql, "WorkGroup": "primary"}
        assert by_query["athena"] == {
            "query_execution_id": athena.asked[1][1]["QueryExecutionId"],
            "work_group": "primary",
            "tables": ["db.trail"],
            "accounts": [],
            "regions": [],
            "bytes_scanned": 0,
            "sql_sha256": hashlib.sha256(sql.encode()).hexdigest(),
            "results": None,
            "results_sha256": None,
        }
        status, _, err = run(capsys, "--athena", "other", *wanted)
        assert status == 2
        assert err == (
            "endpoint-router: Athena: athena:StartQueryExecution: InvalidRequestException:"
            " WorkGroup does not exist (--athena takes the name of a work group, such as primary)\n"
        )
    assert by_query.pop("files") == {"read": None, "set_aside": {}, "bad": []}
    different = {name for name in by_query if by_query[name] != by_files[name]}
    assert different == {"athena"}

    Path("rows.csv").write_text(_as_csv(result), encoding="utf-8")
    status, text, _ = run(capsys, "--results", "rows.csv", "--json")
    assert status == 1
    by_results = json.loads(text)
    digest = hashlib.sha256(Path("rows.csv").read_bytes()).hexdigest()
    assert by_results["athena"]["results_sha256"] == digest
    # The rows say of which days they are.
    assert {name for name in by_results if by_results[name] != by_files[name]} == {
        "athena",
        "files",
    }


def _as_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


def test_text_tells_what_is_known_and_what_not(
    aws: Athena, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text, _ = run(capsys, *ASKED, "--account", ACCOUNT, "--output", "s3://results/here/")
    assert status == 1
    scope = (
        f"query Athena {QUERY_ID}, work group primary, 12,300,000,000 bytes scanned",
        f"tables db.trail, only {ACCOUNT}",
        "files unknown: which files the query read, and whether all, it does not tell",
        "records 12 read, 2 duplicates, 1 replaced by addenda; 9 count",
    )
    assert " ".join(scope) in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    sent = aws.asked[0][1]
    assert sent["ResultConfiguration"] == {"OutputLocation": "s3://results/here/"}
    assert f"\"account\" IN ('{ACCOUNT}')" in sent["QueryString"]
    _, page, _ = run(capsys, *ASKED, "--html")
    assert f"Counted by the query {QUERY_ID}, of db.trail." in page


def test_all_pages_are_read(aws: Athena, capsys: pytest.CaptureFixture[str]) -> None:
    days = {"last_day": "2026-11-30", "of_rows": "3"}
    pages = [[row(name=name, **days)] for name in ("Encrypt", "Decrypt", "ReEncrypt")]
    aws.gives([COLUMNS, *pages[0]], *pages[1:])
    status, text, _ = run(capsys, *ASKED, "--json")
    assert (status, json.loads(text)["records"]["counted"]) == (1, 27)
    tokens = [sent.get("NextToken") for action, sent in aws.asked if action == "GetQueryResults"]
    assert tokens == [None, "page-1", "page-2"]
    # A page that is missing is no shorter report.
    aws.gives([COLUMNS, *pages[0]], pages[1])
    status, _, err = run(capsys, *ASKED)
    assert status == 2
    assert f"Athena: query {QUERY_ID}: 2 rows are there, and the query gave 3: cut off?" in err


@pytest.mark.parametrize(
    ("state", "reason", "way_out"),
    [
        (
            "FAILED",
            "TABLE_NOT_FOUND: line 28:8: Table 'db.trail' does not exist",
            "--ddl",
        ),
        ("FAILED", "COLUMN_NOT_FOUND: line 30:9: Column 'day' cannot be resolved", "--day-column"),
        (
            "FAILED",
            "CONSTRAINT_VIOLATION: For the injected projected partition column account, the WHERE"
            " clause must contain only static equality conditions",
            "--account",
        ),
        ("CANCELLED", "Bytes scanned limit was exceeded", "the work group's limit"),
        ("FAILED", "Query exhausted resources at this scale factor", "fewer days at once"),
        ("FAILED", "HIVE_CURSOR_ERROR: incorrect\x1b header check", "incorrect\\x1b header"),
        ("CANCELLED", "", "no reason given"),
    ],
)
def test_a_query_that_fails_says_why(
    aws: Athena, capsys: pytest.CaptureFixture[str], state: str, reason: str, way_out: str
) -> None:
    aws.stands(state, reason=reason)
    status, out, err = run(capsys, *ASKED)
    assert (status, out) == (2, "")
    assert f"Athena: query {QUERY_ID}: {state}: {reason[:25]}" in err
    assert way_out in err
    assert err.count("\n") == 1
    assert aws.actions == ["StartQueryExecution", "GetQueryExecution"]


def test_what_may_not_be_done(
    aws: Athena, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = "User: u is not authorized to perform: athena:GetQueryExecution"
    aws.refuses("GetQueryExecution", "AccessDeniedException", denied)
    status, _, err = run(capsys, *ASKED)
    assert (status, f"no permission athena:GetQueryExecution: {denied}" in err) == (2, True)
    # Nobody can watch it, so it is not left to run.
    assert aws.actions[-1] == "StopQueryExecution"

    aws.asked.clear()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "Unable to locate credentials" in run(capsys, *ASKED)[2]
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "specify a region" in run(capsys, *ASKED)[2]
    assert aws.asked == []


def test_athena_is_asked_as_the_policy_says(
    aws: Athena, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("p.toml").write_text(POLICY)
    status, _, err = run(capsys, *ASKED)
    assert status == 2
    assert "athena.StartQueryExecution to 127.0.0.1 refused [endpoint_url.undeclared]" in err
    assert 'services = ["athena"]' in err  # the way out
    assert aws.asked == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def options(**changed: Any) -> argparse.Namespace:
    given = {
        "athena": "primary",
        "results": None,
        "table": ["db.trail"],
        "account": [],
        "region": [],
        "day_column": "day",
        "dialect": "athena",
        "output": None,
    }
    return argparse.Namespace(**{**given, **changed})


def test_a_person_sees_how_far_it_has_come(aws: Athena) -> None:
    aws.stands("QUEUED", *["RUNNING"] * 9, "SUCCEEDED", scanned=12_300_000_000)
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    period = Period(datetime.date(2026, 11, 1))
    terminal = Terminal()
    queried(options(), period, Session, stream=terminal, clock=lambda: now, sleep=sleep)
    lines = terminal.getvalue().splitlines()
    assert lines[0] == "Athena: queued, 12.3 GB scanned, 0 s"
    assert lines[-1] == f"Athena: succeeded, 12.3 GB scanned, {now:.0f} s"
    # It asks less and less often.
    assert 25 < now < 35
    assert 5 < len(lines) < 11

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    aws.stands("RUNNING")
    with pytest.raises(KeyboardInterrupt):
        queried(options(), period, Session, stream=terminal, sleep=interrupt)
    assert terminal.getvalue().endswith(f"\nAthena: told to end query {QUERY_ID}\n")
    aws.refuses("StopQueryExecution", "AccessDeniedException", "not you")
    with pytest.raises(KeyboardInterrupt):
        queried(options(), period, Session, stream=terminal, sleep=interrupt)
    assert f"\nAthena: query {QUERY_ID} may go on: " in terminal.getvalue()
    assert terminal.getvalue().endswith("not you\n")
    aws.stands("SUCCEEDED")
    elsewhere = io.StringIO()
    queried(options(), period, Session, stream=elsewhere)
    assert elsewhere.getvalue() == ""


@pytest.mark.skipif(os.name != "posix", reason="signals are others there")
def test_ctrl_c_ends_the_query(aws: Athena, tmp_path: Path) -> None:
    aws.stands("RUNNING")
    command = [sys.executable, "-m", "endpoint_router", "audit", "--policy", "p.toml", *ASKED]
    with interruptible(command, stderr=subprocess.PIPE, text=True) as process:
        with aws.was_asked:
            while "GetQueryExecution" not in aws.actions:
                aws.was_asked.wait(0.2)
                assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert aws.asked[-1] == ("StopQueryExecution", {"QueryExecutionId": QUERY_ID})


def test_sql_and_ddl_are_printed_without_aws(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    status = main(
        ["audit", "--ddl", "--location", "s3://trails/AWSLogs/o-abc/", "--region", REGION]
    )
    assert status == 0
    text = capsys.readouterr().out
    assert text.count("CREATE EXTERNAL TABLE `cloudtrail") == 2
    assert "o-abc/${account}/CloudTrail/${region}/${day}" in text
    assert f"'projection.region.values' = '{REGION}'" in text
    ever = ("--from", "0001-01-01", "--to", "9999-12-31")
    assert main(["audit", "--sql", "--table", "t", *ever]) == 0
    assert "\"day\" <= '9999/12/31'" in capsys.readouterr().out
    assert main(["audit", "--ddl", "--table", "logs.mine"]) == 0
    assert "s3://<bucket>/AWSLogs/" in capsys.readouterr().out
    store = f"arn:aws-us-gov:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/{STORE}"
    assert main(["audit", "--sql", "--dialect", "lake", "--table", store, *DAYS]) == 0
    assert f"FROM {STORE}\n  WHERE eventtime >= timestamp '2026-11-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "which files? A directory of CloudTrail's, s3://bucket/prefix, or --athena WORKGROUP"),
        ("trail --athena primary", '--athena reads no files: "trail"'),
        ("trail --results rows.csv", '--results reads no files: "trail"'),
        ("trail --table t", "--table goes with --athena or --sql or --ddl"),
        ("trail --account 111122223333", "--account goes with"),
        ("--sql --output s3://b/", "--output goes with --athena"),
        ("--sql --location s3://b/", "--location goes with --ddl"),
        ("--results none.csv --region us-east-1", "--region goes with"),
        ("--results none.csv", "--results: none.csv: No such file"),
        ("--results p.toml", "--results: p.toml: no result of this version's query"),
        ("--athena primary --from 2026-11-01", "--athena: which table?"),
        ("--athena primary --table t", "--athena: from which day on?"),
        ("--sql --table t", "--sql: from which day on?"),
        ("--athena a'b --table t --from 2026-11-01", "expected a work group's name"),
        ("--athena p --table t --from 2026-11-01 --output /tmp", "expected s3://BUCKET/PREFIX"),
        ("--athena p --dialect lake --table " + STORE + " --from 2026-11-01", "asks no CloudTrail"),
        ("--sql --table t;x --from 2026-11-01", '--table: found "t;x", expected TABLE, DATABASE'),
        ("--sql --dialect lake --table t --from 2026-11-01", "expected an event data store's id"),
        ("--sql --table t --from 2026-11-01 --day-column a.b", '--day-column: found "a.b"'),
        (
            "--sql --table t --from 2026-11-01 --account 1",
            '--account: found "1", expected 12 digits',
        ),
        ("--sql --table t --from 2026-11-01 --region x", '--region: found "x", expected a region'),
        ("--ddl --location /tmp", '--location: found "/tmp", expected s3://BUCKET/PREFIX'),
        ("--ddl --table a --table b", "--ddl: expected one --table"),
        ("--ddl --table a`b", '--table: found "a`b", expected TABLE'),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], arguments: str, said: str) -> None:
    status, out, err = run(capsys, *arguments.split())
    assert (status, out) == (2, "")
    assert said in err


def test_rows_are_of_the_days_that_they_are_of(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").write_text(_as_csv([[*COLUMNS], row(last_day="2026-11-30")]))
    assert run(capsys, "--results", "rows.csv", *DAYS)[0] == 1
    status, _, err = run(capsys, "--results", "rows.csv", "--from", "2026-10-01")
    assert status == 2
    assert "--from: the query of rows.csv was about 2026-11-01 to 2026-11-30" in err
