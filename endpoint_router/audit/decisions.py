"""Decision logs against CloudTrail: what was sent and is not recorded, and the reverse. Pure.

Nothing names one call in both: a log's lines are counts. So calls of the days that both cover are
matched by number (:mod:`.matching`). What is left on either side is told, with what is known of its
cause. It violates nothing by itself: whether a call went where it may is :mod:`.judging`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..aws.cloudtrail import is_data_event
from ..aws.hosts import region_of
from .grouping import Group, Tally
from .judging import Verdict
from .logged import Day, Logged, PolicyInLogs, Refused, Sent
from .matching import BASES, Basis, Left, Recorded, match, recorded
from .services import Services
from .sources import Period

#: Of these somebody's calls did pass the router, or were refused by it.
ROUND: frozenset[Basis] = frozenset(("label", "role", "refused"))
#: Why calls may not be recorded: nothing is of that region; data events that the trail has none of;
#: nothing is of that service; some are. Else it is not known.
Cause = Literal["region", "data-events", "service", "fewer", "unknown"]


class Unrecorded(Struct, frozen=True):
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


class Unlogged(Struct):
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


class Compared(Struct, frozen=True):
    """What comes of it."""

    logs: int
    lines: int
    broken: int
    #: Lines of a version that is not known here.
    unknown: int
    #: First and last day that both cover; ``None`` where there is none.
    days: tuple[str, str] | None
    sent: int
    #: Of those, how many are recorded.
    matched: int
    refused: int
    unverified: int
    presigned: int
    elsewhere: int
    #: Calls in lines of other days.
    other_days: int
    #: Records with the router's label, and those of them that no log has.
    labelled: int
    labelled_unlogged: int
    unrecorded: tuple[Unrecorded, ...]
    unlogged: tuple[Unlogged, ...]
    #: The judged one first.
    policies: tuple[PolicyInLogs, ...]

    def round(self) -> tuple[Unlogged, ...]:
        """What went round the router."""
        return tuple(each for each in self.unlogged if each.basis in ROUND)

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        first, last = self.days or (None, None)
        return {**data, "days": {"from": first, "to": last}}


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
    first, last = days or ("~", "")
    here = [day for at, day in logged.days.items() if first <= at <= last]
    sent: Counter[Sent] = sum((day.sent for day in here), Counter())
    refused: Counter[Refused] = sum((day.refused for day in here), Counter())
    every = [recorded(*each, services) for each in known if first <= each[0].day <= last]
    left = Left(sent)
    rest = match(every, left)
    labelled = [calls for calls in every if calls.group.labelled]
    numbers = sum((Counter(_numbers(day)) for day in here), Counter[str]())
    all_calls = sum(sum(_numbers(day).values()) for day in logged.days.values())
    return Compared(
        logs=logged.logs,
        lines=logged.reading.lines,
        broken=logged.reading.broken,
        unknown=sum(logged.reading.versions.values()),
        days=days,
        sent=numbers["sent"],
        matched=numbers["sent"] - sum(left.counts.values()),
        refused=numbers["refused"],
        unverified=numbers["unverified"],
        presigned=numbers["presigned"],
        elsewhere=numbers["elsewhere"],
        other_days=all_calls - sum(numbers.values()),
        labelled=sum(calls.tally.count for calls in labelled),
        labelled_unlogged=sum(calls.left for calls in labelled),
        unrecorded=_unrecorded(sent, left.counts, every),
        unlogged=_rows(_with_refusals(rest, refused)),
        policies=_policies(here, digest),
    )


def _common_days(logged: Logged, recorded: Sequence[str], period: Period) -> tuple[str, str] | None:
    """The days that both cover. What is logged after the last record's day may be of that day."""
    if not logged.days or not recorded:
        return None
    first = max(min(logged.days), str(period.first or min(recorded)))
    last = min(max(logged.days), str(period.last or max(recorded)))
    return (first, last) if first <= last else None


def _numbers(day: Day) -> dict[str, int]:
    return {
        "sent": sum(day.sent.values()),
        "refused": sum(day.refused.values()),
        "unverified": day.unverified,
        "presigned": day.presigned,
        "elsewhere": day.elsewhere,
    }


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


def _rows(found: Iterable[tuple[Basis, Recorded, set[str]]]) -> tuple[Unlogged, ...]:
    """A row for what differs in more than day and operation."""
    rows: dict[tuple[str, ...], Unlogged] = {}
    for basis, calls, codes in found:
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


def _policies(days: Iterable[Day], digest: str) -> tuple[PolicyInLogs, ...]:
    known: dict[str, PolicyInLogs] = {}
    for day in days:
        for each in day.policies.values():
            policy = known.setdefault(each.digest, PolicyInLogs(each.digest, each.digest == digest))
            policy.add(each.calls, each.applications, each.sources)
    return tuple(
        sorted(known.values(), key=lambda each: (not each.judged, -each.calls, each.digest))
    )
