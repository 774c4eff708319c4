"""``endpoint-router audit``: reads what was asked, prints the report, tells the exit status.

0: all calls comply. 1: some violate the policy, or there is less evidence than wanted. 2: bad
input; a file that could not be read, of which the report names each, and stands for the rest; a
file that is not proven to be CloudTrail's, where that was asked; or nothing that shows where any
call went.

What is judged, and how, is :mod:`endpoint_router.audit`'s; the words for people are
:mod:`.audit_text`'s, the page is :mod:`.audit_page`'s.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import botocore
import msgspec
from botocore.session import Session

from .._version import __version__
from ..audit.endpoints import own_endpoints
from ..audit.judging import Judge
from ..audit.reading import Read, Stopped, read
from ..audit.report import Report, Row, as_data, report_of
from ..audit.services import Services
from ..audit.sources import Files, Period, Store, Unreadable, find, text_of
from ..audit.teams import Teams
from ..audit.teams import decode as teams_in
from ..discover.described import Endpoint, decode
from ..policy.loaded import LoadedPolicy
from ..policy.quoting import quote
from ..router import World
from ..sdk.activation.announcing import NO_POLICY, WAY_OUT, is_anything_written
from ..sdk.activation.install import Installation
from .audit_asking import answers, session_of, store_of, trails_of
from .audit_integrity import integrity_of, keys_in
from .audit_text import as_text
from .output import BadInput
from .policy_option import policy_named
from .progress import progress
from .screen import Screen

if TYPE_CHECKING:
    from ..audit.logged import Logged


def run_audit(
    options: argparse.Namespace,
    *,
    world: World | None = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Print the report that *options* ask for.

    :raises BadInput: what was given makes no sense, or there is nothing of CloudTrail's.
    :raises PolicyError: the policy cannot be used.
    """
    period = _period(options.first, options.last)
    _check_sources(options)
    if options.ddl or options.sql:
        from .audit_athena import printed

        sys.stdout.write(printed(options, period))
        return 0
    wanted = _share(options.require_evidence)
    session = Session()
    with policy_named(options.policy) as policy:
        installation = Installation(policy, world=world or World(), environ=environ)
        loaded = installation.load(session)
    if options.policy is None and not is_anything_written(loaded, environ):
        raise BadInput(f"{NO_POLICY}. {WAY_OUT}.")
    endpoints = [each for path in options.endpoints for each in _described(path)]
    logged = _decisions(options.decisions)
    teams = _teams(options.teams)
    keys = keys_in(options.public_keys)
    with answers():
        trails = trails_of(options.trail, installation)
        if options.athena is None and options.results is None:
            store = store_of(options.sources, installation)
            hashed = options.digests or keys is not None
            known = _read(options.sources, period, store, hashed=hashed)
            report = _report(known, period, loaded, endpoints, session, logged, teams)
            if hashed:
                whole = integrity_of(*known, period, keys, partial(session_of, installation))
                report = msgspec.structs.replace(report, integrity=whole)
        else:
            from .audit_athena import queried

            rows, asked = queried(options, period, environ=environ)
            known = Files((), {}, (), ()), rows.read
            days = rows.period or period
            report = _report(known, days, loaded, endpoints, session, logged, teams)
            report = msgspec.structs.replace(report, athena=asked)
    report = msgspec.structs.replace(report, trails=trails)
    told = {
        "digest": loaded.digest(),
        "mode": loaded.policy.mode,
        "sources": list(loaded.sources()),
    }
    if options.json:
        versions = {"endpoint_router": __version__, "botocore": botocore.__version__}
        print(json.dumps(as_data(report, policy=told, versions=versions), indent=2))
    elif options.csv:
        _print_csv(report.rows)
    elif options.html:
        from .audit_page import as_page

        sys.stdout.write(as_page(report, told, wanted))
    else:
        print(as_text(report, told, wanted, Screen.of(), verbose=options.verbose))
    return _status(report, wanted)


