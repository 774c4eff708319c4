"""Decision logs against CloudTrail: what was sent and is not recorded, and the reverse. Pure.

Nothing names one call in both: a log's lines are counts. So calls of the days that both cover are
matched by number (:mod:`.matching`). What is left on either side is told, with what is known of its
cause. It violates nothing by itself: whether a call went where it may is :mod:`.judging`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..aws.cloudtrail import is_data_event
from ..aws.hosts import region_of
from .counting import Tally
from .gaps import Stretch, span
from .grouping import Group
from .judging import Verdict
from .logged import Fate, Logged, LoggedDay, PolicyInLogs, Refused, Sent
from .matching import BASES, Basis, Recorded, match, recorded
from .services import Services
from .sources import Period

#: Of these somebody's calls did pass the router, or were refused by it.
ROUND: frozenset[Basis] = frozenset(("label", "role", "refused"))
#: Why calls may not be recorded: nothing is of that region; data events that the trail has none of;
#: nothing is of that service; some are. Else it is not known.
Cause = Literal["region", "data-events", "service", "fewer", "unknown"]


class Unrecorded(Struct, frozen=True, forbid_unknown_fields=True):
    """Calls that the logs have as sent, and CloudTrail does not show."""

    service: str
    operation: str
    region: str
    host: str
    #: As far as logs name them.
    applications: tuple[str, ...]
    count: int
    #: By the logs, and of those in the records.
    sent: int
    recorded: int
    cause: Cause


class Unlogged(Struct, forbid_unknown_fields=True):
    """Calls that CloudTrail shows, and no log accounts for."""

    basis: Basis
    account: str
    principal: str
    application: str
    service: str
    region: str
    host: str
    operations: tuple[str, ...] = ()
    count: int = 0
    #: That many of them violate the policy.
    violations: int = 0
    #: Codes of refusals of such calls in the logs.
    refused: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    #: Of the first.
    event_id: str = ""


class Compared(Struct, frozen=True, forbid_unknown_fields=True):
    """Decision logs against CloudTrail."""

    logs: int
    lines: int
    broken: int
    unknown: Annotated[int, Meta(description="Lines of a version that is not known here.")]
    days: Annotated[Stretch | None, Meta(description="That both cover; null: there is none.")]
    sent: int
    matched: Annotated[int, Meta(description="Of those sent, how many are recorded.")]
    refused: int
    unverified: int
    presigned: int
    elsewhere: int
    other_days: Annotated[int, Meta(description="Calls in lines of other days.")]
    labelled: Annotated[int, Meta(description="Records with the router's label.")]
    labelled_unlogged: Annotated[int, Meta(description="Those of them that no log has.")]
    unrecorded: Annotated[tuple[Unrecorded, ...], Meta(description="Sent, and not recorded.")]
    unlogged: Annotated[tuple[Unlogged, ...], Meta(description="Recorded, and in no log.")]
    policies: Annotated[tuple[PolicyInLogs, ...], Meta(description="The judged one first.")]

    def round(self) -> tuple[Unlogged, ...]:
        """What went round the router."""
        return tuple(each for each in self.unlogged if each.basis in ROUND)


def compare(
    logged: Logged,
    judged: Iterable[tuple[Group, Tally, Verdict]],
    services: Services,
    *,
    period: Period,
    digest: str,
) -> Compared:
    """Hold *logged* against the records of *judged* groups.

    :param services: of botocore's data.
    :param digest: of the policy that was judged under.
    """
    known = [
        each
        for each in judged
        # Network activity is a second record of a call.
        if each[0].caller == "application" and each[0].category != "NetworkActivity"
    ]
    days = _common_days(logged, [group.day for group, _, _ in known if group.day], period)
    here = [day for at, day in logged.days.items() if days and at in days]
    calls: Counter[Fate] = Counter()
    sent: Counter[Sent] = Counter()
    refused: Counter[Refused] = Counter()
    for day in here:
        calls.update(day.calls)
        sent.update(day.sent)
        refused.update(day.refused)
    every = [recorded(*each, services) for each in known if days and each[0].day in days]
    rest, left = match(every, sent)
    labelled = [each for each in every if each.group.labelled]
    return Compared(
        logs=logged.logs,
        lines=logged.reading.lines,
        broken=logged.reading.broken,
        unknown=sum(logged.reading.versions.values()),
        days=days,
        sent=calls["sent"],
        matched=calls["sent"] - left.total(),
        refused=calls["refused"],
        unverified=calls["unverified"],
        presigned=calls["presigned"],
        elsewhere=calls["elsewhere"],
        other_days=sum(day.calls.total() for day in logged.days.values()) - calls.total(),
        labelled=sum(each.tally.count for each in labelled),
        labelled_unlogged=sum(each.left for each in labelled),
        unrecorded=_unrecorded(sent, left, every),
        unlogged=_rows(_with_refusals(rest, refused)),
        policies=_policies(here, digest),
    )


def _common_days(logged: Logged, recorded: Sequence[str], period: Period) -> Stretch | None:
    """What is logged after the last record's day is left out: it may be of that day."""
    ends = span(recorded, period) if recorded else None
    if not logged.days or ends is None:
        return None
    first, last = max(min(logged.days), str(ends[0])), min(max(logged.days), str(ends[1]))
    return Stretch(first, last) if first <= last else None


