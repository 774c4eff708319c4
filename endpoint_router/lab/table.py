"""What came of the demo's scenes, as a table: with rich where it is installed, else as plain text.

Only output lives here. Nothing is run or compared.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from endpoint_router.lab.scenario import ALLOWED, Arrival


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one scene."""

    title: str
    #: ``kms.list_keys``.
    call: str
    region: str
    #: As :attr:`Scene.outcome`.
    outcome: str
    #: What the servers saw, in order.
    arrivals: tuple[Arrival, ...]
    why: str
    #: What was expected instead; empty when the call went as the policy says.
    wrong: str

    def as_data(self) -> dict[str, Any]:
        """JSON types only."""
        return {**asdict(self), "decision": self.decision, "ok": not self.wrong}

    @property
    def decision(self) -> str:
        """``allowed``, ``refused`` with its code, or ``failed`` with botocore's own exception."""
        if self.outcome == ALLOWED:
            return ALLOWED
        return f"refused {self.outcome}" if "." in self.outcome else f"failed {self.outcome}"


def _cells(row: Row) -> tuple[str, str, str, str]:
    """Call, decision, host and scope, one line for each request that arrived."""
    # Too long for its column, a call is broken where a reader would.
    call = row.call if len(row.call) <= _WIDTHS[0] else row.call.replace(".", "\n.")
    return (
        f"{call}\n{row.region}",
        f"{row.decision} WRONG" if row.wrong else row.decision,
        "\n".join(f"{one.host} ({one.address})" for one in row.arrivals) or "(nothing arrived)",
        "\n".join(one.scope for one in row.arrivals),
    )


_HEADINGS = ("call", "decision", "host that the server saw", "signed as")


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "rich":
            raise
        print(plain(rows))
        return
    table = Table(*_HEADINGS, "why", show_lines=True)
    for row in rows:
        style = "bold red" if row.wrong else ""
        # Text: otherwise rules[1] would be read as markup.
        cells = (*_cells(row), _explained(row))
        table.add_row(*(Text(cell, style, overflow="fold") for cell in cells))
    # In a pipe rich would assume 80 columns.
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _explained(row: Row) -> str:
    return f"{row.why} WRONG: {row.wrong}" if row.wrong else row.why


_WIDTHS = (27, 23, 45, 19)


def plain(rows: Sequence[Row]) -> str:
    """The table as text of at most 120 columns, with the reason below each row."""
    lines = [_line(_HEADINGS), _line(tuple("-" * width for width in _WIDTHS))]
    for row in rows:
        columns = [
            [part for line in cell.split("\n") for part in _folded(line, width)]
            for cell, width in zip(_cells(row), _WIDTHS, strict=True)
        ]
        height = max(map(len, columns))
        filled = [column + [""] * (height - len(column)) for column in columns]
        lines += [_line(parts) for parts in zip(*filled, strict=True)]
        lines += textwrap.wrap(f"why: {_explained(row)}", 118, initial_indent="  ",
                               subsequent_indent="  ")  # fmt: skip
        lines.append("")
    return "\n".join(lines)


def _folded(text: str, width: int) -> list[str]:
    # A host that goes on after a hyphen reads as another host.
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _line(cells: Sequence[str]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return "  ".join(padded).rstrip()
