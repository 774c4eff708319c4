"""Write the reference page."""

from . import kinds, page

page.PAGE.write_text(page.draw(kinds.KINDS), encoding="utf-8")
