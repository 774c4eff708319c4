"""One DNS question on its way to servers and back: UDP, then TCP after truncation.

Here live transmissions, shares of the time and the next server; what an answer *means* is
:mod:`endpoint_router.probe.resolver`, and how several questions wait at once
:mod:`endpoint_router.probe.side_by_side`. ``dns.query`` is not used: its timeouts follow the wall
clock, it drops an answer to an earlier transmission, and does not notice a closed UDP port.

Nothing is said of EDNS, as glibc says nothing: some firewalls and resolvers drop what does, and
what does not fit into 512 bytes comes by TCP.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Generic, TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import msgspec

from ..policy.dns_servers import ServerAddress
from .side_by_side import Clock, Steps, Wait
from .system_servers import Servers

__all__ = ["Exchanged", "Round", "Unusable"]

T = TypeVar("T")


class Unusable(Exception):
    """A response that settles nothing, so the next server is asked; its text says why."""


class _Passing(Unusable):
    """Perhaps only for now: SERVFAIL, by which busy resolvers and those behind them are known."""


class Exchanged(msgspec.Struct, Generic[T], frozen=True):
    """What became of a question: ``value`` is ``None`` where no server gave a usable answer."""

    value: T | None
    server: str = ""
    detail: str = ""


class Round(ExitStack, Generic[T]):
    """One question, the servers that may still answer it, and what became of it.

    :param began: seconds of *clock*; until *timeout* seconds after that the question is sent, and
        until *patience* seconds after it an answer is heard.
    :param understand: what a response means; raises :exc:`Unusable` where it settles nothing.
    """

    def __init__(
        self,
        query: dns.message.QueryMessage,
        servers: Servers,
        began: float,
        timeout: float,
        patience: float,
        understand: Callable[[dns.message.Message], T],
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__()
        self._query, self._servers, self._understand = query, servers, understand
        self._timeout, self._clock = timeout, clock
        self._deadline, self._last = began + timeout, began + max(timeout, patience)
        self._sockets: dict[ServerAddress, socket.socket] = {}
        self._left = deque(dict.fromkeys(servers.addresses))
        self._refusals: dict[str, None] = {}  # in order, each once
        self._refused: Counter[ServerAddress] = Counter()
        self._sent: Counter[ServerAddress] = Counter()
        self._usable: Exchanged[T] | None = None

    @property
    def outcome(self) -> Exchanged[T]:
        """What became of the question so far."""
        if self._usable is not None:
            return self._usable
        silence = ""
        if self._left:
            over = self._clock() >= self._deadline
            silence = f"no answer within {round(self._timeout, 2)} s" if over else "no answer yet"
        return Exchanged(None, detail=", ".join(filter(None, [*self._refusals, silence])))

    def steps(self) -> Steps[None]:
        """Ask the servers in turn, with at least two transmissions, and listen.

        A server whose answer is an error or :exc:`Unusable` is not asked again, and the next one is
        asked at once; but of SERVFAIL, which may pass, it is asked as often as where it is silent,
        as glibc does. A transmission that stays silent leaves its socket open: what comes late
        counts.
        """
        with self:
            yield from self._ask()
            while self._left and not self._usable and self._clock() < self._last:
                yield from self._listen(self._last)

    def _ask(self) -> Steps[None]:
        count = len(self._left)
        planned, most = max(2, count), max(2, self._servers.attempts * count)
        sent = silences = 0
        while self._left and not self._usable and (now := self._clock()) < self._deadline:
            if sent >= most:
                yield from self._listen(self._deadline)
                continue
            share = (self._deadline - now) / max(1, planned - silences)
            until = now + min(share, self._servers.pause)
            server = self._left[0]
            self._left.rotate(-1)
            self._sent[server] += 1
            if self._servers.over_tcp:
                yield from self._exchange(server, until)
            elif self._transmit(server):
                yield from self._listen(until, server)
            sent += 1
            silences += server in self._left

    def _transmit(self, server: ServerAddress) -> bool:
        """Send by the socket that *server* already has, or by a connected one of its own.

        One socket per question: of A and AAAA from one port, Kubernetes nodes lose one (a race in
        conntrack). Connected: the kernel then drops strangers and reports a closed port.
        """
        try:
            if server not in self._sockets:
                sock, address = _open(server, socket.SOCK_DGRAM)
                self.callback(sock.close)
                sock.connect(address)
                self._sockets[server] = sock
            self._sockets[server].send(self._query.to_wire())
        except OSError as error:
            self._refuse(server, error)
            return False
        return True

    def _listen(self, until: float, server: ServerAddress | None = None) -> Steps[None]:
        """Wait for a usable answer from anyone asked so far, while *server* is worth it."""
        before = self._refused[server] if server else 0
        while self._left and not self._usable and self._clock() < until:
            if server is not None and self._refused[server] > before:
                return
            ready = yield Wait(list(self._sockets.values()), selectors.EVENT_READ, until)
            for sender in [known for known, sock in self._sockets.items() if sock in ready]:
                if self._usable is None:
                    yield from self._hear(sender)

    def _hear(self, sender: ServerAddress) -> Steps[None]:
        """Take what *sender* says, unless it is garbage or answers somebody else's question."""
        try:
            wire = self._sockets[sender].recv(65535)
            response = _parse(wire, self._query)
            if response is None or sender not in self._left:
                return
            if response.flags & dns.flags.TC:
                response = yield from self._ask_again(sender)
            self._take(response, sender)
        except BlockingIOError:  # Linux also wakes the reader of a datagram whose checksum is bad.
            return
        except (Unusable, OSError) as error:
            self._refuse(sender, error)

    def _ask_again(self, sender: ServerAddress) -> Steps[dns.message.Message]:
        """What *sender* had to cut off."""
        now = self._clock()
        end = self._deadline if now < self._deadline else self._last
        # Another server may still do better than a TCP connection that hangs.
        until = now + (end - now) / min(2, len(self._left))
        try:
            return (yield from _ask_tcp(self._query, sender, until, self._clock))
        except Unusable as error:
            raise Unusable(f"truncated, and {error}") from error

    def _exchange(self, server: ServerAddress, until: float) -> Steps[None]:
        """Ask by TCP alone."""
        try:
            response = yield from _ask_tcp(self._query, server, until, self._clock)
            self._take(response, server)
        except (Unusable, OSError) as error:
            self._refuse(server, error)

    def _take(self, response: dns.message.Message, sender: ServerAddress) -> None:
        if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            text = dns.rcode.to_text(response.rcode())
            raise (_Passing if response.rcode() == dns.rcode.SERVFAIL else Unusable)(text)
        self._usable = Exchanged(self._understand(response), str(sender))

    def _refuse(self, server: ServerAddress, error: Exception) -> None:
        self._refused[server] += 1
        may_pass = isinstance(error, _Passing) and self._sent[server] < self._servers.attempts
        if server in self._left and not may_pass:
            self._left.remove(server)
        self._refusals[_text(error)] = None


