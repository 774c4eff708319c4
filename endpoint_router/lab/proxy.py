"""A CONNECT proxy: looks names up in the lab's zone and dials through the lab.

It tunnels and records what it was asked; it forwards no plain requests and checks no credentials.
What it resolves with and dials with are parameters, and so is its own TLS:

    ConnectProxy(lab.zone.addresses, lab.connect)
    ConnectProxy(lab.zone.addresses, lab.connect, tls=lab.certificate("127.0.0.1"))
"""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from endpoint_router.lab.serving import TcpServer, received
from endpoint_router.lab.values import LOOPBACK, Address

Resolve = Callable[[str], Sequence[str]]
Dial = Callable[[str, int, "float | None"], socket.socket]

_HEAD_LIMIT = 16 * 1024
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """One request as it arrived at the proxy."""

    #: ``CONNECT kms.us-east-1.amazonaws.com:443 HTTP/1.1``.
    line: str
    #: By name in lower case; of the request to the proxy, not of what went through the tunnel.
    headers: Mapping[str, str]

    @property
    def target(self) -> Address | None:
        """Host and port of a CONNECT; ``None`` for anything else."""
        words = self.line.split(" ")
        if len(words) != 3 or words[0] != "CONNECT":
            return None
        host, _, port = words[1].rpartition(":")
        return (host.strip("[]").lower(), int(port)) if host and port.isdecimal() else None


class ConnectProxy(TcpServer):
    """A forward proxy that takes ``CONNECT host:port`` and nothing else; a context manager.

    :param resolve: addresses of a name; none makes the proxy answer 502.
    :param dial: opens a connection to (address, port, timeout in seconds).
    :param timeout: of a dial, seconds.
    :param tls: speak TLS to the client with this certificate.
    :ivar asked: every request that had a head, in order.
    :ivar targets: host and port of every CONNECT, in order, refused ones included.
    """

    def __init__(
        self,
        resolve: Resolve,
        dial: Dial,
        *,
        bind: Address = LOOPBACK,
        timeout: float = 2.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.asked: list[ProxyRequest] = []
        self.targets: list[Address] = []
        self._resolve, self._dial, self._timeout, self._tls = resolve, dial, timeout, tls
        super().__init__(bind, self._tunnel)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:12345``, for ``HTTPS_PROXY`` or ``Config(proxies=...)``."""
        host, port = self._own_address()
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def _tunnel(self, client: socket.socket, _peer: Address) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with ExitStack() as stack:
            if self._tls is not None:
                client = stack.enter_context(
                    self._tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
                )
            stack.enter_context(self.tracking(client))
            if isinstance(client, ssl.SSLSocket):
                client.do_handshake()
            asked = _asked(client)
            if not asked.line:
                return
            self.asked.append(asked)
            if asked.target is None:
                client.sendall(b"HTTP/1.1 405 CONNECT only\r\nContent-Length: 0\r\n\r\n")
                return
            self.targets.append(asked.target)
            upstream = self._dialled(*asked.target)
            if upstream is None:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                return
            stack.enter_context(upstream)
            stack.enter_context(self.tracking(upstream))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _relay(client, upstream)

    def _dialled(self, host: str, port: int) -> socket.socket | None:
        for address in self._resolve(host):
            try:
                upstream = self._dial(address, port, self._timeout)
            except OSError as error:
                self.errors.append(error)
            else:
                upstream.settimeout(None)
                return upstream
        return None


def _asked(client: socket.socket) -> ProxyRequest:
    """Read a request. Who asks for a tunnel sends nothing more until it is answered."""
    head = b""
    while _END not in head and len(head) < _HEAD_LIMIT:
        more = client.recv(4096)
        if not more:
            break
        head += more
    head, _, body = head.partition(_END)
    line, *fields = head.decode("latin-1").split("\r\n")
    named = (field.partition(":")[::2] for field in fields)
    asked = ProxyRequest(line, {name.strip().lower(): value.strip() for name, value in named})
    # Closing with something unread resets the connection, and may overtake the answer.
    received(client, int(asked.headers.get("content-length", "0")) - len(body))
    return asked


def _relay(client: socket.socket, upstream: socket.socket) -> None:
    """Copy both ways until either side closes."""
    other = {client: upstream, upstream: client}
    with selectors.DefaultSelector() as selector:
        for side in other:
            selector.register(side, selectors.EVENT_READ)
        while True:
            for key, _events in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                data = _arrived(key.fileobj)
                if not data:
                    return
                other[key.fileobj].sendall(data)


def _arrived(side: socket.socket) -> bytes:
    """What there is to read; empty when *side* has closed."""
    data = side.recv(65536)
    # TLS hands out one record at a time, and the selector does not know of the others.
    while data and isinstance(side, ssl.SSLSocket) and side.pending():
        data += side.recv(65536)
    return data
