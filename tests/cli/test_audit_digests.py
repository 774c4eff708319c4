"""``endpoint-router audit --digests``: what is said of files, and what it does to the status."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from endpoint_router.cli.main import main
from tests.audit.digested import KEY, Trail, listed
from tests.audit.key_service import serving

POLICY = """\
version = 1

[defaults]
fips = "require"
"""
DAY = ("--from", "2026-11-20", "--to", "2026-11-20")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    return Trail(tmp_path_factory.mktemp("whole"), day="2026-11-19").hours(74)


@pytest.fixture
def trail(whole: Trail, tmp_path: Path) -> Trail:
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "keys.json").write_bytes(listed(KEY))
    return whole.copied(tmp_path / "trail")


def audited(
    trail: Trail, capsys: pytest.CaptureFixture[str], *options: str, keys: bool = True
) -> tuple[int, str]:
    """With the keys of a file, of which nobody need ask AWS."""
    beside = trail.root.parent
    arguments = ["audit", str(trail.root), "--policy", str(beside / "policy.toml"), "--digests"]
    arguments += ["--public-keys", str(beside / "keys.json")] if keys else []
    status = main([*arguments, *options])
    return status, capsys.readouterr().out


def plain(text: str) -> str:
    return " ".join(text.split())


def test_proven(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = audited(trail, capsys, *DAY)
    assert status == 0
    assert text.startswith("COMPLIES: ")
    assert "integrity proven: 48 log files unchanged and none missing, by 49 digests" in plain(text)
    assert max(map(len, text.splitlines())) <= 80
    status, text = audited(trail, capsys, *DAY, "--json")
    assert status == 0
    assert json.loads(text)["integrity"] == {
        "proven": True,
        "public_keys": {"known": 1, "why_no_more": ""},
        "log_files": {
            "verified": 48,
            "unverified": 0,
            "changed": 0,
            "missing": 0,
            "uncovered": 0,
        },
        "chains": [
            {
                "account": "111122223333",
                "region": "us-gov-west-1",
                "trail": "example_us-gov-west-1",
                "backfill": False,
                "from": "2026-11-19T23:00:31Z",
                "begins": False,
                "to": "2026-11-22T00:00:31Z",
                "digests": 49,
                "verified": 49,
            }
        ],
        "faults": [],
    }


def test_what_is_wrong_is_said_first(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    trail.logs[40].write_bytes(gzip.compress(b'{"Records": []}'))
    trail.logs[41].unlink()
    status, text = audited(trail, capsys, *DAY)
    assert status == 2
    begin = "INCOMPLETE: the files are not proven to be all that CloudTrail delivered"
    assert plain(text).startswith(begin)
    assert "integrity NOT PROVEN: log files changed: 1; log files missing: 1" in plain(text)
    assert f"log-changed {trail.logs[40]}: named by" in plain(text)
    assert trail.logs[41].name in text
    _, page = audited(trail, capsys, *DAY, "--html")
    assert "NOT PROVEN: log files changed: 1; log files missing: 1" in page
    assert trail.logs[40].name in page


def test_the_newest_needs_the_bucket(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = audited(trail, capsys)
    assert status == 2
    assert "digests whose signature is not known: 1" in plain(text)
    assert "has its signature in the bucket alone, so read s3://" in plain(text)


def test_aws_is_asked_for_keys_by_the_policy_that_judges(
    trail: Trail, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = trail.root.parent / "policy.toml"
    with serving(monkeypatch, KEY) as service:
        policy.write_text("version = 1\n")
        status, _ = audited(trail, capsys, *DAY, keys=False)
        assert status == 0
        assert [region for region, _ in service.asked] == ["us-gov-west-1"]
        policy.write_text(POLICY)
        status, text = audited(trail, capsys, *DAY, keys=False)
        assert status == 2
        assert "[endpoint_url.undeclared]" in text
        assert len(service.asked) == 1


def test_without_credentials(
    trail: Trail, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    status, text = audited(trail, capsys, *DAY, keys=False)
    assert status == 2
    said = "signatures not verified, for want of public keys (us-gov-west-1: Unable to locate"
    assert said in plain(text)
    assert "log files in digests that are not verified: 48" in plain(text)


def test_keys_that_are_none(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    (trail.root.parent / "keys.json").write_text("{}")
    beside = trail.root.parent
    options = ["--policy", str(beside / "policy.toml"), "--public-keys", str(beside / "keys.json")]
    assert main(["audit", str(trail.root), *options]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "expected what aws cloudtrail list-public-keys prints as JSON" in output.err


def test_nobody_asked(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    policy = str(trail.root.parent / "policy.toml")
    assert main(["audit", str(trail.root), "--policy", policy, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["integrity"] is None


def test_a_query_reads_no_files(trail: Trail, capsys: pytest.CaptureFixture[str]) -> None:
    policy = str(trail.root.parent / "policy.toml")
    query = ["--athena", "primary", "--table", "logs"]
    assert main(["audit", "--policy", policy, *query, "--digests"]) == 2
    assert "--digests verifies files, and --athena reads none" in capsys.readouterr().err
