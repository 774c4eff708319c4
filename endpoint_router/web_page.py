"""One HTML page that stands alone: a title, a few words, and tables with a box that filters rows.

Whoever has something to show as a page says what; how it looks and works is here, once. A page
loads nothing, from nowhere: it may be mailed, put on a wiki, or opened from a disk. Without
JavaScript it shows all rows. Words in the box leave the rows that have all of them, in themselves
or in their table's title; a column's heading, or its beginning where no row is called so, leaves
that column; ``page.html#kms`` is a page that was filtered so. Nothing here knows what a page is
about.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Literal

from msgspec import Struct

from .printable import printable

__all__ = ["Bar", "Cell", "Table", "Tone", "page"]

#: ``good``, ``fair`` and ``bad`` are green, amber and red; ``faint`` is grey. A tone never says
#: anything that the text of its cell does not: pages are printed, and not everybody sees colours.
Tone = Literal["", "good", "fair", "bad", "faint"]


class Cell(Struct, frozen=True):
    """A cell of a table."""

    text: str
    tone: Tone = ""
    #: Shown while the pointer rests on the cell.
    hint: str = ""
    #: A name of a machine (or several, a line each), in letters of one width: never broken.
    code: bool = False
    #: Words below the text, in small letters.
    note: str = ""


class Bar(Struct, frozen=True):
    """A cell that shows shares: of each part so many signs of its own, besides its tone.

    Who hears the page hears what the parts are about, and not the signs.
    """

    #: Signs, tone, and what they stand for.
    parts: Sequence[tuple[str, Tone, str]]


class Table(Struct, frozen=True):
    """Rows of equally many cells, below *headings*; the first cell of a row names it."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell | Bar | str]]
    title: str = ""
    #: A paragraph above the table.
    text: str = ""


def page(
    title: str,
    paragraphs: Iterable[Cell | str],
    tables: Sequence[Table],
    *,
    legend: Sequence[Cell] = (),
) -> str:
    """The whole page, as text to be written in UTF-8. All text in it is escaped.

    :param legend: what the tones mean on this page.
    """
    return "\n".join(_lines(title, paragraphs, tables, legend)) + "\n"


