"""``plan --html``: a page that stands alone, a row for each finding and application behind it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from endpoint_router.cli.main import main
from endpoint_router.plan.findings import plan
from endpoint_router.plan.page import as_html
from tests.plan.lines import REQUIRED, allowed, dump, line, no_fips, read
from tests.plan.test_callers import by


class Tables(HTMLParser):
    """The rows of a page's tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


LINES = [
    line(**by("search", 3, "pod-1")),
    line(**by("billing", 1200, "pod-2")),
    no_fips(**by("", 4, "")),
    line("sqs", code="endpoint_url.undeclared", remedy="Declare it.", **by("billing", 5, "pod-2")),
    line("sns", outcome="unverified", code="private.unverified", **by("billing", 6, "pod-3")),
    allowed("sts", amber=["private"], fips_basis="listed", demands=REQUIRED, **by("ops", 9, "p")),
]


def test_each_finding_has_a_row_for_each_application() -> None:
    reading = read(*LINES)
    drawn = as_html(reading, plan(reading))
    rows = {(row[0], row[1]): row[2:] for row in Tables(drawn).rows if len(row) == 7}
    kms = "kms.us-east-1.amazonaws.com"
    assert rows["search", "VPC endpoint is missing"][:2] == ["kms in us-east-1", kms]
    assert rows["search", "VPC endpoint is missing"][3:] == ["3", "pod-1"]
    assert rows["billing", "VPC endpoint is missing"][3:] == ["1,200", "pod-2"]
    assert rows["(no application named)", "FIPS waiver is missing"][3:] == ["4", ""]
    person = rows["billing", "for a person: endpoint_url.undeclared"]
    assert person[2:] == ["Declare it.", "5", "pod-2"]
    assert rows["billing", "not known yet"][3:] == ["6", "pod-3"]
    assert rows["ops", "AMBER: by the policy's word alone"][3:] == ["9", "p"]
    concerned = [row for row in Tables(drawn).rows if len(row) == 3]
    assert concerned[1] == ["billing", "1,211", "pod-2\npod-3"]
    assert "ops" not in {row[0] for row in concerned}


def test_nothing_missing_is_said() -> None:
    reading = read(allowed(**by("billing")))
    drawn = as_html(reading, plan(reading))
    assert "Nothing is missing" in drawn
    assert Tables(drawn).rows == []


def test_what_a_log_says_is_text_on_the_page() -> None:
    nasty = "<img src=x onerror=alert(1)>\u202e\x00"
    hostile = line(code="x.y" + nasty, remedy=nasty, reason=nasty, **by(nasty, machine=nasty))
    reading = read(hostile)
    assert reading.understood == 1
    drawn = as_html(reading, plan(reading))
    assert "<img" not in drawn
    assert "&lt;img src=x onerror=alert(1)&gt;" in drawn
    assert all(part.isprintable() for part in drawn.split("\n"))


def test_many_machines_are_in_the_hint() -> None:
    reading = read(*(line(**by("a", machine=f"pod-{number}")) for number in range(150)))
    drawn = as_html(reading, plan(reading))
    assert re.search(r"and more than 97 more", drawn)
    assert "pod-50" in drawn


@pytest.mark.parametrize("place", ["-", "plan.html"])
def test_the_command_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log").write_bytes(dump(LINES))
    assert main(["plan", "log", "--html", place]) == 1
    out = capsys.readouterr().out
    drawn = out if place == "-" else Path(place).read_text("utf-8")
    assert drawn.startswith("<!DOCTYPE html>")
    assert drawn.endswith("</html>\n")
    if place != "-":
        assert "Written: plan.html" in out
        assert main(["plan", "log", "--html", place]) == 2
        assert "plan.html exists; --force replaces it." in capsys.readouterr().err


def test_two_files_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_bytes(dump(LINES))
    arguments = ["plan", str(tmp_path / "log"), "--policy", "x", "--html", "./x"]
    assert main(arguments) == 2
    assert "--policy and --html are one file" in capsys.readouterr().err
