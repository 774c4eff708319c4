"""The fenced blocks of the README and of docs/, with what the comment above says of each.

A comment of its own line stands directly above the block that it is about, and is no secret:
``<!-- not run: needs AWS -->`` names what a test lacks, ``<!-- run by tests/x.py -->`` the test
that runs the block elsewhere, ``<!-- ci:NAME -->`` has CI run it. A page whose blocks are all run
by one test says ``<!-- examples run by tests/x.py -->``; one that has a test of its own in
``tests/docs_pages`` need not. Nothing here runs anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]

_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<mark>[^\n]*?) -->\s*)?"
    r"^(?P<indent> {0,3})```(?P<language>\w+)\n(?P<text>.*?)^ {0,3}```$"
    r"(?:\s*^```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)

_SAYS_WHO = re.compile(r"not run: |run by |ci:")


class Block(NamedTuple):
    """One fenced block."""

    page: Path
    line: int
    language: str
    #: Without the indentation of a list.
    text: str
    #: What the comment says, the block's or else the page's; empty where there is none.
    mark: str
    indent: str
    #: Of a block in Python, the text that stands directly below as what it prints.
    output: str
    #: Where its text begins and ends in the page.
    span: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.page.as_posix().removeprefix(f'{ROOT.as_posix()}/')}:{self.line}"

    @property
    def is_example(self) -> bool:
        """Is it something to run?"""
        return self.language in ("python", "sh", "bash", "shell", "console")

    @property
    def runs_here(self) -> bool:
        """Is it run with the page? Else its mark says who does, or why nobody can."""
        return self.is_example and not _SAYS_WHO.match(self.mark)

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Each command with the output that is shown of it; of no console, all at once."""
        if self.language != "console":
            return [(self.text, self.output)]
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(command, shown) for command, _, shown in map(_split, parts)]


def _split(part: str) -> tuple[str, str, str]:
    end = re.search(r"(?<!\\)\n", part)
    assert end, part
    return part[: end.start()], "\n", part[end.end() :]


def blocks(page: Path) -> Iterator[Block]:
    """In the order of the page."""
    content = page.read_text(encoding="utf-8")
    of_the_page = _mark_of(page, content)
    for match in _BLOCK.finditer(content):
        line = content.count("\n", 0, match.start("text")) + 1
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        mark, output = match["mark"] or "", match["output"] or ""
        mark = mark if _SAYS_WHO.match(mark) else of_the_page or mark
        yield Block(
            page, line, match["language"], text, mark, match["indent"], output, match.span("text")
        )


def _mark_of(page: Path, content: str) -> str:
    """Who runs the blocks of *page* that say nothing themselves."""
    if said := re.search(r"^<!-- examples (run by \S+) -->$", content, re.MULTILINE):
        return said[1]
    own = ROOT / "tests" / "docs_pages" / f"test_{page.stem.replace('-', '_')}.py"
    return f"run by {own.relative_to(ROOT).as_posix()}" if own.exists() else ""
