"""The lab's DNS server: a zone of names with behaviours, good and bad, over UDP and TCP.

It plays the part of a recursive resolver: it follows CNAMEs inside its zone and answers absences
with an SOA. The behaviours are in :mod:`endpoint_router.lab.values`.
Nothing here knows of HTTPS, certificates or the router.
"""

from __future__ import annotations

import contextlib
import errno
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from endpoint_router.lab.serving import TcpServer, UdpServer, received
from endpoint_router.lab.values import (
    LOOPBACK,
    Absent,
    Address,
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

NO_SUCH_TLD = Absent(apex=".")


@dataclass(frozen=True, slots=True)
class DnsQuestion:
    """One question that reached the server, answered or not."""

    name: str
    #: ``A``, ``AAAA``, ...
    type: str
    transport: Transport
    #: ``time.monotonic()``, seconds.
    at: float


class HostedZone:
    """Names and their behaviours. Safe to change while a server answers from it.

    A name is case-insensitive, without a trailing dot. ``*.example`` stands for everything below
    ``example`` that is not closer to a name of the zone (RFC 4592).

    :param names: name to behaviour.
    :param unknown: what any other name gets; NXDOMAIN from the root unless told.
    """

    def __init__(
        self,
        names: Mapping[str, Behaviour] | None = None,
        *,
        unknown: Behaviour = NO_SUCH_TLD,
    ) -> None:
        self._names = {_plain(name): behaviour for name, behaviour in (names or {}).items()}
        self._unknown = unknown
        self._lock = threading.Lock()

    def set(self, name: str, behaviour: Behaviour) -> None:
        """From the next question on, *name* behaves like this."""
        with self._lock:
            self._names[_plain(name)] = behaviour

    def remove(self, name: str) -> None:
        """Forget *name*; no error if it is not there."""
        with self._lock:
            self._names.pop(_plain(name), None)

    def find(self, name: str) -> Behaviour:
        """What *name* does: its own behaviour, a wildcard's, NODATA above a name, or unknown."""
        name = _plain(name)
        with self._lock:
            if name in self._names:
                return self._names[name]
            if self._has_below(name):
                return Empty()
            while name:
                name = name.partition(".")[2]
                if f"*.{name}" in self._names:
                    return self._names[f"*.{name}"]
                if name in self._names or self._has_below(name):
                    break
            return self._unknown

    def addresses(self, name: str) -> tuple[str, ...]:
        """Addresses of *name* at the end of its aliases, or none: a look-up without a server."""
        seen = set()
        while name not in seen:
            seen.add(name)
            behaviour = self.find(name)
            if isinstance(behaviour, Addresses):
                return behaviour.addresses
            if isinstance(behaviour, Alias):
                name = _plain(behaviour.target)
        return ()

    def _has_below(self, name: str) -> bool:
        return bool(name) and any(other.endswith(f".{name}") for other in self._names)


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


class _Packet:
    """The reply to one question in the making."""

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
        self._visited.add(_plain(name))
        if _plain(alias.target) in self._visited:
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


class DnsServer:
    """Answers from *zone* over UDP and TCP on one port; a context manager.

    :param zone: names and behaviours; also reachable through :meth:`set`.
    :param bind: address and port; port 0 takes a free one.
    :param loss: share of UDP questions that get no answer, 0 to 1; may be changed at any time.
    :param seed: of the dice that the losses are thrown with.
    :param clock: what stamps :attr:`questions`.
    :ivar questions: every question that arrived, in order, lost and unanswered ones included.
    """

    def __init__(
        self,
        zone: HostedZone | None = None,
        *,
        bind: Address = LOOPBACK,
        loss: float = 0.0,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.zone = zone if zone is not None else HostedZone()
        self.loss = loss
        #: Share of questions that get SERVFAIL, as of a resolver whose own upstream is busy.
        self.servfail = 0.0
        #: As some firewalls are: a question with EDNS gets no answer.
        self.deaf_to_edns = False
        self.questions: list[DnsQuestion] = []
        self._clock = clock
        self._random = random.Random(seed)
        self._up = threading.Event()
        self._up.set()
        self._tcp, self._udp = self._bound(bind)

    def __enter__(self) -> DnsServer:
        self._tcp.start()
        self._udp.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._udp.stop()
        self._tcp.stop()

    @property
    def port(self) -> int:
        """Port of both transports."""
        return self._udp.port

    @property
    def address(self) -> str:
        """``127.0.0.1:12345`` or ``[::1]:12345``: what ``dns.servers`` of a policy takes."""
        host = str(self._udp.server_address[0])
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def errors(self) -> list[BaseException]:
        """What went wrong in the server itself; empty unless a client broke off."""
        return [*self._udp.errors, *self._tcp.errors]

    def set(self, name: str, behaviour: Behaviour) -> None:
        """From the next question on, *name* behaves like this."""
        self.zone.set(name, behaviour)

    def down(self) -> None:
        """Answer nothing any more. Questions are still recorded."""
        self._up.clear()

    def up(self) -> None:
        """Answer again."""
        self._up.set()

    def _bound(self, bind: Address) -> tuple[TcpServer, UdpServer]:
        """Both sockets on one port: a free TCP port may be taken for UDP, so try a few."""
        for attempts_left in reversed(range(20)):
            tcp = TcpServer(bind, self._serve_tcp)
            try:
                return tcp, UdpServer((bind[0], tcp.port), self._serve_udp)
            except OSError as error:
                tcp.server_close()
                if error.errno != errno.EADDRINUSE or bind[1] or not attempts_left:
                    raise
        raise AssertionError("unreachable")

    def _serve_udp(self, request: tuple[bytes, socket.socket], peer: Address) -> None:
        packet, sock = request
        wire = self._reply(packet, "udp")
        if wire is not None:
            sock.sendto(wire, peer)

    def _serve_tcp(self, connection: socket.socket, peer: Address) -> None:
        with self._tcp.tracking(connection):
            for packet in _packets(connection):
                wire = self._reply(packet, "tcp")
                if wire is not None:
                    connection.sendall(len(wire).to_bytes(2, "big") + wire)

    def _reply(self, packet: bytes, transport: Transport) -> bytes | None:
        try:
            request = dns.message.from_wire(packet)
        except dns.exception.DNSException:
            return None
        if not request.question or request.flags & dns.flags.QR:
            return None
        question = request.question[0]
        name = _plain(question.name.to_text())
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append(DnsQuestion(name, kind, transport, self._clock()))
        lost = transport == "udp" and self.loss > 0 and self._random.random() < self.loss
        lost |= self.deaf_to_edns and request.edns >= 0
        if lost or not self._up.is_set():
            return None
        if self.servfail > 0 and self._random.random() < self.servfail:
            failure = dns.message.make_response(request, recursion_available=True)
            failure.set_rcode(dns.rcode.SERVFAIL)
            return failure.to_wire()
        reply = _Packet(self.zone, request, transport)
        if reply.seconds and self._udp.stopping.wait(reply.seconds):
            return None
        return reply.wire()


def _packets(connection: socket.socket) -> Iterator[bytes]:
    """Length-prefixed messages until the peer closes (RFC 1035, 4.2.2)."""
    with contextlib.suppress(ConnectionResetError):
        while prefix := received(connection, 2):
            yield received(connection, int.from_bytes(prefix, "big"))
