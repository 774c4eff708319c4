"""How CloudTrail lays out a bucket: which folders are worth a look, and where days begin. Pure.

``[prefix/]AWSLogs/[o-ORG/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/…``: below a region, the order of
keys is that of their days.
"""

from __future__ import annotations

import datetime
import re

from msgspec import Struct

from .sources import Period, set_aside

#: A folder of days, whole or in part: ``…/CloudTrail/us-east-1/2026/``.
_DAYS = re.compile(
    r"((?:.*/)?CloudTrail(?:-\w+)?/[^/]+/)\d{4}/(?:\d\d/(?:\d\d/)?)?", re.ASCII | re.DOTALL
)


class Range(Struct, frozen=True):
    """Keys of a folder, in their order."""

    #: They come after this one; empty where all do.
    after: str
    #: They come before this one; empty where all do.
    before: str


class Asked(Struct, frozen=True):
    """What is to be found."""

    period: Period
    #: Are digests wanted?
    digests: bool = False

    def days(self, folder: str) -> Range | None:
        """The part of *folder* that holds the days asked for, where it is a folder of days.

        :param folder: ends with a slash.
        """
        match = _DAYS.fullmatch(folder)
        if match is None:
            return None
        first, last = self._period(folder).deliveries()
        after = f"{match[1]}{_path(first)}/" if first else ""
        following = last and last < datetime.date.max and last + datetime.timedelta(days=1)
        return Range(after, f"{match[1]}{_path(following)}" if following else "")

    def is_worth(self, folder: str) -> bool:
        """May there be anything in *folder*, which ends with a slash?"""
        kind = self.kind(f"{folder}a")
        if kind and not (kind == "digests" and self.digests):
            return False
        days = self.days(folder)
        if days is None:
            return True
        # What it may hold begins with its name: neither all before the first nor after the last.
        is_over = days.before and folder >= days.before
        return not (is_over or (folder < days.after and not days.after.startswith(folder)))

    def kind(self, key: str, named: bool = False) -> str:
        """As :func:`.sources.set_aside`; digests of other days are no digests."""
        kind = set_aside(key, named, self.period)
        if kind == "digests" and not (named or self._period(key).may_hold(key)):
            return "other_days"
        return kind

    def _period(self, path: str) -> Period:
        """The last files of a day may stand in a digest of the day after."""
        last = self.period.last
        if "CloudTrail-Digest" in path and last and last < datetime.date.max:
            return Period(self.period.first, last + datetime.timedelta(days=1))
        return self.period


def _path(day: datetime.date) -> str:
    return day.isoformat().replace("-", "/")