def _lines(
    title: str, paragraphs: Iterable[Cell | str], tables: Sequence[Table], legend: Sequence[Cell]
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
        yield _cell(paragraph, "p")
    if legend:
        yield f'<p class="legend">{" ".join(_cell(cell, "span") for cell in legend)}</p>'
    yield (
        '<p class="filter" hidden><label>Filter: <input type="search" autocomplete="off" '
        'spellcheck="false" placeholder="words of a row, or a column"></label> '
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
    # Who has no mouse scrolls it with the arrow keys, and is told what it is.
    name = _text(table.title or ", ".join(table.headings))
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{name}">'
    yield "<table><thead><tr>"
    yield "".join(f'<th scope="col">{_text(heading)}</th>' for heading in table.headings)
    yield "</tr></thead><tbody>"
    for first, *others in table.rows:
        cells = "".join(_cell(cell, "td") for cell in others)
        yield "<tr>" + _cell(first, "th", ' scope="row"') + cells + "</tr>"
    yield "</tbody></table></div></section>"


def _cell(cell: Cell | Bar | str, tag: str, attributes: str = "") -> str:
    if isinstance(cell, Bar):
        return f"<{tag}{attributes}>{_bar(cell)}</{tag}>"
    if isinstance(cell, str):
        cell = Cell(cell)
    if cell.tone:
        attributes += f' class="{cell.tone}"'
    if cell.hint:
        attributes += f' title="{_text(cell.hint)}"'
    text = f"<code>{_text(cell.text)}</code>" if cell.code else _text(cell.text)
    note = f" <small>{_text(cell.note)}</small>" if cell.note else ""
    return f"<{tag}{attributes}>{text}{note}</{tag}>"


def _bar(bar: Bar) -> str:
    parts = "".join(
        f'<span class="{tone}" title="{_text(what)}">{_text(signs)}</span>'
        for signs, tone, what in bar.parts
    )
    said = _text(", ".join(what for _, _, what in bar.parts))
    return f'<span class="bar" role="img" aria-label="{said}">{parts}</span>'


def _text(text: str) -> str:
    return escape("\n".join(map(printable, text.split("\n"))))


_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --line: #d0d7de; --head: #f6f8fa;
  --good: #d4f0dc; --fair: #fbeac2; --bad: #fbd9d6; --faint: #656d76; }
@media (prefers-color-scheme: dark) { :root { --back: #14171b; --text: #e6e9ed; --line: #3a4149;
  --head: #1e2329; --good: #16432a; --fair: #4d3b0b; --bad: #5a1f1c; --faint: #8b949e; } }
body { font: 15px/1.4 system-ui, sans-serif; background: var(--back); color: var(--text);
  margin: 1.5rem auto; padding: 0 1rem; max-width: 110rem; }
p { max-width: 50rem; white-space: pre-line; overflow-wrap: break-word; }
p.good, p.fair, p.bad { padding: .4rem .8rem; font-weight: 600; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; }
input { font: inherit; padding: .25rem .5rem; width: 18rem; max-width: 60vw; }
.filter { position: sticky; top: 0; background: var(--back); padding: .4rem 0; z-index: 3;
  margin: 0; max-width: none; }
.filter[hidden] { display: none; }
.wide { overflow: auto; max-height: 85vh; border: 1px solid var(--line);
  scroll-margin-top: 3.5rem; }
section { content-visibility: auto; contain-intrinsic-size: auto 50rem; }
table { border-collapse: separate; border-spacing: 0; min-width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; background: var(--back); white-space: pre-line; }
code { font: .92em ui-monospace, monospace; white-space: pre; }
.bar { font: .92em ui-monospace, monospace; white-space: pre; }
small { display: block; font-weight: 400; }
thead th { position: sticky; top: 0; z-index: 2; background: var(--head); white-space: nowrap; }
tbody th { position: sticky; left: 0; z-index: 1; font-weight: 600; }
thead th:first-child { left: 0; z-index: 3; }
.legend span { display: inline-block; padding: .1rem .5rem; margin: 0 .3rem .3rem 0;
  border: 1px solid var(--line); }
.good { background: var(--good); } .fair { background: var(--fair); }
.bad { background: var(--bad); }
.faint { color: var(--faint); }
@media (max-width: 40rem) {
  tbody th { min-width: 7rem; font-size: .85rem; overflow-wrap: anywhere; }
  tbody th:has(code) { position: static; } }
@media print {
  @page { size: landscape; margin: 1cm; }
  body { margin: 0; padding: 0; font-size: 11px; } p { max-width: none; }
  .filter { display: none; } section { content-visibility: visible; }
  .wide { overflow: visible; max-height: none; border: 0; }
  table { font-size: 9px; } tr { break-inside: avoid; }
  th, td { padding: .15rem .3rem; }
  thead th, tbody th { position: static; }
  th, td, code { white-space: pre-wrap; overflow-wrap: anywhere; } }
"""

_SCRIPT = """
"use strict";
const bar = document.querySelector(".filter"), box = bar.querySelector("input");
const tables = [...document.querySelectorAll("section")].map(section => ({
  section,
  title: (section.querySelector("h2")?.textContent ?? "").toLowerCase(),
  heads: [...section.querySelectorAll("thead th")].map(th => th.textContent.toLowerCase()),
  rows: [...section.querySelectorAll("tbody tr")].map(row => (
    { row, name: row.cells[0].textContent.toLowerCase(), text: row.textContent.toLowerCase() })),
}));
const total = tables.reduce((sum, table) => sum + table.rows.length, 0);
const hidden = new CSSStyleSheet();
document.adoptedStyleSheets = [hidden];
function filter() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0, rules = "";
  tables.forEach(({ section, title, heads, rows }, at) => {
    const named = word => title.includes(word) || rows.some(({ name }) => name.includes(word));
    const columns = words.flatMap(word => heads.flatMap((head, at) => (
      at && (head === word || head.startsWith(word) && !named(word)) ? [[word, at + 1]] : [])));
    const said = columns.map(([word]) => word);
    const asked = words.filter(word => !said.includes(word) && !title.includes(word));
    let here = 0;
    for (const { row, text } of rows) {
      const show = asked.every(word => text.includes(word));
      row.hidden = !show;
      here += show;
    }
    section.hidden = words.length > 0 && !here;
    if (columns.length) {
      const kept = [1, ...columns.map(([, at]) => at)].map(at => `:nth-child(${at})`).join();
      rules += `section:nth-of-type(${at + 1}) :is(th, td):not(${kept}) { display: none; }`;
    }
    shown += here;
  });
  hidden.replaceSync(rules);
  bar.querySelector("output").textContent = `${shown} of ${total} rows`;
}
function fromAddress() {
  try { box.value = decodeURIComponent(location.hash.slice(1)); } catch { box.value = ""; }
  filter();
}
addEventListener("hashchange", fromAddress);
box.addEventListener("input", filter);
bar.hidden = false;
fromAddress();
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


#: Only the two texts above may act on the page, whatever else may have come into it.
_PERMITTED = f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}"
