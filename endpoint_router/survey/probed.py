"""What a probe observed, and what it comes to: frozen values, nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from .. import codes
from ..routing.answer import Answer
from ..routing.case import Decision
from ..routing.networks import Verdict
from .connected import Connection
from .values import LABEL

__all__ = ["Calls", "Host", "Probe", "Use", "alike", "merged"]

#: What calls make of a host: they go there, or would if a better one failed; they were to go there
#: and may not, or would not either if a better one failed.
Use = Literal["chosen", "fall-back", "refused", "unfit"]
#: What counts where operations differ, first.
_USES: tuple[Use, ...] = ("chosen", "fall-back", "refused", "unfit")


class Calls(Struct, frozen=True):
    """Operations of a service in a region of which the same is true, and what becomes of them."""

    service: str
    region: str
    operations: tuple[str, ...]
    decision: Decision

    @property
    def may_pass_later(self) -> bool:
        """Is it the network's word that refuses them? Else only the policy's, or botocore's."""
        code = codes.TABLE.get(self.decision.code)
        return code is not None and (code.retried or code.observed)


class Host(Struct, frozen=True):
    """A host that the policy may use, and what the network says of it."""

    #: As in the URL, and as TLS is verified.
    host: str
    #: The name that DNS is asked for: another one where an endpoint is reached by address.
    name: str
    scheme: str
    port: int
    #: The proxy that would carry requests there, without credentials; empty for none.
    proxy: str
    #: Its place in the policy, empty for AWS's own hosts.
    place: str
    services: tuple[str, ...]
    use: Use
    #: ``None`` where the proxy asks DNS.
    verdict: Verdict | None
    answer: Answer | None
    #: From the question to the answer; ``None`` where nobody had to be asked.
    seconds: float | None
    #: What the policy alone says of it, and nothing proves: ``fips``, ``private``.
    amber: tuple[str, ...] = ()
    #: Some calls have no host, because this is none for them.
    is_missed: bool = False
    #: Nobody said that the service is wanted here, and this may be a region that it is not in.
    is_guess: bool = False
    connections: tuple[Connection, ...] = ()

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What is the same host."""
        return self.host, self.name, self.port, self.proxy

    @property
    def shown(self) -> str:
        """The host, with ``*`` for what a call's parameters put in front."""
        return re.sub(rf"^{LABEL}\.", "*.", self.host)

    @property
    def addresses(self) -> tuple[str, ...]:
        """In an order of their own: servers turn theirs each time."""
        known = map(ip_address, self.answer.addresses if self.answer else ())
        return tuple(map(str, sorted(known, key=lambda each: (each.version, int(each)))))

    @property
    def lacks(self) -> str:
        """Why no call can be sent there, by all that is known; empty if one can."""
        if self.answer is not None and not self.answer.addresses:
            return f"no address ({self.answer.detail or self.answer.status})"
        if self.connections and not any(each.works for each in self.connections):
            return self.connections[0].hint or self.connections[0].result
        return ""

    @property
    def is_broken(self) -> bool:
        """Do calls go there, and cannot?"""
        absent = self.answer is not None and self.answer.status == "absent"
        return self.use == "chosen" and bool(self.lacks) and not (self.is_guess and absent)

    def beside(self, other: Host) -> Host:
        """One of both, which have the same key."""
        better = min(self, other, key=lambda host: _USES.index(host.use))
        return replace(
            better,
            services=tuple(dict.fromkeys((*self.services, *other.services))),
            amber=tuple(dict.fromkeys((*self.amber, *other.amber))),
            is_missed=self.is_missed or other.is_missed,
            is_guess=self.is_guess and other.is_guess,
        )


class Probe(Struct, frozen=True):
    """All of it."""

    services: tuple[str, ...]
    regions: tuple[str, ...]
    #: Nobody named services, and the policy wants something of all.
    of_all: bool
    calls: tuple[Calls, ...]
    hosts: tuple[Host, ...]

    @property
    def unmet(self) -> tuple[Calls, ...]:
        """The calls of which a demand cannot be met."""
        return tuple(calls for calls in self.calls if not calls.decision.allowed)

    @property
    def broken(self) -> tuple[Host, ...]:
        """The hosts that calls would go to in vain."""
        return tuple(host for host in self.hosts if host.is_broken)

    @property
    def is_met(self) -> bool:
        """Can every demand be met, as far as was looked?"""
        return not (self.unmet or self.broken)

    @property
    def may_be_met_later(self) -> bool:
        """Is it worth looking again? Not where the policy itself refuses, whatever DNS says."""
        return not self.is_met and all(calls.may_pass_later for calls in self.unmet)


def merged(hosts: Iterable[Host]) -> tuple[Host, ...]:
    """Each host once."""
    known: dict[object, Host] = {}
    for host in hosts:
        earlier = known.get(host.key)
        known[host.key] = earlier.beside(host) if earlier else host
    return tuple(known.values())


def alike(calls: Iterable[Calls]) -> tuple[Calls, ...]:
    """Operations of a service of which the same is true, together."""
    known: dict[object, Calls] = {}
    for each in calls:
        decision = each.decision
        key = (each.service, each.region, decision.code, decision.reason, decision.host)
        earlier = known.get(key)
        names = (*earlier.operations, *each.operations) if earlier else each.operations
        known[key] = replace(each, operations=names)
    return tuple(known.values())
