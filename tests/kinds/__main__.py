"""Write the reference page, and its table."""

from . import kinds, page

page.PAGE.write_text(page.draw(kinds.KINDS), encoding="utf-8")
page.TABLE.write_text(page.draw_table(kinds.KINDS), encoding="utf-8")
