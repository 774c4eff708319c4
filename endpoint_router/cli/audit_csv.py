"""The calls of an audit as CSV: a line for whatever can be told apart."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

import msgspec

from ..audit.report import Row


def write_csv(rows: Iterable[Row], stream: TextIO) -> None:
    """Write *rows*, below their names, to *stream*."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(Row.__struct_fields__)
    for row in rows:
        cells = msgspec.to_builtins(row)
        cells["operations"] = " ".join(row.operations)
        cells["labelled"] = "yes" if row.labelled else "no"
        writer.writerow(map(_cell, cells.values()))


def _cell(value: object) -> str:
    """A cell that a spreadsheet takes for a text: user agents and hosts are others' words."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
