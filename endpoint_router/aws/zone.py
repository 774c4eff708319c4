"""What an availability zone is: a frozen value. Nothing here asks anybody for one."""

from __future__ import annotations

from dataclasses import dataclass

from .names import is_zone_id, is_zone_name

__all__ = ["UNKNOWN", "Zone", "stated"]


@dataclass(frozen=True, slots=True)
class Zone:
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
    """The zone that the policy states as ``network.zone``: a name, an id, or ``none``."""
    source = f"network.zone = {text}" if text else "network.zone is empty"
    return Zone(text if is_zone_name(text) else "", text if is_zone_id(text) else "", source)
