"""Each private name of urllib3's pools and connections: it does what is relied upon."""

from __future__ import annotations

import socket
import ssl
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSRequest,
)
from botocore.exceptions import ConnectionClosedError, SSLError
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from endpoint_router.lab.network import Lab
from endpoint_router.sdk import seams_sending, seams_urllib3


def test_what_tls_offers_is_set_once() -> None:
    """Each wrap of urllib3 sets it anew, while others read it: a ClientHello of garbage."""
    client = Session().create_client("s3", "us-east-1")
    context = client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]

    def offered() -> bytes:
        sent = ssl.MemoryBIO()
        with pytest.raises(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="a.example").do_handshake()
        return sent.read()

    seams_urllib3.set_protocols_once(client)
    assert b"\x08http/1.1" in offered()
    context.set_alpn_protocols(["h2"])
    assert b"\x08http/1.1" in offered()


def test_pool_classes_can_be_set_and_taken_back() -> None:
    session = URLLib3Session()
    original = session._manager.pool_classes_by_scheme
    assert original == {"http": AWSHTTPConnectionPool, "https": AWSHTTPSConnectionPool}

    class Pool(AWSHTTPSConnectionPool):
        pass

    seams_urllib3.set_pool_classes(session, {"http": AWSHTTPConnectionPool, "https": Pool})
    assert type(session._manager.connection_from_url("https://a.example")) is Pool
    seams_urllib3.reset_pool_classes(session)
    assert session._manager.pool_classes_by_scheme is original
    assert type(session._manager.connection_from_url("https://b.example")) is not Pool


class Loopback:
    """An opener that leads every name to one server, and says whether to use connections again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened: list[tuple[str, int, Any, Any, Any]] = []
        self.again = True
        self.broken_off: list[str] = []

    def open(self, connection: Any) -> socket.socket:
        self.opened.append(
            (
                connection.host,
                connection.port,
                connection.timeout,
                connection.source_address,
                connection.socket_options,
            )
        )
        return socket.create_connection(("127.0.0.1", self.port), 30)

    def holds(self, connection: Any) -> bool:
        return self.again

    def broke_off(self, connection: Any) -> None:
        self.broken_off.append(connection.host)


@pytest.fixture
def opener() -> Iterator[Loopback]:
    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1")
        yield Loopback(lab.http.port)


def send(session: Any, url: str = "http://name.example/") -> Any:
    return URLLib3Session.send(session, AWSRequest("GET", url).prepare())


def test_a_direct_session_sends_by_connections_that_its_opener_opens(opener: Loopback) -> None:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    session = URLLib3Session(
        timeout=(31.5, 60), proxies={"http": "http://127.0.0.1:9"}, socket_options=options
    )
    direct = seams_urllib3.direct_session(session, seams_urllib3.pools_for(opener))
    assert send(direct).status_code
    assert opener.opened == [("name.example", 80, 31.5, None, options)]
    assert send(direct).status_code
    assert len(opener.opened) == 1  # the connection was idle, and is used again
    assert len(session._manager.pools) == 0  # none of it is the session's own
    assert session._proxy_managers == {}
    seams_urllib3.close_direct_session(direct)
    assert seams_urllib3.pools_of(direct) == []


def test_tls_goes_to_the_opener_as_well(opener: Loopback) -> None:
    direct = seams_urllib3.direct_session(URLLib3Session(), seams_urllib3.pools_for(opener))
    with pytest.raises(SSLError):  # the server speaks plain HTTP there
        send(direct, "https://name.example/")
    assert [one[:2] for one in opener.opened] == [("name.example", 443)]
    assert opener.broken_off == ["name.example"]


def test_a_connection_that_was_not_opened_does_not_break_off(opener: Loopback) -> None:
    direct = seams_urllib3.direct_session(URLLib3Session(), seams_urllib3.pools_for(opener))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        opener.port = closed.getsockname()[1]
        with pytest.raises(ConnectionClosedError):
            send(direct, "https://name.example/")
    assert opener.broken_off == []


def test_a_connection_that_the_opener_does_not_hold_is_opened_anew(opener: Loopback) -> None:
    direct = seams_urllib3.direct_session(URLLib3Session(), seams_urllib3.pools_for(opener))
    send(direct)
    opener.again = False
    send(direct)
    assert len(opener.opened) == 2


def test_idle_connections_can_be_closed(opener: Loopback) -> None:
    direct = seams_urllib3.direct_session(
        URLLib3Session(max_pool_connections=3), seams_urllib3.pools_for(opener)
    )
    send(direct)
    (pool,) = seams_urllib3.pools_of(direct)
    seams_urllib3.close_idle(pool, unless=lambda _connection: True)
    send(direct)
    assert len(opener.opened) == 1
    seams_urllib3.close_idle(pool, unless=lambda _connection: False)
    assert pool.pool.qsize() == 3  # as many places as before
    send(direct)
    assert len(opener.opened) == 2


def test_a_connection_of_the_parent_is_not_used_by_the_child(opener: Loopback) -> None:
    direct = seams_urllib3.direct_session(URLLib3Session(), seams_urllib3.pools_for(opener))
    send(direct)
    (pool,) = seams_urllib3.pools_of(direct)
    idle = pool.pool.get(block=False)
    idle.process -= 1  # as a child sees it after fork
    pool.pool.put(idle)
    send(direct)
    assert len(opener.opened) == 2


def test_which_sessions_can_have_a_direct_one() -> None:
    session = URLLib3Session()
    assert seams_urllib3.can_have_direct_session(session)
    session.send = lambda request: None
    assert not seams_urllib3.can_have_direct_session(session)
    session.send = URLLib3Session().send  # another's
    assert not seams_urllib3.can_have_direct_session(session)
    other = URLLib3Session()
    del other._manager
    assert not seams_urllib3.can_have_direct_session(other)


def test_which_connection_class_a_pool_uses() -> None:
    assert AWSHTTPSConnectionPool.ConnectionCls is AWSHTTPSConnection
    assert AWSHTTPConnectionPool.ConnectionCls is AWSHTTPConnection


@pytest.mark.parametrize("error", [NewConnectionError, ConnectTimeoutError])
def test_errors_of_connecting_take_a_connection_and_a_text(error: type[Exception]) -> None:
    assert "text" in str(error(AWSHTTPConnection("name.example"), "text"))


@pytest.mark.parametrize("streams", [True, False])
def test_the_socket_that_a_response_came_by(opener: Loopback, streams: bool) -> None:
    session, url = URLLib3Session(), f"http://127.0.0.1:{opener.port}/"
    request = AWSRequest("GET", url, stream_output=streams).prepare()
    response = session.send(request)
    assert seams_urllib3.socket_of(response, session, url).getpeername() == (
        "127.0.0.1",
        opener.port,
    )
    assert seams_urllib3.socket_of(None, session, "http://127.0.0.1:9/") is None
    assert seams_urllib3.socket_of(None, object(), url) is None
    assert response.content is not None
    session.close()
    assert seams_urllib3.socket_of(response, session, url) is None


def test_whose_connections_stand_in_botocores_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seams_urllib3.connections_are_own()
    session = URLLib3Session()
    direct = seams_urllib3.direct_session(session, {})
    is_followed = seams_sending.follower(weakref.ref(session), direct)
    assert is_followed(session)
    monkeypatch.setattr(AWSHTTPSConnectionPool, "ConnectionCls", AWSHTTPConnection)
    assert not seams_urllib3.connections_are_own()
    assert not seams_urllib3.can_have_direct_session(session)
    assert not is_followed(session)
