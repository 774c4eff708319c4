"""What a plan is made of: frozen values, nothing that acts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ..aws.privatelink import PrivateLink
from .callers import Caller

#: Of a setting.
Value = str | tuple[str, ...]


class Endpoint(Struct, frozen=True):
    """An interface endpoint that is missing.

    :ivar link: of the first host; all of them have one service.
    :ivar hosts: that it must serve.
    :ivar services: boto3 clients that call them.
    :ivar asked: did DNS show that it is missing? Else the host was never asked about.
    :ivar callers: behind it, here and below.
    """

    link: PrivateLink
    hosts: tuple[str, ...]
    services: tuple[str, ...]
    asked: bool
    callers: tuple[Caller, ...] = ()


class PlannedRule(Struct, frozen=True):
    """A rule of the policy: a waiver that is missing, or one of the policy in force.

    :ivar operations: empty for all.
    :ivar settings: that differ from the defaults.
    :ivar reason: of a carried rule; a waiver's is for its owner to complete.
    :ivar expires: last day of the rule in force; ``None`` where it has none.
    :ivar hosts: for a waiver, the hosts without FIPS.
    """

    services: tuple[str, ...]
    operations: tuple[str, ...]
    regions: tuple[str, ...]
    settings: tuple[tuple[str, Value], ...]
    kind: Literal["waiver", "carried"]
    reason: str = ""
    expires: datetime.date | None = None
    hosts: tuple[str, ...] = ()
    callers: tuple[Caller, ...] = ()


class Work(Struct, frozen=True):
    """Something that only a person can do."""

    code: str
    service: str
    operations: tuple[str, ...]
    region: str
    host: str
    what: str
    callers: tuple[Caller, ...] = ()


class Unknown(Struct, frozen=True):
    """A call of which the log does not tell what would become of it."""

    service: str
    region: str
    host: str
    why: str
    callers: tuple[Caller, ...] = ()


class Public(Struct, frozen=True):
    """A host that is called, and allowed, at public addresses."""

    link: PrivateLink
    services: tuple[str, ...]
    callers: tuple[Caller, ...] = ()


class Amber(Struct, frozen=True):
    """What is allowed because the policy says so of a service of AWS's own; nothing proves it.

    :ivar place: in the policy in force, ``vpc_endpoints[0]``.
    :ivar setting: ``fips`` or ``private``.
    """

    place: str
    host: str
    setting: str
    callers: tuple[Caller, ...] = ()


class Plan(Struct, frozen=True):
    """Everything that is missing, sorted. The same log gives the same plan.

    :ivar defaults: settings of the policy, the strictest that the log shows.
    :ivar disagreements: settings about which the processes disagree.
    :ivar day: of the newest line; waivers count from it.
    :ivar callers: everybody in the log.
    :ivar concerned: who makes calls that would not pass, or of which that is not known.
    """

    defaults: Mapping[str, Value]
    disagreements: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    rules: tuple[PlannedRule, ...] = ()
    work: tuple[Work, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    public: tuple[Public, ...] = ()
    #: Places in the policy in force (``vpc_endpoints[0]``) that calls use, and their hosts.
    declared: tuple[tuple[str, str], ...] = ()
    amber: tuple[Amber, ...] = ()
    origins: tuple[str, ...] = ()
    day: datetime.date = datetime.date.min
    callers: tuple[Caller, ...] = ()
    concerned: tuple[Caller, ...] = ()

    @property
    def waivers(self) -> tuple[PlannedRule, ...]:
        """The rules that are missing."""
        return tuple(rule for rule in self.rules if rule.kind == "waiver")

    @property
    def ending(self) -> tuple[PlannedRule, ...]:
        """The rules of the policy in force that have a last day."""
        return tuple(rule for rule in self.rules if rule.kind == "carried" and rule.expires)

    @property
    def complete(self) -> bool:
        """Would every call pass as things are?"""
        return not (self.endpoints or self.waivers or self.work or self.unknown)
