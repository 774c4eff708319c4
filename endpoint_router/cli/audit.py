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
import atexit
import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import botocore
from botocore.session import Session
from msgspec import Struct
from msgspec.structs import replace

from .._version import __version__
from ..audit.data import as_data
from ..audit.endpoints import own_endpoints
from ..audit.judging import Judge
from ..audit.reading import Read, Stopped, read
from ..audit.report import Report, report_of
from ..audit.sources import NO_FILES, Files, Period, find
from ..audit.teams import Teams
from ..discover.described import Endpoint
from ..policy.loaded import LoadedPolicy
from ..router import World
from ..sdk.activation.announcing import NO_POLICY, WAY_OUT, is_anything_written
from ..sdk.activation.installation import Installation
from ..survey.clients import collecting_rarely, read_quickly
from .audit_asking import answers, session_of, store_of, trails_of
from .audit_input import (
    AtRest,
    at_rest,
    check,
    endpoints_of,
    logs_of,
    period_of,
    share_of,
    teams_of,
)
from .audit_integrity import integrity_of, keys_in
from .audit_text import as_text
from .audit_words import headlines
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
    check(options)
    period = period_of(options.first, options.last)
    if options.ddl or options.sql:
        from .audit_athena import printed

        sys.stdout.write(printed(options, period))
        return 0
    wanted = share_of(options.require_evidence)
    with policy_named(options.policy) as policy:
        installation = Installation(policy, world=world or World(), environ=environ)
        loaded = installation.load(Session())
    if options.policy is None and not is_anything_written(loaded, environ):
        raise BadInput(f"{NO_POLICY}. {WAY_OUT}, or name a file by --policy.")
    basis = _Basis(
        loaded,
        installation,
        endpoints_of(options.endpoints),
        logs_of(options.decisions),
        teams_of(options.teams),
    )
    atexit.register(gc.freeze)  # to look for cycles in all this at the very end takes 0.1 s
    with answers(), collecting_rarely():
        trails = trails_of(options.trail, installation)
        report_of_source = _of_query if options.athena or options.results else _of_files
        report = report_of_source(options, period, basis)
        _print(replace(report, trails=trails), loaded, wanted, options)
    return _status(report, wanted)


class _Basis(Struct, frozen=True):
    """What calls are judged by."""

    loaded: LoadedPolicy
    #: Of that policy, for what AWS is asked.
    installation: Installation
    endpoints: Sequence[Endpoint]
    logged: Logged | None
    teams: Teams


def _of_files(options: argparse.Namespace, period: Period, basis: _Basis) -> Report:
    with at_rest(options.sources) as given:
        return _of_sources(given, options, period, basis)


def _of_sources(
    given: AtRest, options: argparse.Namespace, period: Period, basis: _Basis
) -> Report:
    keys = keys_in(options.public_keys)
    hashed = options.digests or keys is not None
    store = store_of(given.sources, basis.installation)
    files = find(given.sources, period, store, digests=hashed)
    if not files.logs and not files.bad:
        aside = [f"{count} {kind}" for kind, count in files.aside.items() if count]
        found = f" (set aside: {', '.join(aside)})" if aside else ""
        raise BadInput(f"no logs of CloudTrail there{found}".replace("_", " "))
    judge = _judge(basis)
    try:
        records = read(files, period, progress=progress, hashed=hashed, seen=judge.get_ready)
    except Stopped as error:
        raise BadInput(str(error)) from None
    records = replace(records, bad=given.named(records.bad))
    report = _judged(judge, files, records, period, basis)
    if not hashed:
        return report
    session = partial(session_of, basis.installation)
    return replace(report, integrity=integrity_of(files, records, period, keys, session))


def _of_query(options: argparse.Namespace, period: Period, basis: _Basis) -> Report:
    from .audit_athena import queried

    rows, asked = queried(options, period, partial(session_of, basis.installation))
    days = rows.period or period
    return replace(_judged(_judge(basis), NO_FILES, rows.read, days, basis), athena=asked)


def _judge(basis: _Basis) -> Judge:
    session = Session()
    read_quickly(session)
    return Judge(basis.loaded, own_endpoints(basis.loaded.parsed, basis.endpoints, ()), session)


def _judged(judge: Judge, files: Files, records: Read, period: Period, basis: _Basis) -> Report:
    loaded, teams = basis.loaded, basis.teams
    groups = (group for group, _ in records.groups)
    judge.own = own_endpoints(loaded.parsed, basis.endpoints, groups)
    judged = ((group, tally, judge.verdict(group)) for group, tally in records.groups)
    if basis.logged is None:
        return report_of(files, records, period, judged, teams=teams)
    from ..audit.decisions import compare

    kept, digest = list(judged), loaded.digest()
    decisions = compare(basis.logged, kept, judge.services, period=period, digest=digest)
    return report_of(files, records, period, kept, decisions=decisions, teams=teams)


def _print(
    report: Report, loaded: LoadedPolicy, wanted: float, options: argparse.Namespace
) -> None:
    told = {
        "digest": loaded.digest(),
        "mode": loaded.policy.mode,
        "sources": list(loaded.sources()),
    }
    versions = {"endpoint_router": __version__, "botocore": botocore.__version__}
    if options.json:
        print(json.dumps(as_data(report, policy=told, versions=versions), indent=2))
    elif options.csv:
        from .audit_csv import write_csv

        write_csv(report.calls, sys.stdout)
        for word, _, said in headlines(report, wanted):
            if word == "INCOMPLETE":  # no row of it says so
                print(f"endpoint-router: {word}: {said}", file=sys.stderr)
    elif options.html:
        from .audit_page import as_page

        sys.stdout.write(as_page(report, told, versions, wanted))
    else:
        print(as_text(report, told, wanted, Screen.of(), verbose=options.verbose))


def _status(report: Report, wanted: float) -> int:
    if not (report.complete and report.evidence_share):
        return 2
    too_little = wanted > report.evidence_share
    return 1 if report.verdicts["violates"] or too_little else 0
