"""The private names of httpx and of aiobotocore's sessions for it: all, and only here.

Each has a test in ``tests/aio/test_seams_httpx.py`` that fails when they change it. Neither httpx
(of which there are two) nor httpcore is imported: they are those of the session at hand.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from botocore.httpsession import ProxyConfiguration

from . import seams_async
from .seams_async import Opened, Opener


def is_httpx_session(http_session: Any) -> bool:
    """Does *http_session* send by httpx, and are its connections ours to make?"""
    kind = type(http_session)
    return (
        seams_async.sends_itself(http_session)
        and asyncio.iscoroutinefunction(getattr(kind, "_get_session", None))
        and hasattr(kind, "_make_async_client")
        and _takes_sockets()
    )


def _takes_sockets() -> bool:
    """Does anyio (a dependency of httpx) make streams of sockets that others have connected?"""
    from anyio.abc import SocketStream

    return hasattr(SocketStream, "from_socket")


def lane_session(http_session: Any, get_session: Callable[[str], Awaitable[Any]]) -> Any:
    """A session like *http_session*, to call its ``send`` on, without any proxy.

    :param get_session: stands for ``_get_session`` of this one.
    """
    direct = object.__new__(type(http_session))
    for name, value in vars(http_session).items():
        if name not in ("_get_session", "_session", "_exit_stack"):
            setattr(direct, name, value)
    direct._proxy_config, direct._proxy_urls = ProxyConfiguration(), {}
    direct._get_session = get_session
    return direct


def entered(http_session: Any) -> Any:
    """What closes whatever *http_session* has opened; ``None`` where it is not in use.

    Another each time that it is entered.
    """
    return http_session._exit_stack if http_session._entered else None


async def open_client(http_session: Any, direct: Any, opener: Opener | None = None) -> Any:
    """An ``AsyncClient`` with the settings of *direct*, which is closed with *http_session*."""
    client = type(direct)._make_async_client(direct)
    if opener is not None:
        equip(client, opener)
    await http_session._exit_stack.enter_async_context(client)
    return client


def usual_proxy(http_session: Any, url: str) -> str | None:
    """The proxy that *http_session* has for URLs of that scheme, whatever the host."""
    proxy: str | None = http_session._proxy_urls.get(url.partition(":")[0])
    return proxy


def proxy_for(http_session: Any, url: str) -> str | None:
    """The proxy that a request to *url* is to take."""
    proxy: str | None = http_session._proxy_config.proxy_url_for(url)
    return proxy or None


async def open_client_with_proxy(http_session: Any, url: str, proxy: str | None) -> Any:
    """An ``AsyncClient`` like that of *http_session*, but for the proxy, and closed with it."""
    other = object.__new__(type(http_session))
    vars(other).update(vars(http_session))
    other._proxy_urls = {url.partition(":")[0]: proxy} if proxy else {}
    if proxy and proxy.startswith("https:"):
        other._proxy_ssl_contexts = {proxy: other._setup_proxy_ssl_context(proxy)}
    return await open_client(http_session, other)


def equip(client: Any, opener: Opener) -> None:
    """Let *opener* open the connections of *client* that go through no proxy."""
    pool = client._transport._pool
    core = sys.modules[type(pool).__module__.partition(".")[0]]
    pool._network_backend = Backend(core, pool._network_backend, opener)


def observe(client: Any, arrived: Callable[[str, str], None]) -> None:
    """Tell host and peer of the connections of *client* that go through no proxy."""
    pool = client._transport._pool
    pool._network_backend = _Observed(pool._network_backend, arrived)


def unequip(client: Any) -> None:
    """Let httpx open connections again."""
    pool = client._transport._pool
    backend = pool._network_backend
    pool._network_backend = getattr(backend, "original", backend)


class Backend:
    """An ``AsyncNetworkBackend`` of httpcore's whose connections an *opener* opens."""

    def __init__(self, core: Any, original: Any, opener: Opener) -> None:
        """*core*: the httpcore."""
        self.core, self.original, self.opener = core, original, opener
        self._stream = import_module(f"{core.__name__}._backends.anyio").AnyIOStream

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> Any:
        """A connection to *host*."""
        made = _Stream(self, host, port, timeout)
        await made.open()
        return made

    async def open(self, host: str, port: int, timeout: float | None) -> tuple[Opened, Any]:
        """What the opener opened, and httpcore's stream of it."""
        from anyio.abc import SocketStream

        try:
            opened = await self.opener.open(host.rstrip(".").lower(), port, timeout)
        except TimeoutError as error:
            raise self.core.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise self.core.ConnectError(str(error)) from error
        return opened, self._stream(await SocketStream.from_socket(opened.socket))

    async def sleep(self, seconds: float) -> None:
        """As httpcore's own."""
        await self.original.sleep(seconds)


class _Stream:
    """An ``AsyncNetworkStream``. Where TLS does not come about, another address is tried."""

    def __init__(self, backend: Backend, host: str, port: int, timeout: float | None) -> None:
        self._backend, self._where, self._timeout = backend, (host, port), timeout
        self._inner: Any = None
        self._opened: Opened

    async def open(self) -> None:
        self._opened, self._inner = await self._backend.open(*self._where, self._timeout)

    async def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> Any:
        core, tried = self._backend.core, 1
        while True:
            share = timeout and timeout / max(1, self._opened.addresses - tried + 1)
            try:
                self._inner = await self._inner.start_tls(ssl_context, server_hostname, share)
            except (core.ConnectError, core.ConnectTimeout):
                self._backend.opener.broke_off(self._opened)
                if tried >= self._opened.addresses:
                    raise
            else:
                return self
            tried += 1
            await self.open()

    def get_extra_info(self, info: str) -> Any:
        # A pool closes idle connections with something to read: the other side has hung up.
        if info == "is_readable" and not self._backend.opener.holds(self._opened):
            return True
        return self._inner.get_extra_info(info)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = await self._inner.read(max_bytes, timeout)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Observed:
    """httpcore's own backend, which tells where connections have led."""

    def __init__(self, original: Any, arrived: Callable[[str, str], None]) -> None:
        self.original, self._arrived = original, arrived

    async def connect_tcp(self, host: str, *arguments: Any, **options: Any) -> Any:
        stream = await self.original.connect_tcp(host, *arguments, **options)
        peer = stream.get_extra_info("server_addr")
        self._arrived(host, str(peer[0]) if peer else "")
        return stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)
