"""One HTML page that stands alone: a title, a few words, and tables with a box that filters rows.

Whoever has something to show as a page says what; how it looks and works is here, once. A page
loads nothing, from nowhere: it may be mailed, put on a wiki, or opened from a disk. Without
JavaScript it shows all rows. Nothing here knows what a page is about.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Literal

from msgspec import Struct

from .printable import printable

__all__ = ["Cell", "Table", "page"]

#: ``good``, ``fair`` and ``bad`` are green, amber and red; ``faint`` is grey. A tone never says
#: anything that the text of its cell does not: pages are printed, and not everybody sees colours.
Tone = Literal["", "good", "fair", "bad", "faint"]


class Cell(Struct, frozen=True):
    """A cell of a table."""

    text: str
    tone: Tone = ""
    #: Shown while the pointer rests on the cell.
    hint: str = ""
    #: A name of a machine, in letters of one width, which is never broken.
    code: bool = False


class Table(Struct, frozen=True):
    """Rows of equally many cells, below *headings*; the first cell of a row names it."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    title: str = ""
    #: A paragraph above the table.
    text: str = ""


def page(
    title: str,
    paragraphs: Iterable[str],
    tables: Sequence[Table],
    *,
    legend: Sequence[Cell] = (),
) -> str:
    """The whole page, as text to be written in UTF-8. All text in it is escaped.

    :param legend: what the tones mean on this page.
    """
    return "\n".join(_lines(title, paragraphs, tables, legend)) + "\n"


def _lines(
    title: str, paragraphs: Iterable[str], tables: Sequence[Table], legend: Sequence[Cell]
) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_PERMITTED}">'
    yield f"<title>{_text(title)}</title>"
    yield f"<style>{_STYLE}</style></head>"
    yield f"<body><h1>{_text(title)}</h1>"
    for paragraph in paragraphs:
        yield f"<p>{_text(paragraph)}</p>"
    if legend:
        yield f'<p class="legend">{" ".join(_cell(cell, "span") for cell in legend)}</p>'
    yield (
        '<p class="filter" hidden><label>Filter: <input type="search" autocomplete="off" '
        'spellcheck="false" placeholder="words that a row has"></label> '
        '<output aria-live="polite"></output></p>'
    )
    for table in tables:
        yield from _table(table)
    yield f"<script>{_SCRIPT}</script></body></html>"


def _table(table: Table) -> Iterator[str]:
    yield "<section>"
    if table.title:
        yield f"<h2>{_text(table.title)}</h2>"
    if table.text:
        yield f"<p>{_text(table.text)}</p>"
    yield '<div class="wide" tabindex="0"><table><thead><tr>'
    yield "".join(f'<th scope="col">{_text(heading)}</th>' for heading in table.headings)
    yield "</tr></thead><tbody>"
    for first, *others in table.rows:
        cells = "".join(_cell(cell, "td") for cell in others)
        yield "<tr>" + _cell(first, "th", ' scope="row"') + cells + "</tr>"
    yield "</tbody></table></div></section>"


def _cell(cell: Cell | str, tag: str, attributes: str = "") -> str:
    if isinstance(cell, str):
        cell = Cell(cell)
    if cell.tone:
        attributes += f' class="{cell.tone}"'
    if cell.hint:
        attributes += f' title="{_text(cell.hint)}"'
    text = f"<code>{_text(cell.text)}</code>" if cell.code else _text(cell.text)
    return f"<{tag}{attributes}>{text}</{tag}>"


def _text(text: str) -> str:
    return escape("\n".join(map(printable, text.split("\n"))))


_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --line: #d0d7de; --head: #f6f8fa;
  --good: #d4f0dc; --fair: #fbeac2; --bad: #fbd9d6; --faint: #7a828b; }
@media (prefers-color-scheme: dark) { :root { --back: #14171b; --text: #e6e9ed; --line: #3a4149;
  --head: #1e2329; --good: #16432a; --fair: #4d3b0b; --bad: #5a1f1c; --faint: #8b949e; } }
body { font: 15px/1.45 system-ui, sans-serif; background: var(--back); color: var(--text);
  margin: 1.5rem auto; padding: 0 1rem; max-width: 110rem; }
p { max-width: 50rem; white-space: pre-line; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; }
input { font: inherit; padding: .25rem .5rem; width: 18rem; max-width: 60vw; }
.filter { position: sticky; top: 0; background: var(--back); padding: .4rem 0; z-index: 3;
  margin: 0; }
.filter[hidden] { display: none; }
.wide { overflow: auto; max-height: 85vh; border: 1px solid var(--line); }
table { border-collapse: separate; border-spacing: 0; min-width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; background: var(--back); white-space: pre-line; }
code { font: .92em ui-monospace, monospace; white-space: nowrap; }
thead th { position: sticky; top: 0; z-index: 2; background: var(--head); white-space: nowrap; }
tbody th { position: sticky; left: 0; z-index: 1; font-weight: 600; }
thead th:first-child { left: 0; z-index: 3; }
.legend span { padding: .1rem .5rem; margin-right: .3rem; border: 1px solid var(--line); }
.good { background: var(--good); } .fair { background: var(--fair); }
.bad { background: var(--bad); }
.faint { color: var(--faint); }
@media (max-width: 40rem) { tbody th { position: static; } }
@media print { .filter { display: none; } .wide { overflow: visible; max-height: none; border: 0; }
  thead th, tbody th { position: static; } }
"""

_SCRIPT = """
"use strict";
const bar = document.querySelector(".filter"), box = bar.querySelector("input");
const rows = [...document.querySelectorAll("tbody tr")];
const texts = rows.map(row => row.textContent.toLowerCase());
const sections = [...document.querySelectorAll("section")];
function filter() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  rows.forEach((row, at) => {
    row.hidden = !words.every(word => texts[at].includes(word));
    shown += !row.hidden;
  });
  sections.forEach(section => {
    section.hidden = words.length > 0 && !section.querySelector("tbody tr:not([hidden])");
  });
  bar.querySelector("output").textContent = `${shown} of ${rows.length} rows`;
}
box.addEventListener("input", filter);
bar.hidden = false;
filter();
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


#: Only the two texts above may act on the page, whatever else may have come into it.
_PERMITTED = f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}"
