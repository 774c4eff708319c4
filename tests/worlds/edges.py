"""The outermost edges: DNS answers, the TCP connect, the TLS wrap. Replaced here, and recorded.

What is replaced belongs to the standard library, urllib3 and botocore. Of this package nothing is:
it gets :meth:`Network.world` as the parameter that it takes.
"""

from __future__ import annotations

import errno
import io
import logging
import re
import socket
import ssl
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import botocore.endpoint
import botocore.retries.bucket
import urllib3.util.connection
import urllib3.util.ssl_

from endpoint_router import router
from endpoint_router.routing.answer import Answer

from .world import ABSENT, SAYINGS, Sent, World

#: Requests in, answers out: ``(network, sent) -> bytes``; raises OSError for a broken connection.
Server = Callable[["Network", Sent], bytes]
#: What no two requests have in common: times, signatures, the id of an invocation.
_VARYING = re.compile(
    rb"\d{8}T\d{6}Z"
    rb"|(?<=[Ss]ignature=)[0-9a-f]+|(?<=SignatureV4=)[0-9a-f]+"
    rb"|(?<=amz-sdk-invocation-id: )[0-9a-f-]{36}"
    rb"|(?<=/)\d{8}(?=/)|(?<=%2F)\d{8}(?=%2F)"
    rb"|(?<=\nDate: )[^\r]+|(?<=\nAuthorization: AWS )[^\r]+"
    rb"|(?<=\"ClientToken\": \")[0-9a-f-]+"
    rb"|(?<=expiration\W{4})[0-9TZ:-]+"
)
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?:([^/]+)/)?([^/]+)/aws4_request")


def scope(authorization: str, region_set: str = "") -> tuple[str, str]:
    """Name and region that a request is signed for; SigV4A names the regions in a header."""
    found = _SCOPE.search(authorization)
    return (found[2], found[1] or region_set) if found else ("", "")


class Network:
    """DNS, addresses and AWS as one world has them, and what one client did with them."""

    def __init__(self, world: World, server: Server) -> None:
        self._world, self._server = world, server
        self.now = 1000.0
        #: Which call is under way, from 0.
        self.call = 0
        self.sent: list[Sent] = []
        self.looked_up: list[str] = []
        self.answers: dict[str, tuple[str, ...]] = {}
        self._asked: dict[str, int] = {}
        self._lines: list[Line] = []

    # DNS

    def says(self, name: str) -> str:
        """The word of :data:`SAYINGS` that DNS has for *name* now."""
        words = saying(self._world, name)
        turn = self.call if self._world.changes == "call" else self._asked.get(name, 0)
        return words[min(turn, len(words) - 1)]

    def _ask(self, name: str) -> str:
        word = self.says(name)
        self._asked[name] = self._asked.get(name, 0) + 1
        self.looked_up.append(name)
        self.answers[name] = SAYINGS[word]
        return word

    def lookup(self, name: str, _timeout: float) -> Answer:
        """What this package's look-up gets."""
        name = name.lower().rstrip(".")
        if _is_address(name):
            return Answer(name, "answered", (name,), source="literal", ttl=60)
        word = self._ask(name)
        if SAYINGS[word]:
            return Answer(name, "answered", SAYINGS[word], ttl=60)
        return Answer(name, "absent" if word in ABSENT else "failed", detail=word, ttl=60)

    def getaddrinfo(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        """What the system's resolver says."""
        name = host.decode() if isinstance(host, bytes) else str(host)
        name = name.lower().rstrip(".").strip("[]")
        addresses = (name,) if _is_address(name) else SAYINGS[self._ask(name)]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, f"{name}: {self.says(name)}")
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port))
            for address in addresses
        ]

    # TCP

    def dial(self, address: str, port: int) -> Line:
        if address in self._world.dead:
            raise OSError(errno.ECONNREFUSED, f"{address} refuses")
        line = Line.to(self, address, port)
        self._lines.append(line)
        return line

    def create_connection(self, to: tuple[str, int], *_: Any, **__: Any) -> Line:
        """As urllib3's: each address in turn."""
        failure: OSError | None = None
        for *_, (address, port) in self.getaddrinfo(*to):
            try:
                return self.dial(address, port)
            except OSError as error:
                failure = error
        raise failure or OSError("getaddrinfo returns an empty list")

    def begin(self, address: str, port: int, *_: Any) -> Line:
        """As a dialler of this package: see :class:`endpoint_router.probe.dialling.Dialler`."""
        return self.dial(address, port)

    def peer(self, connection: Any) -> str:
        address: str = connection.address
        return address

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def world(self) -> router.World:
        """What this package reads of the world."""
        return router.World(
            clock=lambda: self.now,
            lookup=lambda _servers: self.lookup,
            dialler=self,
            zone=lambda _timeout: router.Zone(),
        )

    def answer(self, line: Line, request: bytes) -> bytes:
        """Take *request* down and answer it."""
        head, _, _body = request.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ", 2)
        if method == "CONNECT":
            line.tunnel = target
            return b"HTTP/1.1 200 OK\r\n\r\n"
        headers = {
            name.lower(): value for name, _, value in (text.partition(": ") for text in rest)
        }
        sent = line.take_down(headers, target, _VARYING.sub(b"?", request))
        self.sent.append(sent)
        return self._server(self, sent)

    def close(self) -> None:
        for line in self._lines:
            line.close()


