"""A platform's metadata endpoint on loopback, well-behaved or not."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from endpoint_router.aws.zone import Zone
from endpoint_router.probe.metadata import from_metadata

from .names import PLENTY

TOKEN = "token-of-nobody=="
HERE = Zone("us-east-1a", "use1-az4", "EC2 instance metadata")
NAME = "/latest/meta-data/placement/availability-zone"
IMDS = {NAME: "us-east-1a", f"{NAME}-id": "use1-az4"}
LAMBDA = "/2026-01-15/metadata/execution-environment"

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Metadata(ThreadingHTTPServer):
    """A metadata endpoint: ``pages[path]`` is a body, a status, or a behaviour."""

    daemon_threads = True

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        self.address_family = family
        self.pages: dict[str, str | int | Behaviour] = {}
        self.asked: list[tuple[str, str]] = []
        #: What every GET must bring along.
        self.needed: tuple[str, str] | None = None
        super().__init__(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing where the client has hung up, as it may."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        host, port = self.server_address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"

    def imds(self, **more: str | int | Behaviour) -> dict[str, str]:
        """Play EC2, version 2 only; the environment that leads here."""
        self.pages |= {"/latest/api/token": token, **IMDS, **more}
        self.needed = ("X-aws-ec2-metadata-token", TOKEN)
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{self.address}/"}

    def ecs(self, body: str) -> dict[str, str]:
        self.pages["/v4/abc/task"] = body
        return {"ECS_CONTAINER_METADATA_URI_V4": f"http://{self.address}/v4/abc"}

    def lambda_(self, body: str) -> dict[str, str]:
        self.pages[LAMBDA] = body
        self.needed = ("Authorization", f"Bearer {TOKEN}")
        return {"AWS_LAMBDA_METADATA_API": self.address, "AWS_LAMBDA_METADATA_TOKEN": TOKEN}


class _Handler(BaseHTTPRequestHandler):
    server: Metadata

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))
        needed = self.server.needed
        if needed and self.command == "GET" and self.headers[needed[0]] != needed[1]:
            page: str | int | Behaviour = 401
        else:
            page = self.server.pages.get(self.path, 404)
        if callable(page):
            page(self)
        elif isinstance(page, int):
            reply(self, "", page)
        else:
            reply(self, page)

    do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


def reply(handler: BaseHTTPRequestHandler, body: str, status: int = 200, length: int = -1) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body.encode()) if length < 0 else length))
    handler.end_headers()
    handler.wfile.write(body.encode())


def token(handler: BaseHTTPRequestHandler) -> None:
    seconds = handler.headers["X-aws-ec2-metadata-token-ttl-seconds"] or ""
    reply(handler, TOKEN, 200 if handler.command == "PUT" and seconds.isdigit() else 400)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, some seconds long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with suppress(OSError):
        for _ in range(300):  # or until it is cut off
            handler.wfile.write(b"u")
            time.sleep(0.01)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Not even that."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(300):  # or until it is cut off
            handler.wfile.write(b"x")
            time.sleep(0.01)


def silence(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(PLENTY)
    assert handler.rfile.read(1) == b""  # until the other side closes


def huge(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):  # it had enough
        reply(handler, "x" * (8 << 20))


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, "us-east-1a", length=11)
    handler.close_connection = True


def raw(data: bytes) -> Behaviour:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return send


def to(server: Metadata) -> Behaviour:
    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"http://{server.address}{handler.path}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return redirect


@contextmanager
def serving(server: Metadata) -> Iterator[Metadata]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(PLENTY)
        server.server_close()


@pytest.fixture
def server() -> Iterator[Metadata]:
    with serving(Metadata()) as one:
        yield one


@pytest.fixture
def other() -> Iterator[Metadata]:
    with serving(Metadata()) as one:
        yield one


def find(environ: dict[str, str], timeout: float = PLENTY) -> Zone:
    return from_metadata(timeout, environ=environ)
