"""A threaded server that starts at once, and stops without leaving a thread behind.

What is served is a parameter: DNS is in :mod:`endpoint_router.lab.dns`, HTTP in
:mod:`endpoint_router.lab.https`, the proxy in :mod:`endpoint_router.lab.proxy`.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from endpoint_router.lab.values import Address

_Server = TypeVar("_Server", bound="Threaded")


class _Stop(Exception):
    """Leaves ``serve_forever`` at once, where ``shutdown`` would wait for the next poll."""


class Threaded(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """A thread for each connection or packet; :meth:`stop` returns when all of them are gone.

    :ivar stopping: set when the server stops; whatever waits in a handler waits on it.
    :ivar errors: what handlers raised. A peer that aborts a handshake is not the test's noise.
    """

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, bind: Address, serve: Callable[[Any, Address], None]) -> None:
        family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
        vars(self)["address_family"] = family  # socketserver declares it an int, or an enum
        self.stopping = threading.Event()
        self.errors: list[BaseException] = []
        self._serve = serve
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(bind, socketserver.BaseRequestHandler)
        self._thread = threading.Thread(target=self._run, name=f"lab-{self.port}", daemon=True)

    @property
    def port(self) -> int:
        """Port that the server is bound to."""
        return self._bound_to()[1]

    def start(self) -> None:
        """Serve in a thread. The socket is bound already, so that no request is ever too early."""
        self._thread.start()

    def stop(self) -> None:
        """Close the socket and every connection, and join all threads. A second call is nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        if self._thread.is_alive():
            self._wake()
            self._thread.join()
        with self._lock:
            for connection in self._connections:
                _hang_up(connection)
        self.server_close()

    def __enter__(self: _Server) -> _Server:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def tracking(self, connection: socket.socket) -> Iterator[None]:
        """Let :meth:`stop` hang up *connection* while the block runs."""
        with self._lock:
            self._connections.add(connection)
            if self.stopping.is_set():
                _hang_up(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _run(self) -> None:
        with contextlib.suppress(_Stop):
            self.serve_forever()

    def _wake(self) -> None:
        """Give the selector something to see."""
        raise NotImplementedError

    def _bound_to(self) -> Address:
        # typeshed allows the path of a Unix socket, too.
        host, port = cast("tuple[Any, ...]", self.server_address)[:2]
        return str(host), int(port)

    def _own_address(self) -> Address:
        host, port = self._bound_to()
        # Connecting to the wildcard address works on Linux only.
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port

    # socketserver's own hooks:

    def service_actions(self) -> None:
        if self.stopping.is_set():
            raise _Stop

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self.stopping.is_set()

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._serve(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not self.stopping.is_set():
            self.errors.append(error)


class TcpServer(Threaded, socketserver.TCPServer):
    """*serve* gets each connection in a thread of its own; it is closed when *serve* returns."""

    def _wake(self) -> None:
        # Refused: the loop has seen ``stopping`` by itself and is on its way out.
        with contextlib.suppress(OSError), socket.create_connection(self._own_address(), 1.0):
            pass


class UdpServer(Threaded, socketserver.UDPServer):
    """*serve* gets ``(packet, socket)`` and the sender's address."""

    # With SO_REUSEADDR a second server could bind the same UDP port, and steal packets.
    allow_reuse_address = False

    def _wake(self) -> None:
        with socket.socket(self.address_family, socket.SOCK_DGRAM) as poke:
            poke.sendto(b"", self._own_address())


def received(connection: socket.socket, size: int) -> bytes:
    """Exactly *size* bytes, or ``b""`` when the peer closed before they came."""
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            return b""
        data += more
    return data


def _hang_up(connection: socket.socket) -> None:
    """End both directions, so that a thread blocked in ``recv`` returns."""
    try:
        # The plain method: SSLSocket's own also drops the TLS state under the reader's feet.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EBADF, errno.EINVAL):
            raise
