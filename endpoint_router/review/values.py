"""What a comparison of two policies is made of: frozen values, nothing that acts."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Direction = Literal["loosened", "tightened", "moved"]


class Side(Struct, frozen=True):
    """What one of the two policies makes of a call."""

    allowed: bool
    #: ``allowed``, the code of the refusal, or what botocore itself raises.
    code: str
    #: Where the call goes, or what was refused.
    host: str
    #: Of ``connect = "address"``, the endpoint that is dialled in the host's place.
    via: str = ""
    #: What that is: a word for many services at once.
    what: str = ""
    #: On what ground it counts as FIPS and as private; empty where it does not.
    fips: str = ""
    private: str = ""


class Change(Struct, frozen=True):
    """Operations of a service with which the two policies do not do the same."""

    direction: Direction
    service: str
    region: str
    operations: tuple[str, ...]
    #: They are all that the service has.
    all: bool
    before: Side
    after: Side


class Demanded(Struct, frozen=True):
    """A setting of which the two policies demand more or less, whatever it comes to today."""

    direction: Direction
    setting: str
    before: str
    after: str
    region: str
    #: Operations, by service.
    services: dict[str, int]


class Beyond(Struct, frozen=True):
    """A difference that no single call shows."""

    direction: Direction
    path: str
    what: str


class Comparison(Struct, frozen=True):
    """What the new policy does that the old one does not."""

    regions: tuple[str, ...]
    #: Regions that the policies mean as well, and that were left out.
    left_out: tuple[str, ...]
    #: Of botocore.
    services: int
    #: Those about which the two policies do not say the very same, and their operations.
    compared: int
    operations: int
    changes: tuple[Change, ...] = ()
    demands: tuple[Demanded, ...] = ()
    beyond: tuple[Beyond, ...] = ()

    @property
    def loosens(self) -> bool:
        """Is anything allowed that was refused, or demanded no longer?"""
        directions = (
            *(change.direction for change in self.changes),
            *(demand.direction for demand in self.demands),
            *(each.direction for each in self.beyond),
        )
        return "loosened" in directions
