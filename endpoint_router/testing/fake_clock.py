"""A clock that a test moves: what answers of DNS live by, and waivers end by."""

from __future__ import annotations

import datetime

__all__ = ["FakeClock"]


class FakeClock:
    """Stands still until :meth:`advance` moves it.

    :param today: the date (UTC) that it begins with, at midnight; today's unless told.
    """

    def __init__(self, today: datetime.date | None = None) -> None:
        self._today = today or datetime.datetime.now(datetime.timezone.utc).date()
        self._elapsed = datetime.timedelta()

    def __call__(self) -> float:
        """Monotonic seconds."""
        return self._elapsed.total_seconds()

    def today(self) -> datetime.date:
        """The date: rules of the policy expire by it."""
        midnight = datetime.datetime.combine(self._today, datetime.time())
        return (midnight + self._elapsed).date()

    def advance(self, seconds: float = 0.0, *, days: float = 0.0) -> None:
        """Let time pass.

        :raises ValueError: backwards.
        """
        passed = datetime.timedelta(days=days, seconds=seconds)
        if passed < datetime.timedelta():
            raise ValueError(f"a clock does not go back: {passed.total_seconds():g} seconds")
        self._elapsed += passed
