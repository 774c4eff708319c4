"""Which days have no records, however odd the days are that some records say."""

from __future__ import annotations

import datetime
import gzip

import pytest

from endpoint_router.audit.counting import Grouped
from endpoint_router.audit.gaps import gaps_of, span
from endpoint_router.audit.ledger import Entries
from endpoint_router.audit.records import decode
from endpoint_router.audit.sources import Period
from tests.audit.made import packed, record

PERIOD = Period(datetime.date(2026, 11, 18), datetime.date(2026, 11, 25))


def gaps(period: Period, **days: str) -> dict[str, tuple[int, str]]:
    """By region, how many days and which ones; of records on *days* of November, by region."""
    records = [
        record(eventTime=f"{day if '-' in day else f'2026-11-{day}'}T10:00:00Z", awsRegion=region)
        for region, those in days.items()
        for day in those.split()
    ]
    grouped = Grouped()
    grouped.add(decode(gzip.decompress(packed(*records))), Entries())
    found = gaps_of([(group, tally) for _, group, tally in grouped.items()], period)
    return {gap.region: (gap.days, ", ".join(map(str, gap.stretches))) for gap in found}


def test_days_between_records() -> None:
    assert gaps(Period(), a="20 22 25 26", b="22 23") == {
        "a": (3, "2026-11-21, 2026-11-23 to 2026-11-24"),
        "b": (5, "2026-11-20 to 2026-11-21, 2026-11-24 to 2026-11-26"),
    }
    assert gaps(Period(), a="20 21 22") == gaps(Period()) == {}


def test_days_that_were_asked_for() -> None:
    assert gaps(PERIOD, a="20", b="18 19 20 21 22 23 24 25") == {
        "a": (7, "2026-11-18 to 2026-11-19, 2026-11-21 to 2026-11-25")
    }


@pytest.mark.parametrize("odd", ["2026-13-45", "2026-02-30", "0000-00-00"])
def test_what_is_no_day_hides_no_gap(odd: str) -> None:
    assert gaps(Period(), a=f"20 22 {odd}", b=odd) == {"a": (1, "2026-11-21")}
    assert span([odd, ""], Period()) is None


def test_days_that_are_far_apart() -> None:
    regions = {f"r{number}": "20" for number in range(1000)}
    found = gaps(Period(), first="0001-01-01", last="9999-12-31", **regions)
    assert len(found) == 1002  # in no time: nobody counts a day of those
    assert found["first"] == (3652058, "0001-01-02 to 9999-12-31")
    assert found["last"] == (3652058, "0001-01-01 to 9999-12-30")
