"""A small server of plain HTTP on loopback, in a thread: what a test has answer in AWS's place."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, TypeVar

_Self = TypeVar("_Self", bound="Answering")


class Sent(NamedTuple):
    """A request. Names of headers are as they were sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def region(self) -> str:
        """What it was signed for."""
        return self.headers["Authorization"].partition("Credential=")[2].split("/")[2]


class _Server(ThreadingHTTPServer):
    #: Many may come before a thread gets its turn; whom it does not take waits for seconds.
    request_queue_size = 128


class Answering:
    """The server; a context manager. Who inherits from it says what is answered.

    :cvar content_type: of all answers.
    :ivar url: where it is.
    """

    content_type = "application/x-amz-json-1.1"

    def __init__(self, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        answering = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                sent = Sent(self.command, self.path, dict(self.headers), body)
                status, answer = answering.answer(sent)
                self.send_response(status)
                self.send_header("Content-Type", answering.content_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self._server = _Server(address, Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://{address[0]}:{self._server.server_port}"

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body. Called in a thread of each connection."""
        raise NotImplementedError

    def __enter__(self: _Self) -> _Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def by_moto(port: int, sent: Sent, host: str) -> tuple[int, bytes]:
    """What the moto server at *port* answers, as if *host* had been asked."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request(sent.method, sent.path, sent.body, {**sent.headers, "Host": host})
        response = connection.getresponse()
        return response.status, response.read()
