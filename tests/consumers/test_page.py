"""The reference page is what the table draws."""

from __future__ import annotations

from . import consumers, page


def test_the_page_is_drawn_from_the_table() -> None:
    drawn = page.draw(consumers.CONSUMERS)
    assert page.PAGE.read_text(encoding="utf-8") == drawn, "run: python -m tests.consumers"