class _Broken(io.BytesIO):
    """What is read of a connection that breaks: as with a socket, the reading fails."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def readline(self, *_: Any) -> bytes:
        raise self._error

    def read(self, *_: Any) -> bytes:
        raise self._error


class Line(socket.socket):
    """A connection: to a real descriptor, because sockets are polled, but to no network."""

    network: Network
    address: str
    #: The port dialled, and what a proxy was asked to connect to.
    port: int
    tunnel: str

    @classmethod
    def to(cls, network: Network, address: str, port: int) -> Line:
        ours, other = socket.socketpair()
        line = cls(fileno=ours.detach())
        line.network, line.address, line.port, line.tunnel = network, address, port, ""
        line.other, line.sessions, line.request = other, [], b""
        return line

    #: The other end; whatever is written there makes this one readable.
    other: socket.socket
    #: Of TLS, outermost first: server name, and whether certificates are verified.
    sessions: list[tuple[str | None, bool]]
    request: bytes

    def setsockopt(self, *_: Any) -> None:
        """Those of TCP."""

    def wrap(self, context: ssl.SSLContext, name: str | None) -> Line:
        self.sessions.append((name, context.verify_mode == ssl.CERT_REQUIRED))
        return self

    def getpeercert(self, *_: Any, **__: Any) -> Any:
        return {"subjectAltName": (("DNS", self.sessions[-1][0]),)}

    def selected_alpn_protocol(self) -> None:
        return None

    def sendall(self, data: Any, *_: Any) -> None:
        self.request += bytes(data)
        if b"100-continue" in self.request and self.request.endswith(b"\r\n\r\n"):
            self.other.send(b"x")

    def makefile(self, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        if b"100-continue" in self.request and self.request.endswith(b"\r\n\r\n"):
            self.recv(1)
            return io.BytesIO(b"HTTP/1.1 100 Continue\r\n\r\n")
        request, self.request = self.request, b""
        try:
            return io.BytesIO(self.network.answer(self, request))
        except OSError as error:
            return _Broken(error)

    def close(self) -> None:
        self.other.close()
        super().close()

    def take_down(self, headers: dict[str, str], target: str, written: bytes) -> Sent:
        """What an observer between this process and AWS knows of a request."""
        host, _, port = headers["host"].partition(":")
        absolute = re.match(r"(https?)://([^/:]+)(?::(\d+))?", target)
        by_proxy = bool(absolute or self.tunnel)
        # Of forwarding proxies, TLS ends at the proxy: none of it is with AWS.
        name, verified = self.sessions[-1] if self.sessions else (None, False)
        if absolute:
            name, verified = None, False
        scheme = absolute[1] if absolute else ("https" if self.sessions else "http")
        if self.tunnel:
            dialled = int(self.tunnel.rpartition(":")[2])
        else:
            dialled = self.port
            if absolute:
                dialled = int(absolute[3] or (443 if scheme == "https" else 80))
        looked_up = name or (absolute[2] if absolute else host)
        signed_as, region = scope(
            headers.get("authorization", ""), headers.get("x-amz-region-set", "")
        )
        return Sent(
            service="",
            operation=_operation(headers, target, written),
            host=host,
            port=int(port) if port and int(port) != dialled else dialled,
            scheme=scheme,
            sni=name,
            verified=verified,
            address=self.address,
            answered=self.network.answers.get(looked_up.lower().rstrip(".")),
            proxy=self.address if by_proxy else "",
            signing_name=signed_as,
            signing_region=region,
            written=written,
        )


def _operation(headers: dict[str, str], target: str, written: bytes) -> str:
    """The operation, where it is one that botocore calls by itself on the way; else empty."""
    if headers.get("x-amz-target", "").endswith(".DescribeEndpoints"):
        return "DescribeEndpoints"
    if written.startswith(b"GET") and target.endswith("?session"):
        return "CreateSession"
    if b"Action=AssumeRole&" in written:
        return "AssumeRole"
    return "HeadBucket" if written.startswith(b"HEAD") else ""


def saying(world: World, name: str) -> tuple[str, ...]:
    """What DNS says of *name* in *world*, one word after the other."""
    if name in world.dns:
        return world.dns[name]
    for end, words in world.dns.items():
        if end.startswith(".") and (end + ".") in f".{name}.":
            return words
    return ("private",) if ".vpce." in name or name.startswith("proxy.") else ("public",)


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()


class _Here:
    """Which network the process is in; there is one at a time."""

    network: Network | None = None


def _network() -> Network:
    assert _Here.network is not None, "no world is being lived through"
    return _Here.network


class _Waiting(threading.Condition):
    """Of retries in adaptive mode, which wait in real time for a bucket to fill."""

    def wait(self, timeout: float | None = None) -> bool:
        # Never so little that the time would stand still for want of digits.
        _network().sleep(max(timeout or 1.0, 0.01))
        return True


class _NestedTLS:
    """TLS inside of TLS, as a tunnel through an ``https://`` proxy has it."""

    @staticmethod
    def _validate_ssl_context_for_tls_in_tls(_context: Any) -> None: ...

    def __new__(cls, line: Line, context: ssl.SSLContext, name: str | None, *_: Any) -> Any:
        return line.wrap(context, name)


