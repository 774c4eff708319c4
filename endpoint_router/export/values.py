"""What an export is made of: frozen values, nothing that acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from ..routing.case import Decision
from ..sdk.every_call import LABEL

__all__ = ["LABEL", "ByUrl", "Loss", "Reached", "Record", "Service", "Settings", "Url"]


class Service(Struct, frozen=True):
    """A service of AWS's in one region, and what the policy hopes for of its calls.

    :ivar name: boto3 client name.
    :ivar id: as the service's model says, ``API Gateway``: variables and sections are named so.
    :ivar decisions: one for each operation, as if DNS confirmed whatever is asked of it.
    """

    name: str
    id: str
    region: str
    decisions: tuple[Decision, ...]


class Reached(Struct, frozen=True):
    """Where a call goes, and how it is signed."""

    host: str
    signing_name: str
    signing_region: str


#: Where the calls of a service go in software that was given a URL for it, by operation.
ByUrl = Callable[[Service, str], Mapping[str, Reached]]


class Loss(Struct, frozen=True):
    """Something of the policy that a format does not carry.

    :ivar what: the setting, rule, service or host.
    """

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class Url(Struct, frozen=True):
    """The endpoint URL of one service."""

    service: Service
    url: str


class Settings(Struct, frozen=True):
    """What the SDKs' own settings carry, in one region."""

    region: str
    fips: bool
    dual_stack: bool
    urls: tuple[Url, ...]
    losses: tuple[Loss, ...]


class Record(Struct, frozen=True):
    """A name and the endpoint that it is to lead to.

    :ivar host: may begin with ``*.``.
    :ivar dials: DNS name of the endpoint.
    :ivar endpoint_id: ``vpce-0123456789abcdef0``; empty where its name does not tell.
    """

    host: str
    dials: str
    endpoint_id: str
    region: str
    place: str
