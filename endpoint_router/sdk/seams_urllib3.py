"""The private names of urllib3's pools and connections, as botocore uses them: all, and only here.

Each has a test in ``tests/sdk/test_seams_urllib3.py`` that fails when they change it.
botocore's own way to them is in :mod:`.seams_sending`.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from queue import Empty, Full
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.httpsession import ProxyConfiguration
from urllib3 import PoolManager
from urllib3.util.ssl_ import ALPN_PROTOCOLS

_PORTS = {"https": 443, "http": 80}


class Opener(Protocol):
    """Opens the connections of a pool."""

    def open(self, connection: Any) -> socket.socket:
        """A connected socket for a urllib3 *connection*."""

    def holds(self, connection: Any) -> bool:
        """May an idle *connection* be used again?"""

    def broke_off(self, connection: Any) -> None:
        """*connection* was opened, and TLS did not come about on it."""


class _Opened:
    """Mixin of connections."""

    opener: Opener
    #: What the opener knows of the connection.
    note: Any = None
    process = 0
    opened = False

    def _new_conn(self) -> socket.socket:
        self.process = os.getpid()
        connected = self.opener.open(self)
        self.opened = True
        return connected

    def connect(self) -> None:
        self.opened = False
        try:
            super().connect()  # type: ignore[misc]
        except Exception:
            if self.opened:
                self.opener.broke_off(self)
            raise


class _Pool:
    """Mixin of pools."""

    def __init__(self, *arguments: Any, opener: Opener, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.opener = opener

    def _new_conn(self) -> Any:
        connection = super()._new_conn()  # type: ignore[misc]
        if isinstance(connection, _Opened):
            connection.opener = self.opener
        return connection

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        return _checked(connection) if isinstance(connection, _Opened) else connection


class _YieldingPool(_Pool):
    """Mixin of pools: who puts connections of his own into botocore's, has them here as well."""

    @property
    def ConnectionCls(self) -> Any:
        kind = super().ConnectionCls  # type: ignore[misc]
        return _OURS.get(kind, kind)


# botocore's stubs disagree with themselves about these bases.
class _HTTPConnection(_Opened, AWSHTTPConnection): ...  # type: ignore[misc]


class _HTTPSConnection(_Opened, AWSHTTPSConnection): ...  # type: ignore[misc]


