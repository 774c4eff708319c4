"""The private names of aiobotocore and aiohttp that this package touches: all, and only here.

Each has a test in ``tests/aio/test_seams_async.py`` that fails when they change it. Neither is
imported: what a client is shows by its parts. What aiobotocore inherits from botocore is in
:mod:`.seams`, :mod:`.seams_rulesets` and :mod:`.seams_sending`.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
import weakref
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from botocore.httpsession import ProxyConfiguration

from ..aws.hosts import canonical, origin_of, without_user
from . import seams_sending

#: With its name the key of a lane among an HTTP session's own, whose keys are proxies.
_LANE = "endpoint_router"


# --- what each request is held to

#: URL of the request that a task is sending: it follows no redirect and connects to no other
#: origin. Empty where the policy has no opinion about it.
HELD: ContextVar[str] = ContextVar("endpoint_router_held", default="")


def is_held(url: object) -> bool:
    """Is *url* where the request that is being sent was to go, if that is held to anything?"""
    held = HELD.get()
    if not held:
        return True
    text = str(url)
    if text == held:
        return True
    held, origin = origin_of(held), origin_of(text)
    return origin == held or canonical(origin) == canonical(held)


def shown(url: object) -> str:
    """The origin of a request's *url*, without credentials."""
    return without_user(origin_of(str(url)))


# --- the HTTP session


def would_send_as(session: Any, request: Any, proxies: Any, host: bytes) -> bool:
    """As :func:`.seams_sending.would_send_as`: ``_verify`` may be a context that checks nothing.

    :raises AttributeError: *session* or *request* is somebody else's.
    """
    return seams_sending.would_send_as(session, request, proxies, host) and seams_sending.verifies(
        session
    )


def sends_itself(http_session: Any) -> bool:
    """Is its ``send`` that of its class? Another may connect as it likes."""
    kind, send = type(http_session), http_session.send
    native = getattr(send, "__func__", send) is getattr(kind, "send", None)
    return native and getattr(send, "__self__", http_session) is http_session


def is_aiohttp_session(http_session: Any) -> bool:
    """Does *http_session* send by aiohttp, and are its connections ours to make?"""
    kind = type(http_session)
    return (
        sends_itself(http_session)
        and inspect.iscoroutinefunction(getattr(kind, "_get_session", None))
        and hasattr(kind, "_create_connector")
    )


def lane_session(http_session: Any, name: str, make: Callable[[Any], Awaitable[Any]]) -> Any:
    """A session like *http_session*, to call its ``send`` on, without any proxy.

    Its one ``ClientSession``, the lane *name*, is among those of *http_session*, which is held
    weakly.

    :param make: puts it there, given that.
    """
    direct = object.__new__(type(http_session))
    for attribute, value in vars(http_session).items():
        if attribute not in ("_get_session", "_sessions", "_exit_stack"):
            setattr(direct, attribute, value)
    made, key = weakref.ref(http_session), (_LANE, name)

    async def get_session(_proxy_url: Any) -> Any:
        http_session: Any = made()
        sessions = http_session._sessions
        if sessions is None:  # not entered yet, or closed: the error that plain clients get
            return await native_session(http_session)
        return sessions.get(key) or await make(http_session)

    direct._proxy_config = ProxyConfiguration()
    direct._get_session = get_session
    return direct


def is_followed(http_session: Any, made: Any) -> bool:
    """Is *http_session* still the one that was *made*, with its own ``send``?"""
    return http_session is made and "send" not in vars(http_session)


def native_session(http_session: Any, proxy_url: Any = None) -> Awaitable[Any]:
    """What ``_get_session`` of *http_session* would come to; raises what that raises."""
    session: Awaitable[Any] = type(http_session)._get_session(http_session, proxy_url)
    return session


def lane_of(http_session: Any, name: str) -> Any:
    """The :class:`Held` session of the lane *name*; ``None`` if there is none."""
    return (http_session._sessions or {}).get((_LANE, name))


async def open_lane(http_session: Any, direct: Any) -> Any:
    """A ``ClientSession`` like those of *http_session*, with which it will be closed."""
    direct._sessions, direct._exit_stack = {}, http_session._exit_stack
    if hasattr(direct, "_sessions_lock"):
        direct._sessions_lock = asyncio.Lock()
    siblings = list(http_session._sessions.items())
    for key, sibling in siblings:
        if key is None or key[0] == _LANE:  # without a proxy, hence with the same settings
            direct._create_connector = _like(sibling.connector, direct)
            break
    try:
        # Its class's own way of making one; on the instance it is ours.
        return await native_session(direct)
    finally:
        vars(direct).pop("_create_connector", None)
        del direct._sessions, direct._exit_stack


async def keep_lane(http_session: Any, name: str, session: Any) -> Any:
    """From now on *session* is the lane *name* of *http_session*."""
    if http_session._sessions is None:  # closed meanwhile
        await session.close()
        return await native_session(http_session)
    held = http_session._sessions[_LANE, name] = Held(session)
    return held


def _like(connector: Any, direct: Any) -> Callable[[Any], Any]:
    """Makes another connector like this, with its SSL context: reading a bundle takes 40 ms."""

    def create_connector(_proxy_url: Any) -> Any:
        made = type(connector)(
            limit=direct._max_pool_connections, ssl=connector._ssl, **_args(direct)
        )
        if not inspect.iscoroutinefunction(type(direct)._create_connector):
            return made

        async def as_a_coroutine() -> Any:
            return made

        return as_a_coroutine()

    return create_connector


def _args(http_session: Any) -> dict[str, Any]:
    args: dict[str, Any] = http_session._connector_args
    return args


async def check_host_names(http_session: Any, connector: Any) -> None:
    """Let *connector* hold the server's certificate to its name, as *http_session* is to verify.

    aiobotocore left that out for years, and everything where a proxy has no settings.
    """
    if not http_session._verify:
        return
    if not isinstance(connector._ssl, ssl.SSLContext):
        made = type(http_session)._create_connector(http_session, None)
        direct = await made if asyncio.iscoroutine(made) else made
        connector._ssl = direct._ssl
        await direct.close()
    if connector._ssl.verify_mode is not ssl.CERT_NONE:
        connector._ssl.check_hostname = True


class Held:
    """A ``ClientSession`` that follows no redirect of what is held to its URL.

    Plain HTTP clients of AWS follow none; aiohttp sends body and session token along.
    """

    __slots__ = ("session",)

    def __init__(self, session: Any) -> None:
        self.session = session

    def request(self, method: str, **arguments: Any) -> Any:
        """``ClientSession.request``."""
        if HELD.get():
            arguments["allow_redirects"] = False
        return self.session.request(method, **arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


# --- aiohttp's connector


class Opened(NamedTuple):
    """A TCP connection."""

    socket: socket.socket
    #: What its opener knows of it.
    note: Any
    #: Addresses that could have been dialled.
    addresses: int


class Opener(Protocol):
    """Opens the connections of a connector."""

    async def open(self, host: str, port: int, timeout: float | None) -> Opened:
        """Connect to *host* in so many seconds.

        :raises OSError: that failed.
        """

    def holds(self, connection: Opened) -> bool:
        """May an idle *connection* be used again?"""

    def broke_off(self, connection: Opened) -> None:
        """*connection* was opened, and TLS did not come about on it."""


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