# --- what is recorded, and in no log


def _with_refusals(
    rest: Iterable[tuple[Basis, Recorded]], refused: Counter[Refused]
) -> Iterator[tuple[Basis, Recorded, set[str]]]:
    """Each with the codes under which the logs have such calls as refused."""
    known: dict[tuple[str, str, str], list[Refused]] = {}
    for each in refused:
        known.setdefault((each.service, each.operation, each.region), []).append(each)
    for basis, calls in rest:
        codes = {
            each.code
            for client in calls.clients
            for each in known.get((client, calls.operation, calls.group.region), ())
            if calls.application in ("", each.application) or not each.application
        }
        yield "refused" if codes and basis == "nobody" else basis, calls, codes


def _rows(rest: Iterable[tuple[Basis, Recorded, set[str]]]) -> tuple[Unlogged, ...]:
    """A row for what differs in more than day and operation."""
    rows: dict[tuple[str, ...], Unlogged] = {}
    for basis, calls, codes in rest:
        group = calls.group
        who = (group.account, group.principal, group.application)
        place = (group.source, group.region, group.host)
        row = rows.setdefault((basis, *who, *place), Unlogged(basis, *who, *place))
        first = (row.first, row.event_id) if row.first else calls.tally.first
        row.operations = tuple(sorted({*row.operations, group.operation}))
        row.refused = tuple(sorted({*row.refused, *codes}))
        row.count += calls.left
        row.violations += calls.left if calls.verdict.name == "violates" else 0
        row.first, row.event_id = min(first, calls.tally.first)
        row.last = max(row.last, calls.tally.last)
    return tuple(
        sorted(
            rows.values(),
            key=lambda row: (BASES.index(row.basis), -row.violations, -row.count, row.host),
        )
    )


# --- what is logged as sent, and not recorded


def _unrecorded(
    sent: Counter[Sent], left: Counter[Sent], every: Sequence[Recorded]
) -> tuple[Unrecorded, ...]:
    regions = {calls.group.region for calls in every}
    services = {client for calls in every for client in calls.clients}
    of_data = {
        client for calls in every if calls.group.category == "Data" for client in calls.clients
    }

    def cause(each: Sent, recorded: int) -> Cause:
        if (each.region or region_of(each.host)) not in regions:
            return "region"
        if is_data_event(each.service, each.operation) and each.service not in of_data:
            return "data-events"
        if each.service not in services:
            return "service"
        return "fewer" if recorded else "unknown"

    rows = []
    alike: dict[tuple[str, str, str, str], list[Sent]] = {}
    for each in sorted(sent):
        alike.setdefault((each.service, each.operation, each.region, each.host), []).append(each)
    for place, members in alike.items():
        missing = sum(left[each] for each in members)
        if not missing:
            continue
        total = sum(sent[each] for each in members)
        names = tuple(each.application for each in members if left[each] and each.application)
        why = cause(members[0], total - missing)
        service, operation, region, host = place
        numbers = (missing, total, total - missing)
        rows.append(Unrecorded(service, operation, region, host, names, *numbers, why))
    return tuple(sorted(rows, key=lambda row: (-row.count, row.service, row.host, row.operation)))


def _policies(days: Iterable[LoggedDay], digest: str) -> tuple[PolicyInLogs, ...]:
    known: dict[str, PolicyInLogs] = {}
    for day in days:
        for each in day.policies.values():
            policy = known.setdefault(each.digest, PolicyInLogs(each.digest, each.digest == digest))
            policy.add(each.calls, each.applications, each.sources)
    return tuple(
        sorted(known.values(), key=lambda each: (not each.judged, -each.calls, each.digest))
    )
