"""One question's reply in the making: what a behaviour comes to in a DNS packet.

Aliases are followed inside the zone, as a recursive resolver does, and absences carry an SOA. Which
name behaves how is :mod:`endpoint_router.lab.hosted_zone`. Nothing here sends or waits.
"""

from __future__ import annotations

from typing import Literal

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from endpoint_router.lab.hosted_zone import HostedZone, plain
from endpoint_router.lab.values import (
    Absent,
    Addresses,
    Alias,
    Behaviour,
    ByType,
    Delayed,
    Empty,
    Garbage,
    Rcode,
    Silent,
    TcpHang,
    Truncated,
    WrongId,
    WrongQuestion,
)

Transport = Literal["udp", "tcp"]


class ReplyPacket:
    """The reply of *zone* to *request*, which asks one thing.

    :ivar seconds: how long it is to be held back.
    """

    def __init__(
        self, zone: HostedZone, request: dns.message.Message, transport: Transport
    ) -> None:
        self.seconds = 0.0
        self._zone = zone
        self._transport = transport
        self._type = request.question[0].rdtype
        self._limit = max(request.payload, 512) if transport == "udp" else 65535
        self._message = dns.message.make_response(request, recursion_available=True)
        self._visited: set[str] = set()
        self._silent = self._garbage = self._wrong_id = False
        name = request.question[0].name.to_text(omit_final_dot=True)
        self._apply(name, zone.find(name))

    def wire(self) -> bytes | None:
        """The packet, or None for silence."""
        if self._silent:
            return None
        if self._garbage:
            return b"\xff" * 40
        wire = self._message.to_wire(max_size=self._limit, prefer_truncation=True)
        return bytes([wire[0] ^ 0xFF]) + wire[1:] if self._wrong_id else wire

    def _apply(self, name: str, behaviour: Behaviour) -> None:
        match behaviour:
            case Addresses(ttl=ttl):
                version = {"A": 4, "AAAA": 6}.get(dns.rdatatype.to_text(self._type), 0)
                records = behaviour.of(version)
                if records:
                    self._add(name, ttl, self._type, *records)
                else:
                    self._soa(_parent(name), ttl)
            case Alias():
                self._follow(name, behaviour)
            case Absent(ttl, apex):
                self._message.set_rcode(dns.rcode.NXDOMAIN)
                self._soa(apex or _parent(name), ttl)
            case Empty(ttl):
                self._soa(_parent(name), ttl)
            case ByType(a, aaaa):
                known = {dns.rdatatype.A: a, dns.rdatatype.AAAA: aaaa}
                self._apply(name, known.get(self._type, Empty()))
            case Rcode(rcode):
                self._message.set_rcode(dns.rcode.from_text(rcode))
            case _:
                self._misbehave(name, behaviour)

    def _misbehave(self, name: str, behaviour: Behaviour) -> None:
        match behaviour:
            case Silent():
                self._silent = True
            case Garbage():
                self._garbage = True
            case Delayed(seconds, then):
                self.seconds += seconds
                self._apply(name, then)
            case WrongId(then):
                self._wrong_id = True
                self._apply(name, then)
            case WrongQuestion(then):
                self._apply(name, then)
                other = dns.name.from_text("somebody.else.invalid")
                self._message.question = [dns.rrset.RRset(other, dns.rdataclass.IN, self._type)]
            case Truncated(then):
                if self._transport == "udp":
                    self._message.flags |= dns.flags.TC
                else:
                    self._apply(name, then)
            case TcpHang():
                self._silent = self._transport == "tcp"
                self._message.flags |= dns.flags.TC

    def _follow(self, name: str, alias: Alias) -> None:
        self._add(name, alias.ttl, dns.rdatatype.CNAME, f"{alias.target.rstrip('.')}.")
        if self._type == dns.rdatatype.CNAME:
            return
        self._visited.add(plain(name))
        if plain(alias.target) in self._visited:
            self._message.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._apply(alias.target, self._zone.find(alias.target))

    def _add(self, name: str, ttl: int, kind: dns.rdatatype.RdataType, *records: str) -> None:
        owner = dns.name.from_text(name)
        self._message.answer.append(dns.rrset.from_text(owner, ttl, "IN", kind, *records))

    def _soa(self, apex: str, ttl: int) -> None:
        soa = f"ns.lab.invalid. nobody.lab.invalid. 1 7200 900 86400 {ttl}"
        owner = dns.name.from_text(apex)
        self._message.authority.append(dns.rrset.from_text(owner, ttl, "IN", "SOA", soa))


def _parent(name: str) -> str:
    return name.partition(".")[2] or "."
