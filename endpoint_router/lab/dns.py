"""The lab's DNS server: questions in and replies out, over UDP and TCP on one port.

It plays the part of a recursive resolver, good or bad: names are in
:mod:`endpoint_router.lab.hosted_zone`, replies are made in :mod:`endpoint_router.lab.dns_reply`;
here is what goes wrong whatever the name (losses, outages). Nothing here knows of HTTPS,
certificates or the router.
"""

from __future__ import annotations

import contextlib
import errno
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from endpoint_router.lab.dns_reply import ReplyPacket, Transport
from endpoint_router.lab.hosted_zone import HostedZone, plain
from endpoint_router.lab.serving import TcpServer, UdpServer, received
from endpoint_router.lab.values import LOOPBACK, Address, Behaviour


@dataclass(frozen=True, slots=True)
class DnsQuestion:
    """One question that reached the server, answered or not."""

    name: str
    #: ``A``, ``AAAA``, ...
    type: str
    transport: Transport
    #: ``time.monotonic()``, seconds.
    at: float


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
        name = plain(question.name.to_text())
        kind = dns.rdatatype.to_text(question.rdtype)
        # Before it is on record: whoever waits for that may ask the next one, in another thread.
        lost = transport == "udp" and self.loss > 0 and self._random.random() < self.loss
        self.questions.append(DnsQuestion(name, kind, transport, self._clock()))
        lost |= self.deaf_to_edns and request.edns >= 0
        if lost or not self._up.is_set():
            return None
        if self.servfail > 0 and self._random.random() < self.servfail:
            failure = dns.message.make_response(request, recursion_available=True)
            failure.set_rcode(dns.rcode.SERVFAIL)
            return failure.to_wire()
        reply = ReplyPacket(self.zone, request, transport)
        if reply.seconds and self._udp.stopping.wait(reply.seconds):
            return None
        return reply.wire()


def _packets(connection: socket.socket) -> Iterator[bytes]:
    """Length-prefixed messages until the peer closes (RFC 1035, 4.2.2)."""
    with contextlib.suppress(ConnectionResetError):
        while prefix := received(connection, 2):
            yield received(connection, int.from_bytes(prefix, "big"))
