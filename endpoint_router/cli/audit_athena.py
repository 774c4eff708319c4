"""``endpoint-router audit`` at scale: prints the SQL, or has Athena run it, or reads what it gave.

Names that were given become part of a query only after they were held against what a name may be.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from botocore.exceptions import (
    BotoCoreError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.session import Session

from ..audit.athena import CONFIG, Execution, Failed, result_of, run
from ..audit.report import Queried
from ..audit.sources import Period, Unreadable
from ..audit.sql.names import table_name
from ..audit.sql.query import Asked, query
from ..audit.sql.rows import Rows, Unusable, read_rows, rows_of_file
from ..audit.sql.table import PLACEHOLDER, Trail, ddl
from ..policy.quoting import quote
from ..printable import printable
from .output import BadInput

_WORK_GROUP = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+", re.ASCII)
#: Seconds between two lines about a query that runs.
_BETWEEN = 2.0


def printed(options: argparse.Namespace, period: Period) -> str:
    """The text that ``--ddl`` or ``--sql`` asks for.

    :raises BadInput: a name is none, or an option is missing.
    """
    if options.sql:
        return query(_asked(options, period, "--sql"))
    if len(options.table) > 1:
        raise BadInput("--ddl: expected one --table; network activity gets a second by itself")
    accounts, regions = _accounts(options), _regions(options)
    (table,) = options.table or ("cloudtrail",)
    _named("--table", table, options.dialect)
    if options.dialect == "lake":
        raise BadInput("--ddl: CloudTrail Lake has its tables itself")
    try:
        return ddl(table, Trail(options.location or PLACEHOLDER, accounts, regions))
    except ValueError as error:
        raise BadInput(f"--location: found {quote(options.location or '')}, {error}") from None


def queried(
    options: argparse.Namespace,
    period: Period,
    session: Callable[[], Session],
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> tuple[Rows, Queried]:
    """The rows of a query, run now or read from a file.

    :param session: makes one that asks Athena.
    :param stream: is told how far Athena has come; the process's stderr unless told.
    :raises BadInput: no query can be made, or it failed.
    """
    if options.results is not None:
        return _from_file(options.results, period)
    asked = _asked(options, period, "--athena")
    if asked.dialect != "athena":
        raise BadInput(
            "--athena asks no CloudTrail Lake: print the query by --sql, and run it there"
        )
    if not _WORK_GROUP.fullmatch(options.athena):
        raise BadInput(f"--athena: found {quote(options.athena)}, expected a work group's name")
    output = options.output
    if output is not None and not re.fullmatch(r"s3://[a-z0-9.-]+(/[^\s]*)?", output):
        raise BadInput(f"--output: found {quote(output)}, expected s3://BUCKET/PREFIX")
    sql = query(asked)
    note = _Note(stream or sys.stderr, clock)
    try:
        client = session().create_client("athena", config=CONFIG)
        execution = run(
            client, sql, options.athena, output, note=note, ended=note.ended, sleep=sleep
        )
        rows = read_rows(result_of(client, execution))
    except Failed as error:
        raise BadInput(f"Athena: {printable(str(error))}") from None
    except Unusable as error:
        raise BadInput(f"Athena: query {execution.id}: {error}") from None
    except (NoCredentialsError, NoRegionError, PartialCredentialsError):
        raise  # told as of each question to AWS
    except BotoCoreError as error:
        raise BadInput(f"Athena: {printable(str(error))}") from None
    return rows, Queried(
        execution.id,
        options.athena,
        asked.tables,
        asked.accounts,
        asked.regions,
        execution.scanned,
        hashlib.sha256(sql.encode()).hexdigest(),
    )


def _from_file(path: str, period: Period) -> tuple[Rows, Queried]:
    try:
        rows, digest = rows_of_file(path)
    except (Unusable, Unreadable) as error:
        raise BadInput(f"--results: {path}: {error}") from None
    for option, wanted, is_so in (
        ("--from", period.first, rows.period and rows.period.first),
        ("--to", period.last, rows.period and rows.period.last),
    ):
        if rows.period and wanted and wanted != is_so:
            days = f"{rows.period.first} to {rows.period.last or 'its last day'}"
            raise BadInput(f"{option}: the query of {path} was about {days}")
    return rows, Queried(results=path, results_sha256=digest)


class _Note:
    """Tells a person on a terminal how far a query has come."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream, self._clock = stream, clock
        self._begun = clock()
        self._told = self._begun - _BETWEEN

    def __call__(self, execution: Execution) -> None:
        now = self._clock()
        if now - self._told >= _BETWEEN or execution.state not in ("QUEUED", "RUNNING"):
            self._told = now
            state = printable(execution.state.lower())
            seconds = f"{now - self._begun:.0f} s"
            self.say(f"Athena: {state}, {size(execution.scanned)} scanned, {seconds}")

    def ended(self, execution_id: str, why: str) -> None:
        """Nobody waits for the query any more."""
        if why:
            self.say(f"Athena: query {execution_id} may go on: {printable(why)}")
        else:
            self.say(f"Athena: told to end query {execution_id}")

    def say(self, text: str) -> None:
        if self._stream.isatty():
            print(text, file=self._stream)


def size(count: int) -> str:
    """Bytes for people."""
    for unit, of_unit in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if count >= of_unit:
            return f"{count / of_unit:.1f} {unit}"
    return f"{count:,} bytes"


# --- what was given


def _asked(options: argparse.Namespace, period: Period, option: str) -> Asked:
    if not options.table:
        raise BadInput(f"{option}: which table? For example: --table default.cloudtrail")
    if period.first is None:
        raise BadInput(f"{option}: from which day on? Each day costs: --from 2026-10-01")
    for table in options.table:
        _named("--table", table, options.dialect)
    column = options.day_column
    if column and ("." in column or column != _named("--day-column", column, "athena")):
        raise BadInput(f"--day-column: found {quote(column)}, expected the name of a column")
    return Asked(
        tuple(dict.fromkeys(options.table)),
        period,
        _accounts(options),
        _regions(options),
        column,
        options.dialect,
    )


def _named(option: str, text: str, dialect: Any) -> str:
    try:
        table_name(text, dialect)
    except ValueError as error:
        raise BadInput(f"{option}: found {quote(text)}, {error}") from None
    return text


def _accounts(options: argparse.Namespace) -> tuple[str, ...]:
    return _values("--account", options.account, _ACCOUNT, "12 digits")


def _regions(options: argparse.Namespace) -> tuple[str, ...]:
    return _values("--region", options.region, _REGION, "a region, as us-gov-west-1")


def _values(
    option: str, given: list[str], shape: re.Pattern[str], expected: str
) -> tuple[str, ...]:
    for value in given:
        if not shape.fullmatch(value):
            raise BadInput(f"{option}: found {quote(value)}, expected {expected}")
    return tuple(sorted(set(given)))
