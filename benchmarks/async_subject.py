"""One measured program: calls of an asynchronous client, so many. Another module runs it.

``python -m benchmarks.async_subject SUBJECT SCENARIO COUNT``, as :mod:`benchmarks.subject` is. The
answer comes from behind aiohttp's connector, as bytes: its pool, what is done when a connection is
taken out of it, and its parser are in the count. Sockets and TLS are not.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from typing import Any

if __name__ == "__main__":
    sys.modules["awscrt"] = None  # type: ignore[assignment]

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from msgspec.structs import replace

from benchmarks.subject import CALLS, REGION, VPCE, pinned, world

PUBLIC, PRIVATE = "52.94.0.10", "10.20.0.10"


class Connection:
    """A connection on which each request is answered with *reply* at once."""

    def __init__(self, protocol: Any, address: str, reply: bytes) -> None:
        self._protocol, self._address, self._reply = protocol, address, reply
        self._wanted = 0
        self._is_closed = False

    def write(self, data: bytes) -> None:
        """A head, or the next part of a body."""
        if not self._wanted:
            head, _, body = bytes(data).partition(b"\r\n\r\n")
            _, named, length = head.lower().partition(b"content-length: ")
            self._wanted = int(length.split(b"\r\n")[0]) if named else 0
            data = body
        self._wanted -= len(data)
        if not self._wanted:
            asyncio.get_running_loop().call_soon(self._protocol.data_received, self._reply)

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return (self._address, 443) if name == "peername" else default

    def is_closing(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._protocol.connection_lost(None)

    abort = close

    def pause_reading(self) -> None:
        """Nothing comes that could be waited for."""

    resume_reading = pause_reading


class Dialler:
    """Dials nobody, and says that it did."""

    def begin(self, *_: Any) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.close()
        ours.setblocking(False)
        return ours

    def peer(self, connection: socket.socket) -> str:
        return PRIVATE


def answer(body: bytes, address: str) -> None:
    """From now on, every new connection is one to *address* which answers with *body*."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def connect(self: Any, factory: Any, *_: Any, sock: Any = None, **__: Any) -> Any:
        if sock is not None:
            sock.close()
        protocol = factory()
        transport = Connection(protocol, address, reply)
        protocol.connection_made(transport)
        return transport, protocol

    async def resolve(self: Any, host: str, port: int, *_: Any, **__: Any) -> Any:
        flags = {"family": socket.AF_INET, "proto": 0, "flags": socket.AI_NUMERICHOST}
        return [{"hostname": host, "host": address, "port": port, **flags}]

    connector: Any = aiohttp.TCPConnector
    connector._resolve_host = resolve
    connector._wrap_create_connection = connector._wrap_existing_connection = connect


def session_for(subject: str) -> AioSession:
    """The subject's session."""
    session = AioSession()
    policies: dict[str, dict[str, Any]] = {
        "router-fips": {"defaults": {"fips": "require"}},
        "router-vpce": pinned(),
        "router-report": {"mode": "report", "defaults": {"fips": "require"}},
    }
    if subject in policies:
        from endpoint_router.sdk.activation.installation import Installation

        made = replace(world(), dialler=Dialler())
        Installation(policies[subject], world=made, environ={})(session)
    return session


def arguments_for(subject: str, service: str) -> dict[str, Any]:
    """What makes plain aiobotocore send to the URL that the compared subject sends to."""
    if subject == "plain-fips":
        return {"config": AioConfig(use_fips_endpoint=True)}
    if subject == "plain-vpce":
        config = AioConfig(s3={"addressing_style": "virtual"})
        return {"endpoint_url": f"https://{VPCE[service]}", "config": config}
    return {}


async def main(subject: str, scenario: str, count: int) -> None:
    """Run *scenario* (``call:kms``) *count* times."""
    service = scenario.partition(":")[2]
    operation, arguments, body = CALLS[service]
    answer(body, PRIVATE if "vpce" in subject else PUBLIC)
    extra = arguments_for(subject, service)
    async with session_for(subject).create_client(service, REGION, **extra) as client:
        method = getattr(client, operation)
        await method(**arguments)
        await asyncio.sleep(0.3)  # what the first call began in the background lands
        gc.disable()
        for _ in range(count):
            await method(**arguments)


if __name__ == "__main__":
    os.environ.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret")
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
