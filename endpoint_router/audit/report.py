"""What an audit shows, as values: scope, verdicts, and a row for whatever can be told apart. Pure.

The keys of :func:`as_data` are public: ``docs/reference/command-line.md`` tells them. The same
records, policy and versions give the same report, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .gaps import Gap, gaps_of
from .grouping import Group, Tally
from .integrity import Integrity
from .judging import Verdict
from .reading import Read
from .sources import Files, Period
from .teams import Teams
from .trail import Trail

if TYPE_CHECKING:
    from .decisions import Compared

#: Of evidence's share: behind the point.
_DIGITS = 6
#: Second records of calls that others show: they prove a path, and are no calls of their own.
_SECOND = "network-activity"


class Row(Struct, order=True):
    """Calls that are alike in all but day and operation."""

    account: str
    application: str
    principal: str
    service: str
    region: str
    host: str
    endpoint: str
    endpoint_owner: str
    path: str
    tls: str
    category: str
    caller: str
    labelled: bool
    verdict: str
    #: Of no evidence, and of no application, its kind; of a violation, its code.
    kind: str
    rule: str
    reason: str
    operations: tuple[str, ...] = ()
    count: int = 0
    first: str = ""
    last: str = ""
    #: Of the first.
    event_id: str = ""


class Culprit(Struct):
    """Who made calls that violate the policy."""

    account: str
    application: str
    principal: str
    #: Of no team that is known: empty.
    team: str = ""
    count: int = 0
    rows: tuple[Row, ...] = ()


class Queried(Struct, frozen=True):
    """Where a query counted the records, and no files were read here."""

    query_execution_id: str | None = None
    work_group: str | None = None
    tables: tuple[str, ...] = ()
    #: Only these, if any are named.
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    bytes_scanned: int | None = None
    #: Of what ``--sql`` prints.
    sql_sha256: str | None = None
    #: The file that the rows came from, if somebody else ran it.
    results: str | None = None
    results_sha256: str | None = None


class Report(Struct, frozen=True):
    """All of it."""

    files: Files
    read: Read
    period: Period
    rows: tuple[Row, ...]
    verdicts: Mapping[str, int]
    #: By kind.
    no_evidence: Mapping[str, int]
    categories: Mapping[str, int]
    #: By day, by verdict.
    days: Mapping[str, Mapping[str, int]]
    gaps: tuple[Gap, ...]
    #: Of the period, in order; those between the first and the last record where it has no end.
    all_days: int
    culprits: tuple[Culprit, ...]
    athena: Queried | None = None
    #: Held against decision logs, where some were given.
    decisions: Compared | None = None
    #: Those that were asked about.
    trails: tuple[Trail, ...] = ()
    #: ``None``: nobody asked.
    integrity: Integrity | None = None

    @property
    def counted(self) -> int:
        """Records that were judged or told apart: each counts once."""
        return sum(self.verdicts.values())

    @property
    def complete(self) -> bool:
        """Was everything read that was named, is there anything in it, and is it as delivered?"""
        whole = self.integrity is None or self.integrity.proven
        return whole and not self.read.bad and bool(self.counted)

    @property
    def evidence_share(self) -> float | None:
        """Of an application's calls, the part that says where it went; ``None`` without calls."""
        shown = self.verdicts["complies"] + self.verdicts["violates"]
        without = self.verdicts["no-evidence"] - self.no_evidence.get(_SECOND, 0)
        return round(shown / (shown + without), _DIGITS) if shown + without else None

    @property
    def accounts(self) -> tuple[str, ...]:
        """With records."""
        return tuple(sorted({group.account for group, _ in self.read.groups if group.account}))

    @property
    def regions(self) -> tuple[str, ...]:
        """With records."""
        return tuple(sorted({group.region for group, _ in self.read.groups if group.region}))


def report_of(
    files: Files,
    read: Read,
    period: Period,
    judged: Iterable[tuple[Group, Tally, Verdict]],
    *,
    decisions: Compared | None = None,
    teams: Teams = Teams(),  # noqa: B008 - frozen
) -> Report:
    """The report about *judged* groups, which are those of *read*."""
    verdicts = dict.fromkeys(("complies", "violates", "no-evidence", "not-application"), 0)
    kinds: Counter[str] = Counter()
    categories = dict.fromkeys(("Management", "Data", "NetworkActivity"), 0)
    days: dict[str, dict[str, int]] = {}
    rows: dict[tuple[object, ...], Row] = {}
    for group, tally, verdict in judged:
        verdicts[verdict.name] += tally.count
        if verdict.name == "no-evidence":
            kinds[verdict.kind] += tally.count
        categories[group.category] = categories.get(group.category, 0) + tally.count
        of_day = days.setdefault(group.day, dict.fromkeys(verdicts, 0))
        of_day[verdict.name] += tally.count
        _add(rows, group, tally, verdict)
    sorted_rows = tuple(sorted(rows.values(), key=_worst_first))
    period_days, gaps = gaps_of(read.groups, period)
    return Report(
        files,
        read,
        period,
        sorted_rows,
        verdicts,
        dict(sorted(kinds.items())),
        categories,
        dict(sorted(days.items())),
        gaps,
        period_days,
        _culprits(sorted_rows, teams),
        decisions=decisions,
    )


def _add(rows: dict[tuple[object, ...], Row], group: Group, tally: Tally, verdict: Verdict) -> None:
    first, event_id = tally.first
    row = Row(
        group.account,
        group.application,
        group.principal,
        group.source,
        group.region,
        group.host,
        group.endpoint,
        group.endpoint_owner,
        verdict.path,
        group.tls,
        group.category,
        group.caller,
        group.labelled,
        verdict.name,
        verdict.kind,
        verdict.rule,
        verdict.reason,
        (group.operation,),
        tally.count,
        first,
        tally.last,
        event_id,
    )
    key = msgspec.structs.astuple(row)[:17]
    known = rows.setdefault(key, row)
    if known is not row:
        known.operations = tuple(sorted({*known.operations, group.operation}))
        known.count += tally.count
        known.first, known.event_id = min((known.first, known.event_id), tally.first)
        known.last = max(known.last, tally.last)


_ORDER = ("violates", "no-evidence", "complies", "not-application")


def _worst_first(row: Row) -> tuple[int, int, Row]:
    return _ORDER.index(row.verdict), -row.count, row


def _culprits(rows: Iterable[Row], teams: Teams) -> tuple[Culprit, ...]:
    known: dict[tuple[str, str, str], Culprit] = {}
    for row in rows:
        if row.verdict == "violates":
            who = (row.account, row.application, row.principal)
            if who not in known:
                team = teams.of(row.account, row.principal, row.application)
                known[who] = Culprit(*who, team)
            culprit = known[who]
            culprit.count += row.count
            culprit.rows += (row,)
    return tuple(
        sorted(known.values(), key=lambda each: (-each.count, each.account, each.principal))
    )
