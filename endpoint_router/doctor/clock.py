"""The clock: waivers end by date, and AWS takes no signature that is minutes off.

No server is asked what time it is: AWS alone would know, and tells (``RequestTimeTooSkewed``). What
can be seen here is a clock that is behind the files of this very installation, a year that cannot
be, and whether the kernel says that somebody keeps the clock.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

from msgspec import Struct

from .. import _version
from .finding import Judged, green, red

__all__ = ["CHECKS", "SeenClock", "look"]

#: Of adjtimex(2): the clock is not synchronised.
_TIME_ERROR = 5
#: Longer than any such structure.
_TIMEX = 512
#: Packages are made elsewhere, by clocks of their own.
_SLACK = timedelta(days=1)
#: Nobody has heard of this package before, or of certificates that last as long.
_YEARS = range(2025, 2100)
_CANNOT = "Minutes off show only in AWS's answer (RequestTimeTooSkewed)"


class SeenClock(Struct, frozen=True):
    """What was seen of it. Times are in UTC."""

    now: datetime
    #: When this package was put here; no earlier than the clock's own beginning.
    installed: datetime
    #: Does the kernel say that the clock is kept by NTP or the like? ``None``: it says nothing.
    is_kept: bool | None


def look(
    clock: Callable[[], float] = time.time,
    file: str = _version.__file__,
    is_kept: Callable[[], bool | None] | None = None,
) -> SeenClock:
    """What the system's clock shows now.

    :param clock: Unix time in seconds.
    :param file: of this installation.
    :param is_kept: what the kernel says of the clock.
    """
    try:
        written = os.stat(file).st_mtime
    except OSError:  # in a zip file
        written = 0.0
    return SeenClock(_utc(clock()), _utc(written), (is_kept or _kept)())


def _utc(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=max(0.0, seconds))


def _kept() -> bool | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        # Without a mode it changes nothing, and needs no privileges.
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def plausible(seen: SeenClock) -> Judged:
    """Can it be right?"""
    now = f"{seen.now:%Y-%m-%d %H:%M} UTC"
    way_out = "Set the clock, or have NTP keep it: signatures and the last days of waivers need it."
    if seen.now.year not in _YEARS:
        return red(f"{now}, which cannot be", way_out)
    if seen.now < seen.installed - _SLACK:
        return red(f"{now}, before this package was installed ({seen.installed:%Y-%m-%d})", way_out)
    kept = {
        True: "the kernel says it is synchronised",
        False: "the kernel does not say it is synchronised",
        None: "nobody says whether it is synchronised",
    }[seen.is_kept]
    return green(f"{now}; {kept}. {_CANNOT}")


CHECKS: Mapping[str, Callable[[SeenClock], Judged]] = {"clock.plausible": plausible}