@contextmanager
def replaced() -> Iterator[None]:
    """The process's edges lead to whichever :class:`Network` is :func:`entered`."""
    clock = types.SimpleNamespace(
        sleep=lambda seconds: _network().sleep(seconds),
        time=lambda: _network().now,
        perf_counter=lambda: _network().now,
        monotonic=lambda: _network().now,
    )

    threads = types.SimpleNamespace(Lock=threading.Lock, Condition=_Waiting)

    def wrap(context: Any, line: Any, *_: Any, server_hostname: Any = None, **__: Any) -> Any:
        return line.wrap(context, server_hostname)

    def connect(to: Any, *_: Any, **__: Any) -> Any:
        return _network().create_connection(to)

    def no_socket(*_: Any) -> None:
        raise AssertionError("a connection that no edge of the search knows")

    with ExitStack() as stack:
        # Worlds are full of what libraries warn of, and of policies that get warnings.
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        logger = logging.getLogger("endpoint_router")
        stack.enter_context(patch.object(logger, "disabled", True))
        for owner, name, stand_in in (
            (socket, "getaddrinfo", lambda *a, **k: _network().getaddrinfo(*a, **k)),
            (socket.socket, "connect", no_socket),
            (socket.socket, "connect_ex", no_socket),
            (urllib3.util.connection, "create_connection", connect),
            (ssl.SSLContext, "wrap_socket", wrap),
            # Reading a hundred certificates costs more than the rest of a world.
            (ssl.SSLContext, "load_verify_locations", lambda *_, **__: None),
            (urllib3.util.ssl_, "SSLTransport", _NestedTLS),
            (botocore.endpoint, "time", clock),
            (botocore.retries.bucket, "time", clock),
            (botocore.retries.bucket, "threading", threads),
        ):
            stack.enter_context(patch.object(owner, name, stand_in))
        yield


@contextmanager
def entered(network: Network) -> Iterator[None]:
    """Be in *network*; its connections are closed at the end."""
    _Here.network = network
    try:
        yield
    finally:
        _Here.network = None
        network.close()
