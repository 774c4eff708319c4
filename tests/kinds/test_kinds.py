"""Each row of the tables is true, and the reference page shows the tables."""

from __future__ import annotations

import pytest

from . import kinds, page
from .table import Row, check, come

ROWS = [
    pytest.param(row, id=f"{kind.title}: {row.title}") for kind in kinds.KINDS for row in kind.rows
]


@pytest.mark.parametrize("row", ROWS)
def test_row(row: Row) -> None:
    if row.lacks:
        pytest.skip(f"{row.lacks} is not installed")
    check(row, come(row))


def test_the_page_and_its_table_show_every_row() -> None:
    """``python -m tests.kinds`` draws them anew."""
    assert page.PAGE.read_text(encoding="utf-8") == page.draw(kinds.KINDS)
    assert page.TABLE.read_text(encoding="utf-8") == page.draw_table(kinds.KINDS)
