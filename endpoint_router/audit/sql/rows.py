"""Rows that the query of :mod:`.query` gave, as groups: each row is a record again, said so often.

Whoever ran the query hands them over as texts, a heading first. What a row means is told by the
functions that group files' records.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from ..counting import Grouped, Tally
from ..grouping import group_of
from ..reading import Read
from ..records import Additional, Identity, Record, SessionContext, SessionIssuer, Tls
from ..sources import Period, text_of
from .query import COLUMNS, MADE_BY

#: Bytes of a file of them: some hundred thousand.
_LONGEST = 256 << 20


class Unusable(Exception):
    """They are no rows of that query; the text says why."""


class Rows(Struct, frozen=True):
    """What was counted, and of which days."""

    read: Read
    #: ``None`` where there are no rows.
    period: Period | None


def rows_of_file(path: str) -> tuple[Rows, str]:
    """Those of the CSV at *path*, as Athena writes it; and the SHA-256 of its text.

    :raises Unusable: they are none.
    :raises Unreadable: the file is not there, or damaged.
    """
    held = text_of(path, _LONGEST)
    try:
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable("no UTF-8") from None
    try:
        rows = read_rows(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Unusable(f"no CSV: {error}") from None
    return rows, hashlib.sha256(held).hexdigest()


def read_rows(rows: Iterable[Sequence[str]]) -> Rows:
    """The groups of *rows*, of which the first is the heading.

    :raises Unusable: they are no rows of this version's query.
    """
    numbered = enumerate(rows, 1)
    _, heading = next(numbered, (0, ()))
    if tuple(heading) != COLUMNS:
        raise Unusable("no result of this version's query: the heading is another")
    grouped = Grouped()
    periods: set[tuple[str, str]] = set()
    totals = [0, 0, 0]
    number, of_rows = 1, 0
    for number, row in numbered:
        if len(row) != len(COLUMNS):
            raise Unusable(f"row {number} has {len(row)} cells, not {len(COLUMNS)}: cut off?")
        cells = dict(zip(COLUMNS, row, strict=True))
        if cells["made_by"] != MADE_BY:
            raise Unusable(f"row {number} is of another version's query")
        periods.add((cells["first_day"], cells["last_day"]))
        of_rows = _count(cells["of_rows"], number)
        counts = [_count(cells[name], number) for name in ("records", "duplicates", "replaced")]
        standing = counts[0] - counts[1] - counts[2]
        if standing < 0:
            raise Unusable(f"row {number} has more duplicates than records")
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        group = group_of(record_of(cells))
        tally = Tally(standing, (cells["first_time"], cells["first_id"]), cells["last_time"])
        grouped.merge([(group.digest(), group, tally)])
    if of_rows != number - 1:
        raise Unusable(f"{number - 1} rows are there, and the query gave {of_rows}: cut off?")
    if len(periods) > 1:
        raise Unusable("its rows are of several periods")
    standing_groups = sorted(
        ((group, tally) for _, group, tally in grouped.items() if tally.count),
        key=lambda pair: pair[0],
    )
    records, duplicates, replaced = totals
    read = Read(tuple(standing_groups), 0, {}, (), records, 0, duplicates, replaced)
    return Rows(read, _period(*periods.pop()) if periods else None)


def record_of(cells: Mapping[str, str]) -> Record:
    """A record like those that a row stands for. Empty is what is missing."""
    return Record(
        event_time=cells["first_time"],
        event_id=cells["first_id"],
        event_source=cells["source"],
        event_name=cells["name"],
        event_version=cells["version"],
        event_type=cells["type"],
        event_category=cells["category"],
        aws_region=cells["region"],
        recipient_account_id=cells["account"],
        user_identity=Identity(
            cells["identity"],
            cells["caller_account"],
            cells["user_name"],
            cells["invoked"],
            SessionContext(SessionIssuer(cells["issuer"])),
        ),
        user_agent=cells["agent"],
        vpc_endpoint_id=cells["endpoint"],
        vpc_endpoint_account_id=cells["endpoint_owner"],
        tls_details=Tls(cells["tls"], cells["host"]) if cells["has_tls"] else None,
        session_credential_from_console="true" if cells["console"] else None,
        additional_event_data=Additional(
            aws_serving_region=cells["serving_region"],
            authentication_method="QueryString" if cells["presigned"] else None,
        ),
    )


def _count(text: str, number: int) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise Unusable(f"row {number} has no number where one belongs")
    return int(text)


def _period(first: str, last: str) -> Period:
    try:
        days = [datetime.date.fromisoformat(day) if day else None for day in (first, last)]
    except ValueError:
        raise Unusable("its rows are of no days") from None
    return Period(*days)
