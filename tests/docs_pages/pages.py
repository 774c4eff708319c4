"""The examples of a page: each fenced block, with its language and what stands before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.M | re.DOTALL
)


class Example(NamedTuple):
    """One fenced block.

    :ivar lead: the line of prose above it.
    """

    language: str
    text: str
    lead: str


def page(name: str) -> str:
    """A page's text; *name* as ``how-to/ecs``."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def examples(name: str, language: str = "") -> list[Example]:
    """All blocks of a page, or those in one language."""
    content = page(name)
    read = []
    for match in _FENCE.finditer(content):
        above = [line for line in content[: match.start()].splitlines() if line.strip()]
        prose = [line for line in above if not line.startswith("<!--")]
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        read.append(Example(match["language"], text, prose[-1] if prose else ""))
    return [one for one in read if language in ("", one.language)]


def example(name: str, language: str, containing: str = "") -> str:
    """The one block of a page that is in this language and contains this text."""
    (only,) = (one.text for one in examples(name, language) if containing in one.text)
    return only


def rows(name: str, heading: str) -> list[list[str]]:
    """The cells of the first table below *heading*, without its head."""
    section = page(name).partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    table = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert table, heading
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
