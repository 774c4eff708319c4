"""``endpoint-router check``: places, ids and status, for people, editors, CI and programs."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "check-a-policy-in-ci.md"
SOUND = 'version = 1\n[defaults]\nfips = "require"\n'
BROKEN = 'version = 1\n[defaults]\n  fips = "requird"\n'
#: A wider rule before a narrower one.
DOUBTFUL = """\
version = 1
[[rules]]
services = ["kms*"]
fips = "require"

  [[rules]]
  services = ["kms"]
  fips = "require"
"""
#: As compilers print it: what editors, CI and problem matchers know.
LINE = re.compile(
    r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<severity>error|warning|note): "
    r"(?P<message>.*) \[(?P<id>[a-z_.]+)\]"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("sound", SOUND), ("broken", BROKEN), ("doubtful", DOUBTFUL)):
        (tmp_path / f"{name}.toml").write_text(text)
    return tmp_path


def given(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """*text* is on stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_a_sound_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sound.toml", "--strict"]) == 0
    assert capsys.readouterr() == ("sound.toml is sound\n", "")


def test_an_error_names_file_line_and_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken.toml"]) == 2
    first, last = capsys.readouterr().out.splitlines()
    assert first == (
        'broken.toml:3:3: error: defaults.fips: found "requird", expected "off", "prefer" or '
        "\"require\". Did you mean 'require'? [policy.invalid]"
    )
    assert last == "broken.toml is broken (1 error)"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"version = 1\nx = = 1\n", "stdin:2:5:"),
        (b"version = 1\n[defaults\n", "stdin:2:10:"),
        (b'{"version": 1,\n "mode": }', "stdin:2:10:"),
        (b'{"version": 1,\n  "mode": 1}', "stdin:2:3:"),
        (b'version = 1\n# \xff', "stdin:2:3:"),
        (b"", "stdin:1:1:"),
        (b'[defaults]\nfips = "off"', "stdin:1:1:"),
        (b'version = 1\nrules = [\n {services = ["kmss"], fips = "require"}]', "stdin:3:3:"),
        (b'version=1\n[[vpc_endpoints]]\ndns_names=["vpce-01-ab.kmx.us-east-1.vpce.amazonaws.com"]',
         "stdin:2:1:"),
    ],
)  # fmt: skip
def test_places_on_stdin(
    text: bytes, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(text, monkeypatch)
    assert main(["check", "-"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith(f"{place} error: ")
    assert LINE.fullmatch(out.splitlines()[0])
    assert err == ""


def test_what_is_doubtful_fails_where_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "doubtful.toml"]) == 0
    assert main(["check", "doubtful.toml", "--strict"]) == 1
    assert main(["check", "doubtful.toml", "--strict", "--ignore", "rule.hidden"]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    found = LINE.fullmatch(first)
    assert found
    assert found.group("file", "line", "column", "id") == (
        "doubtful.toml", "6", "3", "rule.hidden",
    )  # fmt: skip
    assert "Put the narrower rule first." in first


def test_several_files_are_checked_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["broken.toml", "missing.toml", "doubtful.toml", "sound.toml"]
    assert main(["check", *names]) == 2
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == names[:3]
    assert "No such file or directory" in lines[1]
    assert last == "2 of 4 policies is broken (2 errors, 1 warning)"


def test_days_before_a_waiver_ends(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import datetime, timedelta, timezone

    def days_from_now(days: int) -> str:
        day = datetime.now(timezone.utc).date() + timedelta(days=days)
        return f'[[rules]]\nservices = ["ses"]\nfips = "off"\nreason = "r"\nexpires = {day}\n'

    for days, shown in ((-2, "waiver.ended"), (20, "waiver.ends"), (40, "")):
        (here / "waived.toml").write_text(SOUND + days_from_now(days))
        assert main(["check", "waived.toml", "--strict"]) == bool(shown)
        assert f"[{shown}]" in capsys.readouterr().out or not shown
    assert main(["check", "waived.toml", "--strict", "--days", "45"]) == 1


def test_a_file_stands_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what CI has set nor who may write its work tree is about the policy."""
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "nonsense")
    (here / "locked.toml").write_text(f"{SOUND.partition('[')[0]}locked = true\n")
    (here / "locked.toml").chmod(0o666)
    assert main(["check", "locked.toml", "sound.toml", "--strict"]) == 0


def test_without_a_name_the_environment_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 2
    assert "there is no policy" in capsys.readouterr().err
    monkeypatch.setenv("ENDPOINT_ROUTER_POLICY", "doubtful.toml")
    assert main(["check", "--strict"]) == 1
    assert capsys.readouterr().out.startswith("doubtful.toml:6:3: warning: ")
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "on")
    assert main(["check"]) == 2
    assert capsys.readouterr().out.startswith("ENDPOINT_ROUTER_FIPS: error: defaults.fips: ")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken.toml", "doubtful.toml", "--json"]) == 2
    data = json.loads(capsys.readouterr().out)
    assert (data["version"], data["status"]) == (1, 2)
    broken, doubtful = data["policies"]
    assert (broken["sound"], broken["digest"], doubtful["sound"]) == (False, None, True)
    assert doubtful["mode"] == "enforce"
    (error,), (warning,) = broken["findings"], doubtful["findings"]
    assert error == {
        "severity": "error", "id": "policy.invalid", "source": "broken.toml", "line": 3,
        "column": 3, "path": "defaults.fips",
        "message": 'defaults.fips: found "requird", expected "off", "prefer" or "require"',
        "way_out": "Did you mean 'require'?",
    }  # fmt: skip
    assert (warning["severity"], warning["path"]) == ("warning", "rules[1]")


def test_what_others_wrote_is_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(b'version = 1\n[defaults]\nfips = "\\u001b[2J"\n', monkeypatch)
    assert main(["check", "-"]) == 2
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[2J" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sound.toml", "--days", "-1"], "--days: found -1"),
        (["sound.toml", "--ignore", "rule.hiden"], "Did you mean 'rule.hidden'?"),
        (["sound.toml", "--region", "us-east-1"], "--region is for --against"),
        (["sound.toml", "--private-dns"], "--private-dns is for --against"),
        (["sound.toml", "broken.toml", "--against", "sound.toml"], "one POLICY"),
        (["-", "--against", "-"], "give - once"),
        (["sound.toml", "--against", "sound.toml", "--region", "nowhere"], "nowhere"),
    ],
)
def test_what_makes_no_sense_together(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert len(err.splitlines()) == 1
    assert out == ""


# --- against another


def against(
    old: str, new: str, here: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, Any]:
    """Status and answer of a comparison, as JSON."""
    (here / "old.toml").write_text(old)
    (here / "new.toml").write_text(new)
    status = main(["check", "new.toml", "--against", "old.toml", "--json", *more])
    return status, json.loads(capsys.readouterr().out)


WAIVER = '[[rules]]\nservices = ["kms"]\nfips = "prefer"\nreason = "r"\n'


def test_a_dropped_demand_is_status_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, data = against(SOUND, SOUND + WAIVER, here, capsys, "--region", "us-gov-west-1")
    compared = data["against"]
    assert (status, compared["loosened"], compared["services_compared"]) == (1, True, 1)
    assert compared["changes"] == []
    (demand,) = compared["demands"]
    assert (demand["setting"], demand["before"], demand["after"]) == ("fips", "require", "prefer")
    assert list(demand["services"]) == ["kms"]
    status, data = against(SOUND + WAIVER, SOUND, here, capsys, "--region", "us-gov-west-1")
    assert (status, data["against"]["loosened"]) == (0, False)
    assert data["against"]["demands"][0]["direction"] == "tightened"


def test_the_text_says_what_is_assumed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policies = {
        "old.toml": 'version = 1\n[[rules]]\nservices = ["kms"]\nprivate = "require"\n',
        "new.toml": 'version = 1\n[[rules]]\nservices = ["kms"]\nfips = "require"\n',
    }
    for name, text in policies.items():
        (here / name).write_text(text)
    assert main(["check", "new.toml", "--against", "old.toml", "--region", "us-gov-west-1"]) == 1
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines()[1:])) <= 80
    assert "DNS is not asked. Assumed:" in out
    loosened, tightened = out.index("LOOSENED"), out.index("TIGHTENED")
    assert loosened < out.index("demands less: private require -> prefer, kms (") < tightened
    assert tightened < out.index("demands more: fips off -> require, kms (")
    assert (
        "  us-gov-west-1: refused private.public_address -> allowed at AWS's FIPS host\n"
        "    kms: all "
    ) in out
    assert "      kms-fips.us-gov-west-1.amazonaws.com\n" in out


def test_an_old_policy_that_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sound.toml", "--against", "broken.toml"]) == 2
    assert capsys.readouterr().out.startswith("broken.toml:3:3: error: ")


def test_the_same_policy_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(SOUND.encode(), monkeypatch)
    assert main(["check", "sound.toml", "--against", "-"]) == 0
    out = capsys.readouterr().out
    assert "sound.toml against stdin, in us-east-1" in " ".join(out.split())
    assert out.endswith("No call is decided otherwise.\n")


# --- what the page shows


def shown(language: str, after: str = "") -> list[str]:
    """The page's blocks in that language, from the words *after* on."""
    text = PAGE.read_text(encoding="utf-8").partition(after)[2] if after else PAGE.read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_page_shows_an_error_as_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "policy.toml").write_text(shown("toml")[0])
    assert main(["check", "policy.toml"]) == 2
    command, _, expected = shown("console")[0].partition("\n")
    assert command == "$ endpoint-router check policy.toml"
    assert capsys.readouterr().out == expected


def test_the_pages_problem_matcher_finds_what_is_printed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (matcher,) = json.loads(shown("json")[0])["problemMatcher"]
    (pattern,) = matcher["pattern"]
    main(["check", "broken.toml", "doubtful.toml"])
    lines = capsys.readouterr().out.splitlines()
    found = [match for line in lines if (match := re.match(pattern["regexp"], line))]
    assert [match[pattern["severity"]] for match in found] == ["error", "warning"]
    assert [match[pattern["file"]] for match in found] == ["broken.toml", "doubtful.toml"]
    assert [match[pattern["line"]] for match in found] == ["3", "6"]


def test_the_page_shows_a_comparison_as_it_is(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for the day, and how many services and operations the installed botocore has."""
    old = (
        'version = 1\n[defaults]\nfips = "require"\nprivate = "require"\n'
        'allowed_regions = ["us-gov-west-1"]\n'
    )
    waiver = '[[rules]]\nservices = ["iam"]\nprivate = "off"\nreason = "r"\n'
    (here / "old.toml").write_text(old)
    (here / "policy.toml").write_text(old + waiver)
    assert main(["check", "policy.toml", "--against", "old.toml"]) == 1
    command, _, expected = shown("console")[1].partition("\n")
    assert command == "$ endpoint-router check policy.toml --against old.toml"

    def plain(text: str) -> str:
        return re.sub(r"\d+", "N", " ".join(text.split()))

    assert plain(capsys.readouterr().out) == plain(expected)


def test_the_hook_starts_this_command() -> None:
    manifest = (PAGE.parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "- id: endpoint-router-check\n" in manifest
    assert "\n  entry: endpoint-router check\n" in manifest
    (files,) = re.findall(r"^  files: (.*)$", manifest, re.MULTILINE)
    for name in ("endpoint-router.toml", "a/endpoint-router-prod.json", "x/endpoint-router/p.toml"):
        assert re.search(files, name), name
    for name in ("pyproject.toml", "endpoint-router.yaml", "endpoint-routers.toml"):
        assert not re.search(files, name), name