def _read(
    sources: Sequence[str], period: Period, store: Store | None, *, hashed: bool
) -> tuple[Files, Read]:
    files = find(sources, period, store, digests=hashed)
    if not files.logs and not files.bad:
        aside = [f"{count} {kind}" for kind, count in files.aside.items() if count]
        found = f" (set aside: {', '.join(aside)})" if aside else ""
        raise BadInput(f"no logs of CloudTrail there{found}".replace("_", " "))
    try:
        return files, read(files, period, progress=progress, hashed=hashed)
    except Stopped as error:
        raise BadInput(str(error)) from None


def _report(
    known: tuple[Files, Read],
    period: Period,
    loaded: LoadedPolicy,
    endpoints: Sequence[Endpoint],
    session: Session,
    logged: Logged | None,
    teams: Teams,
) -> Report:
    files, records = known
    groups = [group for group, _ in records.groups]
    own = own_endpoints(loaded.parsed, endpoints, groups)
    judge = Judge(loaded, own, session)
    judged = [(group, tally, judge.verdict(group)) for group, tally in records.groups]
    decisions = None
    if logged is not None:
        from ..audit.decisions import compare

        decisions = compare(
            logged, judged, Services(session), period=period, digest=loaded.digest()
        )
    return report_of(files, records, period, judged, decisions=decisions, teams=teams)


def _status(report: Report, wanted: float) -> int:
    if not (report.complete and report.evidence_share):
        return 2
    too_little = wanted > report.evidence_share
    return 1 if report.verdicts["violates"] or too_little else 0


def _print_csv(rows: Sequence[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
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


# --- what was given


#: What goes only with some of the ways to judge what a query counted.
_GOES_WITH = {
    "table": ("athena", "sql", "ddl"),
    "account": ("athena", "sql", "ddl"),
    "region": ("athena", "sql", "ddl"),
    "output": ("athena",),
    "location": ("ddl",),
}


def _check_sources(options: argparse.Namespace) -> None:
    """Either files are judged, or what a query counted."""
    ways = ("athena", "results", "sql", "ddl")
    way = next((name for name in ways if getattr(options, name)), None)
    if way and options.sources:
        raise BadInput(f"--{way} reads no files: {quote(options.sources[0])} does not go with it")
    if way and (options.digests or options.public_keys):
        raise BadInput(f"--digests verifies files, and --{way} reads none")
    for name, with_these in _GOES_WITH.items():
        if getattr(options, name) and way not in with_these:
            others = " or ".join(f"--{each}" for each in with_these)
            raise BadInput(f"--{name} goes with {others}")
    if not way and not options.sources:
        raise BadInput("which files? A directory of CloudTrail's, or --athena WORKGROUP --table T")


def _period(first: str | None, last: str | None) -> Period:
    period = Period(_day("--from", first), _day("--to", last))
    if period.first and period.last and period.first > period.last:
        raise BadInput(f"--from: {period.first} is after --to, {period.last}")
    return period


def _day(option: str, text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadInput(f"{option}: found {quote(text)}, expected a day, as 2026-10-01") from None


def _share(text: str | None) -> float:
    """0 where nobody wants any."""
    if text is None:
        return 0.0
    percent = text.endswith("%")
    try:
        share = float(text.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        found = f"--require-evidence: found {quote(text)}"
        raise BadInput(f"{found}, expected a share, as 0.9 or 90%")
    return share


def _decisions(logs: Sequence[str]) -> Logged | None:
    """What the logs say; ``None`` where none was named."""
    if not logs:
        return None
    from ..audit.logged import Logged
    from .logs import read_logs

    logged = Logged(len(logs))
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    logged.reading = read_logs(logs, stdin, logged.note)
    return logged


def _described(path: str) -> tuple[Endpoint, ...]:
    try:
        described = decode(text_of(path))
    except (Unreadable, ValueError) as error:
        wanted = "what aws ec2 describe-vpc-endpoints prints as JSON"
        raise BadInput(f"--endpoints: {path}: {error}; expected {wanted}") from None
    return described.VpcEndpoints or ()


def _teams(path: str | None) -> Teams:
    if path is None:
        return Teams()
    try:
        return teams_in(text_of(path))
    except (Unreadable, ValueError) as error:
        raise BadInput(f"--teams: {path}: {error}") from None
