"""The page on the catalogue shows what the command prints, with the botocore that it names."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import botocore
import pytest

from endpoint_router.catalog.values import BASES
from endpoint_router.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "how-to" / "which-services-have-fips.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n\$ endpoint-router (.*)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
VERSION = re.compile(r"From botocore ([\d.]+),")


@pytest.mark.parametrize(("command", "printed"), SHOWN, ids=[command for command, _ in SHOWN])
def test_it_prints_what_is_shown(
    command: str, printed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = VERSION.findall(printed)[0]
    # One service's hosts have been the same for years; what all have is another thing each week.
    if "--without" in command and botocore.__version__ != version:
        pytest.skip(f"shows the data of botocore {version}")
    monkeypatch.setenv("COLUMNS", "80")
    assert main(shlex.split(command)) == 0
    written = capsys.readouterr().out
    assert VERSION.sub("", written) == VERSION.sub("", printed)


def test_the_page_knows_each_basis() -> None:
    assert len(SHOWN) == 2
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == sorted(
        BASES, key=("listed", "ruleset", "named", "documented").index
    )


def test_the_reference_shows_json_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    section = REFERENCE.partition("\n## catalog\n")[2]
    shown = json.loads(section.partition("```json\n")[2].partition("```")[0])
    assert main(["catalog", "s3", "--region", "cn-north-1", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert shown.keys() == printed.keys()
    row, real = shown["rows"][0], printed["rows"][0]
    for key in ("dns", "dns_detail"):  # nobody was asked here
        del row["standard"][key]
    row["operations"] = real["operations"]
    assert row == {key: real[key] for key in row}
    others = real.keys() - row.keys()
    assert others == set(
        re.findall(r"`(\w+)`", re.findall(r"has the keys (.*?)\.", section, re.S)[0])
    )
