"""Policies to begin with, commented: one TOML file each, for ``endpoint-router policy init``.

They load as they are, and once their placeholders (:data:`MARK`) are filled in.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from importlib.resources import files

#: What a line begins with that is to be filled in.
MARK = "#~ "
#: The last day of a waiver, in these files.
_EXPIRES = "@EXPIRES@"
#: Long enough to find a better way, short enough to be asked again.
_DAYS = 180

#: Each starter, and whom it is for.
STARTERS: Mapping[str, str] = {
    "govcloud-fips": "FIPS endpoints for every call, in AWS GovCloud",
    "private-vpc": "no call leaves the VPC",
    "fips-and-private": "FIPS endpoints, and only through VPC endpoints",
    "report-first": "record what demands would refuse, and refuse nothing",
}


def starter(name: str, today: datetime.date) -> str:
    """The text of one of :data:`STARTERS`; its waivers end half a year from *today*."""
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return text.replace(_EXPIRES, str(today + datetime.timedelta(days=_DAYS)))
