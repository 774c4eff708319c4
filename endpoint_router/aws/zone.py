"""What an availability zone is: its names, its ids, and a frozen value. Nobody is asked for one."""

from __future__ import annotations

import re

from msgspec import Struct

from .bad_name import BadName

__all__ = ["NAME", "UNKNOWN", "Zone", "check_zone", "is_zone_id", "is_zone_name", "stated"]

#: Pattern of a zone's name, of a Local Zone's too (``us-west-2-lax-1a``).
NAME = r"[a-z]{2,}(?:-[a-z]+)+-\d+(?:-[a-z]+-\d+)?[a-z]"
# As ``usgw1-az3``, and ``usw2-lax1-az1`` in a Local Zone.
_ID = r"[a-z]{2,}(?:-[a-z]+)*\d+(?:-[a-z]+\d+)?-az\d+"


class Zone(Struct, frozen=True):
    """An availability zone, by name, by id, or both. ``Zone()`` is an unknown one.

    A name (``us-east-1a``) means what the account that says it sees; an id (``use1-az1``) is the
    same in every account. Neither can be had from the other without asking EC2.
    """

    name: str = ""
    id: str = ""
    #: Who said so; where the zone is unknown, why.
    source: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.id)

    def __str__(self) -> str:
        return " = ".join(filter(None, (self.name, self.id))) or "unknown"

    def matches(self, zone: str) -> bool:
        """Whether *zone*, a name or an id, is this one. What is unknown matches nothing."""
        return bool(zone) and zone in (self.name, self.id)


#: Of a caller who does not know, or where it does not matter.
UNKNOWN = Zone()


def stated(text: str) -> Zone:
    """The zone that the policy states as ``network.zone``: a name, an id, ``none``, or nothing.

    :raises BadName: for all else.
    """
    if text:
        check_zone(text, none=True)
    source = f"network.zone = {text}" if text else "network.zone is empty"
    return Zone(text if is_zone_name(text) else "", text if is_zone_id(text) else "", source)


def is_zone_name(text: str) -> bool:
    """Whether *text* can be the name of an availability zone, as an account sees it."""
    return re.fullmatch(NAME, text, re.ASCII) is not None


def is_zone_id(text: str) -> bool:
    """Whether *text* can be the id of an availability zone, the same in every account."""
    return re.fullmatch(_ID, text, re.ASCII) is not None


def check_zone(text: str, *, none: bool = False) -> str:
    """*text*, a zone by name or id, or ``none`` where that may be; :raises BadName: for others."""
    if is_zone_name(text) or is_zone_id(text) or (none and text == "none"):
        return text
    expected = 'an availability zone, by name ("us-east-1a") or id ("use1-az1")'
    plain = text.strip().lower()
    hint = ""
    if is_zone_name(plain) or is_zone_id(plain) or (none and plain == "none"):
        hint = f"Did you mean '{plain}'?"
    elif is_zone_name(f"{plain}a"):
        hint = f"That is a region; the names of its zones end in a letter, as '{plain}a'."
    raise BadName(text, expected + (', or "none"' if none else ""), hint)


def check_region(text: str) -> str:
    """*text*, the name of one region; :raises BadName: for all else."""
    # As the names of its zones, without their letter.
    if is_zone_name(f"{text}a"):
        return text
    hint = f"Did you mean '{text.lower()}'?" if is_zone_name(f"{text.lower()}a") else ""
    raise BadName(text, 'one region, as "us-east-1"', hint)