def _open(
    server: ServerAddress, kind: socket.SocketKind
) -> tuple[socket.socket, tuple[object, ...]]:
    # getaddrinfo for the scope of a link-local server (fe80::1%eth0); it looks nothing up here.
    family, _, _, _, address = socket.getaddrinfo(
        server.host, server.port, type=kind, flags=socket.AI_NUMERICHOST
    )[0]
    sock = socket.socket(family, kind)
    sock.setblocking(False)
    return sock, address


def _parse(wire: bytes, query: dns.message.QueryMessage) -> dns.message.Message | None:
    try:
        response = dns.message.from_wire(wire, raise_on_truncation=True, ignore_trailing=True)
    except dns.message.Truncated as cut:
        response = cut.message()  # type: ignore[no-untyped-call]
    except (dns.exception.DNSException, ValueError):
        return None
    return response if query.is_response(response) else None


def _ask_tcp(
    query: dns.message.QueryMessage, server: ServerAddress, until: float, clock: Clock
) -> Steps[dns.message.Message]:
    sock, address = _open(server, socket.SOCK_STREAM)
    wire = query.to_wire(prepend_length=True)
    received = b""
    with sock:
        sock.connect_ex(address)
        while wire and (yield Wait([sock], selectors.EVENT_WRITE, until)):
            wire = wire[sock.send(wire) :]
        while not wire and (yield Wait([sock], selectors.EVENT_READ, until)):
            chunk = sock.recv(65535)
            received += chunk
            size = int.from_bytes(received[:2], "big") + 2
            if len(received) >= max(size, 3):
                response = _parse(received[2:size], query)
                if response is None or response.flags & dns.flags.TC:
                    raise Unusable("garbage over TCP")
                return response
            if not chunk:
                raise Unusable("TCP closed without an answer")
            if clock() >= until:
                break
    raise Unusable("no answer over TCP")


def _text(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
