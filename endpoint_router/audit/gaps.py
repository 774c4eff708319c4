"""Days, and those without records: of an account and region that has others. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from msgspec import Meta, Struct, field

from .counting import Tally
from .grouping import Group
from .sources import Period

#: ``2026-11-22``
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]

_ONE = datetime.timedelta(days=1)


class Stretch(Struct, frozen=True, forbid_unknown_fields=True):
    """First and last day."""

    first: Day = field(name="from")
    last: Day = field(name="to")

    def __contains__(self, day: str) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


class Gap(Struct, frozen=True, forbid_unknown_fields=True):
    """Days without records, where there are others."""

    account: str
    region: str
    days: Annotated[int, Meta(ge=1)]
    stretches: tuple[Stretch, ...]


def day_of(text: str) -> datetime.date | None:
    """The day that *text* is, as ``2026-11-22``; ``None`` where it is none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def span(days: Iterable[str], period: Period) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of *period*: of *days*, where it has no end.

    What is no day is left out. ``None``: there is none.
    """
    known = [day for day in map(day_of, days) if day]
    first = period.first or min(known, default=None)
    last = period.last or max(known, default=None)
    return (first, last) if first and last else None


def gaps_of(groups: Iterable[tuple[Group, Tally]], period: Period) -> tuple[Gap, ...]:
    """Where some of the days have no records."""
    seen: dict[tuple[str, str], set[str]] = {}
    for group, _ in groups:
        seen.setdefault((group.account, group.region), set()).add(group.day)
    ends = span(set().union(*seen.values()), period)
    if ends is None:
        return ()
    gaps = []
    for (account, region), days in sorted(seen.items()):
        known = sorted(day for day in map(day_of, days) if day)
        missing = list(_between(known, *ends)) if known else []
        if missing:
            count = sum((last - first).days + 1 for first, last in missing)
            stretches = tuple(Stretch(str(first), str(last)) for first, last in missing)
            gaps.append(Gap(account, region, count, stretches))
    return tuple(gaps)


def _between(
    known: Sequence[datetime.date], first: datetime.date, last: datetime.date
) -> Iterator[tuple[datetime.date, datetime.date]]:
    """The stretches from *first* to *last* around *known* days; these may be any number apart."""
    for day in known:
        if first < day:
            yield first, day - _ONE
        if day == last:
            return
        first = day + _ONE
    yield first, last
