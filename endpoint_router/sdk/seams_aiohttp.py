"""The private names of aiohttp's connectors: all, and only here.

Each has a test in ``tests/aio/test_seams_aiohttp.py`` that fails when aiohttp changes it, which is
not imported: a connector is taken as it is found. The sessions that own one are in
:mod:`.seams_async`.
"""

from __future__ import annotations

import asyncio
import socket
import weakref
from collections.abc import Callable
from typing import Any

from .seams_async import Opened, Opener, is_held

#: So many connections may be idle where a connector has no limit.
_IDLE = 1000


class Equipped:
    """One aiohttp connector whose connections an *opener* opens, which owns neither."""

    def __init__(
        self,
        connector: Any,
        opener: Opener | None,
        *,
        elsewhere: Callable[[Any], Exception],
        arrived: Callable[[str, str], None] | None = None,
    ) -> None:
        """
        :param opener: ``None`` where aiohttp opens.
        :param elsewhere: makes the error for a request that is about to go to another URL.
        :param arrived: is told host and peer of connections that aiohttp opened.
        """
        self._connector, self._opener = weakref.ref(connector), opener
        self._elsewhere, self._arrived = elsewhere, arrived
        #: By what aiohttp has instead.
        self._opened: weakref.WeakKeyDictionary[Any, Opened] = weakref.WeakKeyDictionary()
        connector.connect = self._connect
        if opener is not None:
            connector._resolve_host = _as_it_is
            connector._wrap_create_connection = self._wrap_create_connection

    def undo(self) -> None:
        """Leave the connector as it was found; what is under way ends as it began."""
        connector = self._connector()
        if connector is not None:
            for name in ("connect", "_resolve_host", "_wrap_create_connection"):
                vars(connector).pop(name, None)

    async def _connect(self, req: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``BaseConnector.connect``, which each hop of each request comes to."""
        if not is_held(req.url):
            raise self._elsewhere(req.url)
        connector: Any = self._connector()
        # All that are idle may be unfit for use; then comes a new one.
        for _ in range((connector.limit or _IDLE) + 1):
            connection = await type(connector).connect(connector, req, *arguments, **options)
            if self._opener is None:
                if self._arrived is not None and not req.proxy and connection.transport:
                    peer = connection.transport.get_extra_info("peername")
                    self._arrived(req.url.raw_host, peer[0] if peer else "")
                return connection
            opened = self._opened.get(connection.protocol)
            # Of another opener, where it is older than this.
            if opened is not None and self._opener.holds(opened):
                return connection
            connection.close()
        raise OSError("somebody else opens this connector's connections, and no one knows where to")

    async def _wrap_create_connection(
        self,
        factory: Any,
        *_: Any,
        req: Any,
        timeout: Any,
        client_error: Callable[[Any, OSError], Exception],
        **tls: Any,
    ) -> Any:
        """Stands for ``TCPConnector._wrap_create_connection``: TCP and TLS.

        All addresses share the connect timeout, and so do their handshakes.
        """
        opener, connector = self._opener, self._connector()
        assert opener is not None  # it is what this stands for
        assert connector is not None  # it is connecting
        loop = asyncio.get_running_loop()
        began, seconds, tried = loop.time(), timeout.sock_connect, 0
        # aiohttp 3.10 and newer dial in ``_wrap_create_connection``, and take a socket in this one.
        shake = getattr(connector, "_wrap_existing_connection", None)
        if shake is None:
            shake = type(connector)._wrap_create_connection.__get__(connector)
        host = req.url.raw_host.rstrip(".").lower()
        tls = {name: tls.get(name) for name in ("ssl", "server_hostname")}
        while True:
            left = None if seconds is None else seconds - (loop.time() - began)
            if left is not None and left <= 0:
                raise asyncio.TimeoutError
            try:
                opened = await opener.open(host, req.port, left)
            except TimeoutError as error:
                raise asyncio.TimeoutError from error
            except OSError as error:
                raise client_error(req.connection_key, error) from error
            tried += 1
            if seconds is not None:
                left = seconds - (loop.time() - began)
                share = max(left, 0.01) / max(1, opened.addresses - tried + 1)
                timeout = type(timeout)(sock_connect=share)
            try:
                made = await shake(
                    factory,
                    sock=opened.socket,
                    req=req,
                    timeout=timeout,
                    client_error=client_error,
                    **tls,
                )
            except (OSError, asyncio.TimeoutError):
                opened.socket.close()
                opener.broke_off(opened)
                if tried >= opened.addresses:
                    raise
            except BaseException:
                opened.socket.close()
                raise
            else:
                self._opened[made[1]] = opened
                return made


async def _as_it_is(host: str, port: int, *_: Any, **__: Any) -> list[dict[str, Any]]:
    """Stands for ``TCPConnector._resolve_host``: the opener knows where to dial."""
    return [
        {
            "hostname": host,
            "host": "0.0.0.0",  # nobody dials it
            "port": port,
            "family": socket.AF_INET,
            "proto": 0,
            "flags": socket.AI_NUMERICHOST,
        }
    ]
