"""Days without records: of an account and region that has others. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from msgspec import Struct

from .grouping import Group, Tally
from .sources import Period


class Gap(Struct, frozen=True):
    """Days on which an account has no records in a region where it has others."""

    account: str
    region: str
    #: First and last day of each stretch.
    stretches: tuple[tuple[str, str], ...]
    days: int


def span(days: Iterable[str], period: Period) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of *period*: of *days*, where it has no end.

    ``None``: there is no day, or one that is none.
    """
    known = sorted(days)
    try:
        first = period.first or datetime.date.fromisoformat(known[0])
        last = period.last or datetime.date.fromisoformat(known[-1])
    except (IndexError, ValueError):
        return None
    return first, last


def every_day(first: datetime.date, last: datetime.date) -> list[str]:
    """From *first* to *last*."""
    return [str(first + datetime.timedelta(days=at)) for at in range((last - first).days + 1)]


def gaps_of(groups: Sequence[tuple[Group, Tally]], period: Period) -> tuple[int, tuple[Gap, ...]]:
    """How many days there are, and where some of them have no records."""
    seen: dict[tuple[str, str], set[str]] = {}
    for group, _ in groups:
        if group.day:
            seen.setdefault((group.account, group.region), set()).add(group.day)
    ends = span(set().union(*seen.values()), period)
    if ends is None:
        return 0, ()
    every = every_day(*ends)
    gaps = []
    for (account, region), days in sorted(seen.items()):
        missing = [day for day in every if day not in days]
        if missing:
            gaps.append(Gap(account, region, tuple(_stretches(missing, every)), len(missing)))
    return len(every), tuple(gaps)


def _stretches(missing: Sequence[str], every: Sequence[str]) -> Iterable[tuple[str, str]]:
    position = {day: at for at, day in enumerate(every)}
    begun = missing[0]
    for day, following in zip(missing, [*missing[1:], ""], strict=True):
        if not following or position[following] != position[day] + 1:
            yield begun, day
            begun = following
