"""Write the reference page."""

from . import consumers, page

page.PAGE.write_text(page.draw(consumers.CONSUMERS), encoding="utf-8")
