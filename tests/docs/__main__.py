"""Write into the pages what their console examples print: ``python -m tests.docs [PAGE ...]``.

A block with something elided (``...``) stays as it is. Look at the difference before you commit it.
"""

import sys
import tempfile
from pathlib import Path

from . import blocks, running


def redraw(page: Path, directory: Path) -> None:
    """Put the real output into the console blocks of *page*."""
    text = page.read_text(encoding="utf-8")
    # From the end, so that what stands in front keeps its place.
    for ran in reversed(running.run([page], directory)):
        block = ran.block
        if block.language == "console" and "..." not in block.text:
            commands = zip(block.commands, ran.printed, strict=True)
            drawn = "".join(f"$ {command}\n{printed}" for (command, _), printed in commands)
            lines = "".join(f"{block.indent}{line}\n" for line in drawn.splitlines())
            first, last = block.span
            text = text[:first] + lines + text[last:]
    page.write_text(text, encoding="utf-8")


for name in sys.argv[1:] or blocks.PAGES:
    with tempfile.TemporaryDirectory() as directory:
        redraw(Path(name).resolve(), Path(directory))