class _HTTPPool(_Pool, AWSHTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(_Pool, AWSHTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_OURS = {AWSHTTPConnection: _HTTPConnection, AWSHTTPSConnection: _HTTPSConnection}


class _YieldingHTTPPool(_YieldingPool, AWSHTTPConnectionPool): ...  # type: ignore[override]


class _YieldingHTTPSPool(_YieldingPool, AWSHTTPSConnectionPool): ...  # type: ignore[override]


def connections_are_own() -> bool:
    """Are the connections in botocore's pools its own? vcrpy, for one, puts its cassette there."""
    return (
        AWSHTTPSConnectionPool.ConnectionCls is AWSHTTPSConnection
        and AWSHTTPConnectionPool.ConnectionCls is AWSHTTPConnection
    )


def _checked(connection: Any) -> Any:
    """A closed connection is opened anew when it is used, as urllib3 does with a dropped one.

    A socket that a parent process opened is also the parent's, and so is its TLS session.
    """
    if connection.sock is not None and not (
        connection.process == os.getpid() and connection.opener.holds(connection)
    ):
        connection.close()
    return connection


def pools_for(opener: Opener) -> Mapping[str, Any]:
    """Pool classes by scheme, whose connections *opener* opens, and nobody else."""
    return {"http": partial(_HTTPPool, opener=opener), "https": partial(_HTTPSPool, opener=opener)}


def yielding_pools_for(opener: Opener) -> Mapping[str, Any]:
    """The same, but where somebody has put connections of his own into botocore's, they are his."""
    return {
        "http": partial(_YieldingHTTPPool, opener=opener),
        "https": partial(_YieldingHTTPSPool, opener=opener),
    }


def set_pool_classes(http_session: Any, pools: Mapping[str, type]) -> None:
    """Make direct connections of *http_session* with these pools; proxied ones keep their own."""
    manager = getattr(http_session, "_manager", None)
    if manager is not None:
        manager.pool_classes_by_scheme = dict(pools)


def reset_pool_classes(http_session: Any) -> None:
    """Undo :func:`set_pool_classes`."""
    manager = getattr(http_session, "_manager", None)
    if manager is not None:
        manager.pool_classes_by_scheme = http_session._pool_classes_by_scheme


def can_have_direct_session(http_session: Any) -> bool:
    """Is *http_session* one whose connections :func:`direct_session` knows how to make?

    Not if somebody has replaced its ``send``, or the connections in botocore's pools: those may
    connect as they like. Who wraps ``send`` of the class, as tracing does, calls through, and with
    the direct session as well.
    """
    send, manager = http_session.send, getattr(http_session, "_manager", None)
    # Bound anew each time, it is of the class. Asking for the dictionary of an instance makes its
    # attributes slower from then on.
    of_class = send is not http_session.send or "send" not in getattr(http_session, "__dict__", ())
    # A mock on the class is bound to nothing, and what it is asked for stays within the test.
    own = of_class and getattr(send, "__self__", http_session) is http_session
    return own and isinstance(manager, PoolManager) and connections_are_own()


def direct_session(http_session: Any, pools: Mapping[str, type]) -> Any:
    """A session like *http_session*, to call ``URLLib3Session.send`` on, without any proxy.

    It has connections of its own, made by *pools*; timeouts, TLS settings and the rest are shared.
    """
    direct = object.__new__(type(http_session))
    for name, value in vars(http_session).items():
        if name != "close":  # ours, on the session itself
            setattr(direct, name, value)
    direct._manager = PoolManager(**http_session._manager.connection_pool_kw)
    direct._manager.pool_classes_by_scheme = dict(pools)
    direct._proxy_managers = {}
    direct._proxy_config = ProxyConfiguration()
    return direct


def set_protocols_once(client: Any) -> None:
    """For a *client* that connects in many threads at once: what TLS offers is set here, for good.

    urllib3 sets it before each handshake, in a context that all connections share, and another
    thread's handshake may read it meanwhile: what is sent then is garbled, or the process dies
    (https://github.com/python/cpython/issues/141012).
    """
    manager = client._endpoint.http_session._manager
    context = manager.connection_pool_kw["ssl_context"]
    if isinstance(context, ssl.SSLContext):
        context.set_alpn_protocols(ALPN_PROTOCOLS)
        vars(context)["set_alpn_protocols"] = lambda _protocols: None


def pools_of(http_session: Any) -> list[Any]:
    """The connection pools of direct connections that *http_session* has now."""
    pools = http_session._manager.pools
    keys = pools.keys()  # a list; the container itself refuses to be iterated over
    return [pool for key in keys if (pool := pools.get(key)) is not None]


def socket_of(response: Any, http_session: Any, url: str) -> Any:
    """The socket that *response* to *url* came by, or another one to the same server.

    ``None`` where *http_session* has no such: it was closed, or leads to a proxy.
    """
    connection = getattr(getattr(response, "raw", None), "connection", None)
    if connection is None and isinstance(getattr(http_session, "_manager", None), PoolManager):
        asked = urlsplit(url)
        server = asked.scheme, asked.hostname, asked.port or _PORTS.get(asked.scheme)
        for pool in pools_of(http_session):
            if pool.pool is not None and (pool.scheme, pool.host, pool.port) == server:
                idle = [idle for idle in pool.pool.queue if idle is not None and idle.sock]
                connection = idle[-1] if idle else connection
    is_direct = connection is not None and not getattr(connection, "proxy", None)
    return getattr(connection, "sock", None) if is_direct else None


def close_direct_session(http_session: Any) -> None:
    """Close the connections of :func:`direct_session`'s session."""
    http_session._manager.clear()


def close_idle(pool: Any, *, unless: Callable[[Any], bool]) -> None:
    """Close the idle connections of a urllib3 *pool*, except those that *unless* says yes to."""
    queue = pool.pool
    kept: list[Any] = []
    while queue is not None:
        try:
            connection = queue.get(block=False)
        except Empty:
            break
        if connection is not None and not unless(connection):
            connection.close()  # it is opened anew when it is used
        kept.append(connection)
    for connection in reversed(kept):  # last in, first out
        try:
            queue.put(connection, block=False)
        except Full:  # another thread was quicker to give its connection back
            if connection is not None:
                connection.close()
