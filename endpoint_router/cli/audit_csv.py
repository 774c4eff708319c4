"""The calls of an audit as CSV: a line for whatever can be told apart."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO
from unicodedata import normalize

import msgspec

from ..audit.report import Call
from ..printable import printable

#: How formulas begin.
_FORMULAS = ("=", "+", "-", "@")


def write_csv(calls: Iterable[Call], stream: TextIO) -> None:
    """Write *calls*, below their names, to *stream*."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(Call.__struct_fields__)
    for call in calls:
        cells = msgspec.to_builtins(call)
        cells["operations"] = " ".join(call.operations)
        cells["labelled"] = "yes" if call.labelled else "no"
        writer.writerow(map(_cell, cells.values()))


def _cell(value: object) -> str:
    """A cell in one line that a spreadsheet takes for a text: user agents are others' words."""
    text = printable(str(value))
    first = normalize("NFKC", text.lstrip()[:1])  # also those of full width
    return f"'{text}" if first in _FORMULAS else text
