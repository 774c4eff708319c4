"""What a person sees: whether there are colours, how wide it is, lines and tables that fit.

Colours need a terminal, and that nobody says NO_COLOR (https://no-color.org); they never tell
anything that the words do not. Names of machines are never broken. Nothing is printed here.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TextIO

__all__ = ["Cell", "Colour", "Painted", "Screen"]

Colour = Literal["green", "amber", "red", "bold", "dim"]
_CODES: Mapping[Colour, int] = {"green": 32, "amber": 33, "red": 31, "bold": 1, "dim": 2}
#: Columns where nobody says how many there are.
_WIDTH = 80


class Painted(NamedTuple):
    """A text, and its colour where there are colours."""

    text: str
    colour: Colour


Cell = str | Painted


class Screen(NamedTuple):
    """Where a command's answer is shown."""

    colours: bool = False
    #: In columns.
    width: int = _WIDTH

    @classmethod
    def of(cls, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> Screen:
        """The one behind *stream*, by default stdout: ``COLUMNS`` wide if that says so."""
        stream = stream or sys.stdout
        terminal = stream.isatty()
        able = environ.get("TERM", "dumb" if os.name != "nt" else "") != "dumb"
        if os.name == "nt":  # an old console shows escape sequences as they are
            able = "WT_SESSION" in environ or "TERM" in environ
        width = _WIDTH
        if terminal or environ.get("COLUMNS", "").isdigit():
            width = shutil.get_terminal_size((_WIDTH, 24)).columns
        return cls(terminal and able and not environ.get("NO_COLOR"), max(width, 40))

    def paint(self, text: str, colour: Colour) -> str:
        """*text* in that colour, where there are colours."""
        return f"\033[{_CODES[colour]}m{text}\033[0m" if self.colours else text

    def wrapped(self, text: str, indent: str = "", first: str | None = None) -> str:
        """*text* in lines that fit, broken at blanks only.

        :param first: what its first line begins with, if not with *indent*.
        """
        return textwrap.fill(
            text,
            self.width,
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
        """Columns, where they fit; else each row as lines of ``heading: text``."""
        return "\n".join(self._columns(headings, rows) or self._stacked(headings, rows))

    def _columns(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
        texts = [headings, *([_plain(cell) for cell in row] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) > self.width:
            return []
        heads = [Painted(heading, "bold") for heading in headings]
        return [self._line(row, widths) for row in (heads, *rows)]

    def _line(self, row: Sequence[Cell], widths: Sequence[int]) -> str:
        line = ""
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            last = at == len(row) - 1 or not any(map(_plain, row[at + 1 :]))
            line += self.shown(cell)
            if last:
                break
            line += " " * (width - len(_plain(cell)) + 2)
        return line

    def _stacked(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
        margin = max(map(len, headings[1:]), default=0)
        for first, *others in rows:
            yield self.shown(first)
            for heading, cell in zip(headings[1:], others, strict=True):
                if text := _plain(cell):
                    lines = self.wrapped(text, " " * (margin + 4), f"  {heading:<{margin}}  ")
                    if isinstance(cell, Painted):
                        lines = lines.replace(text, self.shown(cell))
                    yield lines

    def shown(self, cell: Cell) -> str:
        """The text of *cell*, in its colour if it has one."""
        return cell if isinstance(cell, str) else self.paint(*cell)


def _plain(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text
