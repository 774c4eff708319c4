"""A CONNECT proxy: looks names up in the lab's zone and dials through the lab.

It tunnels and records targets; it forwards no plain requests and checks no credentials. What it
resolves with and dials with are parameters: ``ConnectProxy(lab.zone.addresses, lab.connect)``.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from endpoint_router.lab.serving import TcpServer
from endpoint_router.lab.values import LOOPBACK, Address

Resolve = Callable[[str], Sequence[str]]
Dial = Callable[[str, int, "float | None"], socket.socket]

_HEAD_LIMIT = 16 * 1024


class ConnectProxy(TcpServer):
    """A forward proxy that takes ``CONNECT host:port`` and nothing else; a context manager.

    :param resolve: addresses of a name; none makes the proxy answer 502.
    :param dial: opens a connection to (address, port, timeout in seconds).
    :param timeout: of a dial, seconds.
    :ivar targets: host and port of every CONNECT, in order, refused ones included.
    """

    def __init__(
        self, resolve: Resolve, dial: Dial, *, bind: Address = LOOPBACK, timeout: float = 2.0
    ) -> None:
        self.targets: list[Address] = []
        self._resolve, self._dial, self._timeout = resolve, dial, timeout
        super().__init__(bind, self._tunnel)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:12345``, for ``HTTPS_PROXY`` or ``Config(proxies=...)``."""
        host, port = self._own_address()
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _tunnel(self, client: socket.socket, _peer: Address) -> None:
        with ExitStack() as stack:
            stack.enter_context(self.tracking(client))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            target = _target(_head(client))
            if target is None:
                client.sendall(b"HTTP/1.1 405 CONNECT only\r\nContent-Length: 0\r\n\r\n")
                return
            self.targets.append(target)
            upstream = self._dialled(*target)
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


def _head(client: socket.socket) -> bytes:
    """The request up to its empty line. A client sends nothing more until it is answered."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < _HEAD_LIMIT:
        more = client.recv(4096)
        if not more:
            break
        head += more
    return head


def _target(head: bytes) -> Address | None:
    """Host and port of ``CONNECT host:port HTTP/1.1``."""
    words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3 or words[0] != "CONNECT":
        return None
    host, _, port = words[1].rpartition(":")
    return (host.strip("[]").lower(), int(port)) if host and port.isdecimal() else None


def _relay(client: socket.socket, upstream: socket.socket) -> None:
    """Copy both ways until either side closes."""
    other = {client: upstream, upstream: client}
    with selectors.DefaultSelector() as selector:
        for side in other:
            selector.register(side, selectors.EVENT_READ)
        while True:
            for key, _events in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(65536)
                if not data:
                    return
                other[key.fileobj].sendall(data)
