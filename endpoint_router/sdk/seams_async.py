"""The private names of aiobotocore's HTTP sessions: all, and only here.

Each has a test in ``tests/aio/test_seams_async.py`` that fails when aiobotocore changes it,
which is not imported: what a client is shows by its parts. What that inherits from botocore is in
:mod:`.seams`, :mod:`.seams_rulesets` and :mod:`.seams_sending`; aiohttp's connectors are in
:mod:`.seams_aiohttp`.
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


# --- who opens connections


class Opened(NamedTuple):
    """A TCP connection."""

    socket: socket.socket
    #: What its opener knows of it.
    note: Any
    #: Addresses that could have been dialled.
    addresses: int


class Opener(Protocol):
    """Opens the connections of aiohttp's connectors and of httpx's pools."""

    async def open(self, host: str, port: int, timeout: float | None) -> Opened:
        """Connect to *host* in so many seconds.

        :raises OSError: that failed.
        """

    def holds(self, connection: Opened) -> bool:
        """May an idle *connection* be used again?"""

    def broke_off(self, connection: Opened) -> None:
        """*connection* was opened, and TLS did not come about on it."""
