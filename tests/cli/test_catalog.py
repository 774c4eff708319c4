"""``endpoint-router catalog`` as a command: what it prints and writes, and its exit status."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from endpoint_router.cli.main import main
from endpoint_router.lab import Addresses
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone

GOV = "us-gov-west-1"


def out(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["catalog", *arguments]) == status
    return capsys.readouterr().out


def test_all_hosts_of_a_service_in_a_region(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "kms", "--region", GOV)
    for line in (
        f"  FIPS                  kms-fips.{GOV}.amazonaws.com  listed",
        f"  PrivateLink for FIPS  com.amazonaws.{GOV}.kms-fips  named",
    ):
        assert line in text.splitlines()
    assert "a formatter, not a list" in text


def test_services_without_fips(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("kms", "s3", "dynamodb", "--region", "cn-north-1")
    text = out(capsys, *arguments, "--without", "fips", "--json")
    assert {row["service"] for row in json.loads(text)["rows"]} == {"s3"}
    text = out(capsys, *arguments, "--without", "fips")
    assert "1 service of 3 is without FIPS in cn-north-1." in text


def test_what_rests_on_the_ruleset_alone_is_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "sqs", "kms", "--region", "eu-west-1", "--without", "fips", status=1)
    assert text.startswith("Nothing in eu-west-1 is without FIPS, of 2 services.")
    assert "1 other service, the FIPS host rests on the ruleset's word" in " ".join(text.split())
    text = out(capsys, "sqs", "kms", "--region", "eu-west-1", "--without", "fips=listed")
    assert "sqs-fips.eu-west-1.amazonaws.com  ruleset" in text


def test_csv_is_for_all_that_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "k*s", "--region", "us-gov-*", "--csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {(row["service"], row["region"]) for row in rows if row["service"] == "kms"} == {
        ("kms", "us-gov-east-1"),
        ("kms", "us-gov-west-1"),
    }


def test_many_regions_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "kms")
    assert text.startswith("kms\nregion ")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kmss"], 'service: found "kmss", expected a boto3 client name, as kms. Did you mean'),
        (["monitoring"], "boto3's client is cloudwatch"),
        (["kms", "--region", "us-est-1"], '--region: found "us-est-1", expected a region'),
        (["kms", "--region", ""], "--region: found "),
        (["kms", "--with", "fisp"], '--with: found "fisp"'),
        (["kms", "--without", "fips=lised"], "Did you mean 'listed'?"),
        (["kms", "--dns-server", "10.0.0.300"], "--dns-server: "),
        (["kms", "--html", ""], "expected the name of a file"),
        (["kms", "--html", "/nowhere/page.html"], "/nowhere/page.html: No such file"),
    ],
)
def test_exit_2_for_bad_input(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["catalog", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("endpoint-router: ")
    assert captured.err.count("\n") == 1
    assert said in captured.err


def test_a_page_is_written_over_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.html"
    arguments = ("kms", "--region", GOV, "--html", str(file))
    assert out(capsys, *arguments).startswith(f"Written: {file} (")
    page = file.read_text(encoding="utf-8")
    assert f"kms-fips.{GOV}.amazonaws.com" in page
    file.write_text("mine")
    assert main(["catalog", *arguments]) == 2
    assert "--force writes over it" in capsys.readouterr().err
    assert file.read_text() == "mine"
    out(capsys, *arguments, "--force")
    assert file.read_text(encoding="utf-8") == page
    assert out(capsys, *arguments[:-1], "-") == page


def test_no_page_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.html"
    arguments = ["kms", "--region", GOV, "--without", "fips", "--html", str(file)]
    assert main(["catalog", *arguments]) == 1
    assert "No page is written." in capsys.readouterr().err
    assert not file.exists()


def test_data_from_elsewhere_is_not_read_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "endpoints.json").write_text('{"partitions": []}')
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert main(["catalog", "kms", "--region", GOV, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["not_read"] == [str(tmp_path)]
    assert json.loads(captured.out)["rows"][0]["fips"]["basis"] == "listed"
    assert f"not read: {tmp_path}" in captured.err


def test_dns_takes_away_what_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    here = Addresses(("52.94.0.10",), 60)
    names = [f"{name}.eu-west-1.amazonaws.com" for name in ("sts", "sqs", "kms", "kms-fips")]
    with DnsServer(HostedZone(dict.fromkeys(names, here))) as server:
        arguments = ["--region", "eu-west-1", "--dns-server", server.address]
        text = out(capsys, "kms", "sqs", *arguments, "--without", "fips", "--json")
        (row,) = json.loads(text)["rows"]
        assert (row["service"], row["fips"]["dns"]) == ("sqs", "absent")
        text = out(capsys, "kms", "sqs", "sns", "sts", *arguments)
        assert "kms      listed ok" in text
        assert "sqs      ruleset no" in text
        assert not any(
            "eu-west-1" in asked.name and "*" in asked.name for asked in server.questions
        )
