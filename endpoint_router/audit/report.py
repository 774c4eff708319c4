"""What an audit shows, as values: scope, verdicts, and a row for whatever can be told apart. Pure.

The keys of :func:`as_data` are public: ``docs/reference/command-line.md`` tells them. The same
records, policy and versions give the same report, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, get_args

from msgspec import Meta, Struct

from .counting import Tally
from .endpoints import Path
from .gaps import Gap, gaps_of, span
from .grouping import Caller, Group
from .integrity import Integrity
from .judging import Name, Verdict
from .reading import Read
from .sources import Files, Period
from .teams import NO_TEAMS, Teams
from .trail import Trail

if TYPE_CHECKING:
    from .decisions import Compared

#: Parts that evidence's share is told in.
_PARTS = 10**6
#: Second records of calls that others show: they prove a path, and are no calls of their own.
_SECOND = "network-activity"


class Call(Struct, order=True, forbid_unknown_fields=True):
    """Calls that are alike in all but day and operation."""

    account: str
    application: str
    principal: str
    service: str
    region: str
    host: str
    endpoint: str
    endpoint_owner: str
    path: Path
    tls: str
    category: str
    caller: Caller
    labelled: bool
    verdict: Name
    kind: Annotated[
        str,
        Meta(description="Of a violation its code; of others, why they are none."),
    ]
    rule: str
    reason: str
    operations: tuple[str, ...]
    count: Annotated[int, Meta(ge=0)]
    first: str
    last: str
    event_id: Annotated[str, Meta(description="Of the first.")]


class Culprit(Struct):
    """Who made calls that violate the policy."""

    account: str
    application: str
    principal: str
    #: Of no team that is known: empty.
    team: str = ""
    count: int = 0
    calls: list[Call] = []


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
    #: Violations first.
    calls: tuple[Call, ...]
    verdicts: Mapping[str, int]
    #: By kind.
    no_evidence: Mapping[str, int]
    categories: Mapping[str, int]
    #: By day, by verdict.
    days: Mapping[str, Mapping[str, int]]
    gaps: tuple[Gap, ...]
    #: First and last day of the period: of a record, where it has no end; ``None`` without either.
    span: tuple[date, date] | None
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
    def all_days(self) -> int:
        """How many days it is about."""
        return (self.span[1] - self.span[0]).days + 1 if self.span else 0

    @property
    def complete(self) -> bool:
        """Was everything read that was named, is there anything in it, and is it as delivered?"""
        whole = self.integrity is None or self.integrity.proven
        return whole and not self.read.bad and bool(self.counted)

    @property
    def evidence_share(self) -> float | None:
        """Of an application's calls, the part that says where it went; ``None`` without calls.

        Rounded down, so that it is 1 only where all do, and 0 only where none does.
        """
        shown = self.verdicts["complies"] + self.verdicts["violates"]
        without = self.verdicts["no-evidence"] - self.no_evidence.get(_SECOND, 0)
        parts = max(bool(shown), shown * _PARTS // max(shown + without, 1))
        return parts / _PARTS if shown + without else None

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
    teams: Teams = NO_TEAMS,
) -> Report:
    """The report about *judged* groups, which are those of *read*."""
    verdicts = dict.fromkeys(get_args(Name), 0)
    kinds: Counter[str] = Counter()
    categories = dict.fromkeys(("Management", "Data", "NetworkActivity"), 0)
    days: dict[str, dict[str, int]] = {}
    calls: dict[tuple[object, ...], Call] = {}
    for group, tally, verdict in judged:
        verdicts[verdict.name] += tally.count
        if verdict.name == "no-evidence":
            kinds[verdict.kind] += tally.count
        categories[group.category] = categories.get(group.category, 0) + tally.count
        of_day = days.setdefault(group.day, dict.fromkeys(verdicts, 0))
        of_day[verdict.name] += tally.count
        _add(calls, group, tally, verdict)
    sorted_calls = tuple(sorted(calls.values(), key=_worst_first))
    return Report(
        files,
        read,
        period,
        sorted_calls,
        verdicts,
        dict(sorted(kinds.items())),
        categories,
        dict(sorted(days.items())),
        gaps_of(read.groups, period),
        span(days, period),
        _culprits(sorted_calls, teams),
        decisions=decisions,
    )


def _add(
    calls: dict[tuple[object, ...], Call], group: Group, tally: Tally, verdict: Verdict
) -> None:
    alike = (
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
    )
    first, event_id = tally.first
    call = calls.get(alike)
    if call is None:
        call = calls[alike] = Call(*alike, (), 0, first, tally.last, event_id)
    if group.operation not in call.operations:
        call.operations = tuple(sorted((*call.operations, group.operation)))
    call.count += tally.count
    call.first, call.event_id = min((call.first, call.event_id), tally.first)
    call.last = max(call.last, tally.last)


_ORDER = ("violates", "no-evidence", "complies", "not-application")


def _worst_first(call: Call) -> tuple[int, int, Call]:
    return _ORDER.index(call.verdict), -call.count, call


def _culprits(calls: Iterable[Call], teams: Teams) -> tuple[Culprit, ...]:
    known: dict[tuple[str, str, str], Culprit] = {}
    for call in calls:
        if call.verdict == "violates":
            who = (call.account, call.application, call.principal)
            if who not in known:
                team = teams.of(call.account, call.principal, call.application)
                known[who] = Culprit(*who, team)
            culprit = known[who]
            culprit.count += call.count
            culprit.calls.append(call)
    return tuple(
        sorted(known.values(), key=lambda each: (-each.count, each.account, each.principal))
    )
