"""What a survey is made of: frozen values, nothing that acts."""

from __future__ import annotations

from msgspec import Struct

from ..routing.case import Decision

#: Stands in front of a host for a bucket, an account id or another of a call's parameters.
LABEL = "label"


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
