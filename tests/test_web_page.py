"""A page that stands alone: everything in it is escaped, and nothing is fetched for it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.web_page import Bar, Cell, Table, page


class Seen(HTMLParser):
    """Tags and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {name for name, _ in attrs if name in ("src", "href") or name.startswith("on")}
        if tag in ("td", "th"):
            self.cells.append("")
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(title=texts, text=texts, hint=texts)
def test_whatever_the_text_it_shows_as_text(title: str, text: str, hint: str) -> None:
    bar = Bar([(text, "bad", hint), (hint, "", text)])
    rows = [(text, Cell(text, "bad", hint, code=True), Cell("", note=f"-{hint}"), bar)]
    table = Table(("a", "b", "c", "d"), rows, title=title)
    bar = Bar([("x", "bad", "y"), ("y", "", "z")])
    others = [("x", Cell("y", "bad", "z", code=True), Cell("", note="n"), bar)]
    plain = Table(("a", "b", "c", "d"), others, title="t")
    drawn = page(title, [text], [table], legend=[Cell(text, "good")])
    seen, expected = Seen(drawn), Seen(page("t", ["x"], [plain], legend=[Cell("v", "good")]))
    assert seen.open == []
    assert [tag for tag in seen.tags if tag != "h2"] == [
        tag for tag in expected.tags if tag != "h2"
    ]
    assert seen.cells[4] == seen.cells[5]
    assert text.replace("\n", "").isprintable() <= (seen.cells[4] == text)


def test_a_table_can_be_scrolled_by_key_and_has_a_name() -> None:
    drawn = page("t", [], [Table(("a",), [("x",)], title='"T"')])
    assert '<div class="wide" tabindex="0" role="region" aria-label="&quot;T&quot;">' in drawn


def test_it_loads_nothing() -> None:
    drawn = page("t", [], [Table(("a",), [("x",)])])
    assert not re.search(r"https?://|@import|url\(", drawn)
    assert "default-src 'none'" in drawn
