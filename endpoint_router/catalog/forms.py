"""The catalogue for other programs: as CSV for spreadsheets, and as JSON. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .values import VARIANTS, Endpoint, Row

__all__ = ["as_csv", "as_json"]

_KEYS = ("service", "operation", "operations", "region", "partition")
#: With these a spreadsheet begins a formula (https://owasp.org, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Iterable[Row], *, dns: bool) -> Iterator[str]:
    """Lines, the first of them with the names of the columns.

    :param dns: was DNS asked?
    """
    heads = [*_KEYS]
    for variant in VARIANTS:
        heads += [variant, f"{variant}_basis"]
        if dns and not variant.startswith("privatelink"):
            heads.append(f"{variant}_dns")
    yield _line(heads)
    for row in rows:
        cells = [str(getattr(row, key)) for key in _KEYS]
        for variant in VARIANTS:
            endpoint = row.variant(variant)
            cells += [endpoint.name, endpoint.basis]
            if dns and not variant.startswith("privatelink"):
                cells.append(endpoint.dns)
        yield _line(cells)


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    # A line feed alone: for spreadsheets it makes no difference, and for a shell's tools it does.
    csv.writer(written, lineterminator="\n").writerow(
        [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    )
    return written.getvalue()


def as_json(rows: Sequence[Row], head: dict[str, Any]) -> Iterator[str]:
    """Pieces of one document: *head*, and ``rows``, each in a line of its own."""
    yield json.dumps(head, indent=2)[:-2] + ',\n  "rows": ['
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n    " + json.dumps(_data(row))
    yield "\n  ]\n}\n"


def _data(row: Row) -> dict[str, Any]:
    data: dict[str, Any] = {key: getattr(row, key) or None for key in _KEYS}
    return {**data, **{variant: _endpoint(row.variant(variant)) for variant in VARIANTS}}


def _endpoint(endpoint: Endpoint) -> dict[str, str | None]:
    keys = ("name", "basis", "why", *(("dns", "dns_detail") if endpoint.dns else ()))
    return {key: getattr(endpoint, key) or None for key in keys}
