"""One DNS question on its way to servers and back: UDP, then TCP after truncation.

Here live transmissions, shares of the deadline and the next server; what an answer *means* is
:mod:`endpoint_router.probe.resolver`. Several questions wait side by side in one selector loop, so
no thread is needed (and none can be refused). ``dns.query`` is not used: its timeouts follow the
wall clock, it drops an answer to an earlier transmission, and does not notice a closed UDP port.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import Generic, NamedTuple, TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import msgspec

from ..policy.dns_servers import ServerAddress

__all__ = ["Exchanged", "Unusable", "ask", "run"]

T = TypeVar("T")
Clock = Callable[[], float]

#: Errors that speak of EDNS as such (RFC 6891, section 7).
_NO_EDNS = {dns.rcode.FORMERR, dns.rcode.NOTIMP}


class Unusable(Exception):
    """A response that settles nothing, so the next server is asked; its text says why."""


class Exchanged(msgspec.Struct, Generic[T], frozen=True):
    """What became of a question: ``value`` is ``None`` where no server gave a usable answer."""

    value: T | None
    server: str = ""
    detail: str = ""


class Wait(NamedTuple):
    """Wake me when one of *sockets* is ready, or at *until* (monotonic) with none."""

    sockets: Sequence[socket.socket]
    events: int
    until: float


Steps = Generator[Wait, list[socket.socket], T]


def run(tasks: Sequence[Steps[T]], clock: Clock = time.monotonic) -> list[T]:
    """Advance *tasks* side by side until each has returned."""
    results: dict[int, T] = {}
    waits: dict[int, Wait] = {}

    def advance(index: int, ready: list[socket.socket] | None) -> None:
        try:
            # A generator's first step takes None.
            waits[index] = tasks[index].send(ready)  # type: ignore[arg-type]
        except StopIteration as stop:
            waits.pop(index, None)
            results[index] = stop.value

    with ExitStack() as stack:
        for task in tasks:  # Where one raises, the sockets of the others are closed as well.
            stack.callback(task.close)
        for index in range(len(tasks)):
            advance(index, None)
        while waits:
            ready = _select(waits, clock)
            for index, wait in list(waits.items()):
                if index in ready or wait.until <= clock():
                    advance(index, ready.get(index, []))
    return [results[index] for index in range(len(tasks))]


def _select(waits: dict[int, Wait], clock: Clock) -> dict[int, list[socket.socket]]:
    ready: dict[int, list[socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        for index, wait in waits.items():
            for sock in wait.sockets:
                selector.register(sock, wait.events, (index, sock))
        timeout = max(0.0, min(wait.until for wait in waits.values()) - clock())
        for key, _ in selector.select(timeout):
            index, sock = key.data
            ready.setdefault(index, []).append(sock)
    return ready


def ask(
    query: dns.message.QueryMessage,
    servers: Sequence[ServerAddress],
    began: float,
    timeout: float,
    understand: Callable[[dns.message.Message], T],
    clock: Clock = time.monotonic,
) -> Steps[Exchanged[T]]:
    """Ask *servers* in turn, with at least two transmissions until *began* + *timeout*.

    A server whose answer is an error or :exc:`Unusable` is not asked again, and the next one is
    asked at once. A transmission that stays silent leaves its socket open: a late answer counts.
    """
    deadline = began + timeout
    with _Round(query, servers, deadline, clock) as asked:
        transmissions, silences = max(2, len(servers)), 0
        while asked.left and clock() < deadline:
            share = (deadline - clock()) / max(1, transmissions - silences)
            server = asked.left[0]
            asked.left.rotate(-1)
            if not asked.transmit(server):
                continue
            response = yield from asked.listen(server, clock() + share, understand)
            if response is not None:
                return response
            silences += server in asked.left
    silence = f"no answer within {round(timeout, 2)} s" if asked.left else ""
    return Exchanged(None, detail=", ".join(filter(None, [*asked.refusals, silence])))


class _Round(ExitStack):
    """The sockets of one question, and the servers that may still answer it."""

    def __init__(
        self,
        query: dns.message.QueryMessage,
        servers: Sequence[ServerAddress],
        deadline: float,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._query, self._deadline, self._clock = query, deadline, clock
        self._sockets: dict[ServerAddress, socket.socket] = {}
        self.left = deque(dict.fromkeys(servers))
        self.refusals: dict[str, None] = {}  # in order, each once

    def transmit(self, server: ServerAddress) -> bool:
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

    def listen(
        self, server: ServerAddress, until: float, understand: Callable[[dns.message.Message], T]
    ) -> Steps[Exchanged[T] | None]:
        """Wait for a usable answer from anyone asked so far, while *server* is worth it."""
        while server in self.left and self._clock() < until:
            ready = yield Wait(list(self._sockets.values()), selectors.EVENT_READ, until)
            for sender in [known for known, sock in self._sockets.items() if sock in ready]:
                try:
                    response = yield from self._receive(sender)
                    if response is not None:
                        return Exchanged(understand(response), str(sender))
                except (Unusable, OSError) as error:
                    self._refuse(sender, error)
        return None

    def _receive(self, sender: ServerAddress) -> Steps[dns.message.Message | None]:
        """A conclusive response; ``None`` for garbage and answers to somebody else's question."""
        try:
            wire = self._sockets[sender].recv(65535)
        except BlockingIOError:  # Linux also wakes the reader of a datagram whose checksum is bad.
            return None
        response = _parse(wire, self._query)
        if response is None or sender not in self.left:
            return None
        if response.flags & dns.flags.TC:
            # Another server may still do better than a TCP connection that hangs.
            part = (self._deadline - self._clock()) / min(2, len(self.left))
            response = yield from _ask_tcp(self._query, sender, self._clock() + part, self._clock)
        if response.rcode() in _NO_EDNS and self._query.edns >= 0:
            self._query.use_edns(False)
            self.transmit(sender)
            return None
        if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise Unusable(dns.rcode.to_text(response.rcode()))
        return response

    def _refuse(self, server: ServerAddress, error: Exception) -> None:
        if server in self.left:
            self.left.remove(server)
        self.refusals[_text(error)] = None


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
        response = dns.message.from_wire(wire, raise_on_truncation=True)
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
                    raise Unusable("truncated, and garbage over TCP")
                return response
            if not chunk:
                raise Unusable("truncated, and TCP closed without an answer")
            if clock() >= until:
                break
    raise Unusable("truncated, and no answer over TCP")


def _text(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
