"""What answers ListPublicKeys, over HTTP."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from .digested import Key, listed


class KeyService(ThreadingHTTPServer):
    """Answers as CloudTrail does: a key a page; ``us-gov-east-1`` refuses."""

    def __init__(self, *keys: Key) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = [json.loads(listed(key))["PublicKeyList"] for key in keys]
        #: Region, and what was asked for.
        self.asked: list[tuple[str, dict[str, Any]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: KeyService

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        region = self.headers["Authorization"].split("/")[2]
        self.server.asked.append((region, asked))
        page = int(asked.get("NextToken", 0))
        status, answer = 200, {"PublicKeyList": self.server.pages[page]}
        for key in answer["PublicKeyList"]:
            key["ValidityStartTime"] = key["ValidityEndTime"] = 1790000000
        if page + 1 < len(self.server.pages):
            answer["NextToken"] = str(page + 1)
        if region == "us-gov-east-1":
            status, answer = 400, {"__type": "AccessDeniedException", "Message": "not you"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@contextlib.contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, *keys: Key) -> Iterator[KeyService]:
    """It serves, and whoever asks CloudTrail asks it."""
    service = KeyService(*keys)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{service.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
