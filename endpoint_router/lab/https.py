"""HTTPS endpoints that take any AWS call: what they saw is the evidence, what they say is canned.

Here live the HTTP/1.1 server and the record of each request; the canned replies are in
:mod:`endpoint_router.lab.replies`. Nothing here checks a signature, keeps an object, or knows of
DNS, policies and the router.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from email.message import Message
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase, BytesIO
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from endpoint_router.lab.replies import access_key, canned, failed, operation, scope
from endpoint_router.lab.serving import TcpServer
from endpoint_router.lab.values import (
    LOOPBACK,
    Address,
    Application,
    Fault,
    Reply,
    Request,
    Seen,
)


class _Connection(ssl.SSLSocket):
    """A TLS connection that remembers whom it was dialled for."""

    sni: str = ""
    dialled: Address


class HttpsEndpoint(TcpServer):
    """An HTTP/1.1 server with or without TLS; a context manager.

    :param certificate: server context to show for (dialled address, SNI or ""); None serves
        plain HTTP.
    :param bind: address and port; port 0 takes a free one.
    :param dialled: what a client, by its own address and port, believes it dialled; the server
        removes what it has read. Any other client dialled the server's own address.
    :param seen: list that takes each request; a new one unless told.
    :param replies: replies of your own by (signing service, operation); before the canned ones.
    :param answers: by dialled address, what answers there in place of all replies.
    :ivar resetting: dialled addresses at which a connection is reset when TLS is to begin.
    """

    def __init__(
        self,
        certificate: Callable[[str, str], ssl.SSLContext] | None,
        *,
        bind: Address = LOOPBACK,
        dialled: MutableMapping[Address, Address] | None = None,
        seen: list[Seen] | None = None,
        replies: Mapping[tuple[str, str], Reply] | None = None,
        answers: Mapping[str, Application] | None = None,
    ) -> None:
        self.seen: list[Seen] = seen if seen is not None else []
        self.replies = dict(replies or {})
        self._answers = answers if answers is not None else {}
        self._certificate = certificate
        self._dialled = dialled if dialled is not None else {}
        self._faults: deque[Fault] = deque()
        self.resetting: set[str] = set()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.sslsocket_class = _Connection
        self._tls.sni_callback = self._choose
        super().__init__(bind, self._secure)

    def fail_next(self, count: int, fault: Fault) -> None:
        """The next *count* requests meet *fault*; after those that earlier calls announced."""
        self._faults.extend([fault] * count)

    def respond(self, request: Request, kind: str) -> Reply | None:
        """The reply to a request; None to reset the connection."""
        seen = request.seen
        self.seen.append(seen)
        fault = self._faults.popleft() if self._faults else Fault()
        if fault.delay:
            self.stopping.wait(fault.delay)
        if fault.reset:
            return None
        if fault.status:
            return failed(seen, kind, fault)
        if answer := self._answers.get(seen.address):
            return answer(request)
        return self.replies.get((seen.service, seen.operation)) or canned(seen, kind)

    def _secure(self, connection: socket.socket, peer: Address) -> None:
        dialled = self._dialled.pop(_unmapped(peer), None) or _unmapped(connection.getsockname())
        if self._certificate is None:
            with self.tracking(connection):
                _Handler(connection, self, "", dialled)
            return
        if dialled[0] in self.resetting:
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return
        secured = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        assert isinstance(secured, _Connection)
        secured.dialled = dialled
        with secured, self.tracking(secured):
            secured.do_handshake()
            _Handler(secured, self, secured.sni, dialled)

    def _choose(self, connection: Any, sni: str | None, _context: ssl.SSLContext) -> None:
        """OpenSSL asks this for every handshake, with None where the client sent no name."""
        assert self._certificate is not None
        connection.sni = sni or ""
        connection.context = self._certificate(connection.dialled[0], connection.sni)


def _unmapped(name: tuple[Any, ...]) -> Address:
    """Address and port; a server bound to ``::`` sees IPv4 clients as ``::ffff:10.20.0.10``."""
    address = ip_address(name[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), name[1]


class _Handler(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def __init__(
        self, connection: socket.socket, endpoint: HttpsEndpoint, sni: str, dialled: Address
    ) -> None:
        self._endpoint, self._sni, self._address = endpoint, sni, dialled
        super().__init__(connection, connection.getpeername(), endpoint)

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()  # botocore waits one second for it before it sends the body
        return going_on

    def _answer(self) -> None:
        body = _body(self.rfile, self.headers)
        kind = self.headers.get("Content-Type", "")
        request = Request(self._seen(body, kind), tuple(self.headers.items()), body)
        reply = self._endpoint.respond(request, kind)
        if reply is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response(reply.status)
        ours = {
            "content-length": str(len(reply.body)),
            "x-amzn-requestid": request.seen.request_id,
        }
        for name, value in reply.headers:
            ours.pop(name.lower(), None)
            self.send_header(name, value)
        for name, value in ours.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

    def log_message(self, *_: object) -> None:
        """Requests are in ``seen``; nothing goes to stderr."""

    def _seen(self, body: bytes, kind: str) -> Seen:
        url, host = urlsplit(self.path), self.headers.get("Host", "")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        service, region, signed = scope(self.headers, query)
        if "form-urlencoded" in kind:
            query.update(parse_qsl(body.decode()))
        target = self.headers.get("X-Amz-Target", "")
        secured = self.connection if isinstance(self.connection, ssl.SSLSocket) else None
        return Seen(
            method=self.command,
            path=self.path,
            host=host,
            sni=self._sni,
            address=self._address[0],
            port=self._address[1],
            service=service,
            region=region,
            signed_headers=signed,
            operation=operation(self.command, host, url.path, query, target, service),
            user_agent=self.headers.get("User-Agent", ""),
            header_names=tuple(map(str.lower, self.headers)),
            body_length=len(_payload(body, self.headers)),
            at=time.time(),
            access_key=access_key(self.headers, query),
            tls_version=(secured.version() or "") if secured else "",
            cipher=(secured.cipher() or ("",))[0] if secured else "",
            request_id=str(uuid.uuid4()),
        )


def _body(stream: BufferedIOBase, headers: Message) -> bytes:
    if "chunked" in headers.get("Transfer-Encoding", ""):
        return _chunks(stream)
    return stream.read(int(headers.get("Content-Length", "0")))


def _payload(body: bytes, headers: Message) -> bytes:
    # S3's own chunks, with checksums behind them, inside the transfer's.
    return _chunks(BytesIO(body)) if "aws-chunked" in headers.get("Content-Encoding", "") else body


def _chunks(stream: BufferedIOBase) -> bytes:
    parts = []
    while size := int(stream.readline().partition(b";")[0] or b"0", 16):
        parts.append(stream.read(size))
        stream.readline()
    while stream.readline().strip():
        pass  # trailers
    return b"".join(parts)
