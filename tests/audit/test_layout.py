"""Which part of a bucket is looked at for the days asked for."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.audit.layout import Asked
from endpoint_router.audit.sources import Period

DAY = datetime.timedelta(days=1)
ACCOUNT = "AWSLogs/111122223333"
TRAIL = f"{ACCOUNT}/CloudTrail/us-gov-west-1/"
NOVEMBER = Period(datetime.date(2026, 11, 19), datetime.date(2026, 11, 20))


def key(day: datetime.date, below: str = TRAIL) -> str:
    return f"{below}{day.isoformat().replace('-', '/')}/a.json.gz"


days = st.dates(datetime.date(2019, 12, 25), datetime.date(2021, 1, 5))
anything = st.sampled_from(
    ["", "logs/", "o-abc123/", "2020/01/01/", "CloudTrail/us-east-1/", "AWSLogs/o-abc123/"]
)


@given(days, st.none() | days, st.none() | days, anything)
def test_what_is_looked_at_is_what_may_hold_the_days(
    day: datetime.date, first: datetime.date | None, last: datetime.date | None, below: str
) -> None:
    period = Period(first, last)
    asked = Asked(period)
    name = key(day, below + TRAIL)
    wanted = (not first or day >= first) and (not last or day <= last + DAY)
    assert wanted == (asked.kind(name) == "")
    folders = [f"{below}{TRAIL}{name[len(below + TRAIL) :][:end]}" for end in (5, 8, 11)]
    # From a folder of whatever depth: a list between the bounds, or the next folder.
    for folder in folders:
        part = asked.days(folder)
        assert part is not None
        assert wanted == (part.after < name and not (part.before and name >= part.before))
        assert asked.is_worth(folder) >= wanted
    assert asked.is_worth(folders[-1]) == wanted


@pytest.mark.parametrize(
    ("folder", "is_worth"),
    [
        ("AWSLogs/", True),
        (f"{ACCOUNT}/CloudTrail/", True),
        (f"{ACCOUNT}/CloudTrail-NetworkActivity/", True),
        (f"{ACCOUNT}/CloudTrail-Insight/", False),
        (f"{ACCOUNT}/CloudTrail-Digest/", False),
        (f"{ACCOUNT}/Config/", False),
        ("AWSLogs/o-abc123/111122223333/vpcflowlogs/", False),
        (TRAIL, True),
        (f"{TRAIL}2025/", False),
        (f"{TRAIL}2026/", True),
        (f"{TRAIL}2027/", False),
        # Of a copy that is laid out otherwise only whole days are known.
        ("copies/2026/", True),
        ("copies/2026/11/20/", True),
        ("copies/2026/11/23/", False),
    ],
)
def test_folders(folder: str, is_worth: bool) -> None:
    assert Asked(NOVEMBER).is_worth(folder) == is_worth


def test_digests_of_a_day_more_where_they_are_wanted() -> None:
    asked = Asked(NOVEMBER, digests=True)
    region = f"{ACCOUNT}/CloudTrail-Digest/us-gov-west-1/"
    assert asked.is_worth(f"{ACCOUNT}/CloudTrail-Digest/")
    part = asked.days(f"{region}2026/")
    assert part is not None
    assert (part.after, part.before) == (f"{region}2026/11/19/", f"{region}2026/11/23")
    assert asked.kind(key(datetime.date(2026, 11, 22), region)) == "digests"
    assert asked.kind(key(datetime.date(2026, 11, 23), region)) == "other_days"


def test_the_last_day_of_all() -> None:
    ever = Asked(Period(None, datetime.date.max), digests=True)
    part = ever.days(f"{TRAIL}9999/")
    assert part is not None
    assert (part.after, part.before) == ("", "")
    assert ever.kind(key(datetime.date.max)) == ""
