"""How far a connection comes, and what may be behind it, against servers that do harm."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme
from botocore.session import Session

from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.sdk import seams_sending
from endpoint_router.survey import connecting
from endpoint_router.survey.clients import silent_client
from endpoint_router.survey.connected import Connection
from endpoint_router.survey.connecting import Target
from tests.support import namespace
from tests.support.dropping import drop_packets_to
from tests.support.namespace import run_isolated

HOST = "kms.us-east-1.amazonaws.com"
PRIVATE = "10.20.0.10"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.host(HOST, PRIVATE)
        lab.host("sts.us-east-1.amazonaws.com", "10.20.0.11", certificate="sts.other.example")
        yield lab


def trusting(bundle: str) -> ssl.SSLContext:
    """As a client of botocore's with that bundle."""
    session = Session()
    session.set_config_variable("ca_bundle", bundle)
    client = silent_client(session, "kms", "us-east-1")
    return seams_sending.tls_context(seams_sending.http_session_of(client))


@pytest.fixture(scope="module")
def context(lab: Lab) -> ssl.SSLContext:
    return trusting(lab.ca_bundle)


def connect(
    target: Target, context: ssl.SSLContext, *, timeout: float = 60.0, **more: Any
) -> Connection:
    """With time for a busy machine, unless a test says otherwise."""
    return connecting.connect(target, context, timeout=timeout, **more)


def target(address: str = PRIVATE, host: str = HOST, **more: Any) -> Target:
    return Target(host, 443, address, tls=True, verdict="private-address", **more)


def test_one_that_works(lab: Lab, context: ssl.SSLContext) -> None:
    came = connect(target(), context, dialler=lab)
    assert (came.result, came.works, came.hint) == ("ok", True, "")
    assert came.tls
    assert came.tls.version in ("TLSv1.2", "TLSv1.3")
    assert came.tls.cipher.startswith(("TLS_", "ECDHE"))
    assert came.certificate
    assert came.certificate.names == (HOST,)
    assert came.certificate.issuer == "endpoint_router lab"
    assert came.tcp_seconds is not None
    assert came.tls_seconds is not None


def test_nothing_is_requested(lab: Lab, context: ssl.SSLContext) -> None:
    before = len(lab.seen)
    connect(target(), context, dialler=lab)
    connect(target("10.20.0.11", "sts.us-east-1.amazonaws.com"), context, dialler=lab)
    assert len(lab.seen) == before


def test_a_certificate_for_another_name(lab: Lab, context: ssl.SSLContext) -> None:
    came = connect(target("10.20.0.11", "sts.us-east-1.amazonaws.com"), context, dialler=lab)
    assert came.result == "tls.name"
    assert came.hint.startswith(
        "certificate is not for this name but for sts.other.example, issued by endpoint_router lab"
    )


def test_an_issuer_whom_nobody_trusts(lab: Lab) -> None:
    """What a firewall that inspects TLS looks like to who was not told of it."""
    client = silent_client(Session(), "kms", "us-east-1")
    usual = seams_sending.tls_context(seams_sending.http_session_of(client))
    came = connect(target(), usual, dialler=lab)
    assert came.result == "tls.issuer"
    assert "issued by endpoint_router lab, whom nobody here trusts: TLS inspection?" in came.hint
    assert not came.works


def test_a_port_at_which_nobody_listens(lab: Lab, context: ssl.SSLContext) -> None:
    came = connect(target("10.20.0.99"), context, dialler=lab)
    assert came.result == "tcp.refused"
    assert came.hint.startswith("DNS private, TCP refused")


def test_silence(lab: Lab, context: ssl.SSLContext) -> None:
    lab.host("silent.example", "10.20.0.77")
    lab.unreachable("10.20.0.77", "timeout")
    came = connect(target("10.20.0.77"), context, dialler=lab, timeout=0.2)
    assert came.result == "tcp.timeout"
    assert came.hint == "DNS private, TCP timed out: security group or route"


def test_a_handshake_that_is_broken_off(lab: Lab, context: ssl.SSLContext) -> None:
    lab.host("reset.example", "10.20.0.78")
    lab.https.resetting.add("10.20.0.78")
    came = connect(target("10.20.0.78"), context, dialler=lab)
    assert came.result == "tls.broken_off"
    assert came.hint == "TLS handshake broken off: a middlebox?"
    assert came.tcp_seconds is not None


# --- servers of the tests' own, on loopback


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], object]], int]]:
    """Start a server whose connections are handled so; its port."""
    listeners: list[socket.socket] = []

    def start(handle: Callable[[socket.socket], object]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        handle(connection)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def local(port: int, host: str = HOST) -> Target:
    return Target(host, port, "127.0.0.1", tls=True)


def test_a_handshake_without_an_answer(serve: Any, context: ssl.SSLContext) -> None:
    port = serve(lambda connection: connection.recv(4096) and connection.recv(4096))
    came = connect(local(port), context, timeout=2.0)
    assert came.result == "tls.timeout"
    assert "MTU" in came.hint


def test_a_handshake_that_trickles(serve: Any, context: ssl.SSLContext) -> None:
    """The time is for all of it: a byte now and then does not prolong it."""
    stopped = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x10\x00")
        while not stopped.wait(0.05):
            connection.sendall(b"\x02")

    port = serve(trickle)
    came = connect(local(port), context, timeout=2.0)
    stopped.set()
    assert came.result == "tls.timeout"


def test_who_does_not_speak_tls(serve: Any, context: ssl.SSLContext) -> None:
    def portal(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\x1b[2J\r\n\r\n")

    came = connect(local(serve(portal)), context)
    assert came.result == "tls.failed"
    assert came.hint.startswith("TLS failed: ")


def test_a_certificate_that_has_ended(serve: Any, tmp_path: Any) -> None:
    authority = trustme.CA(organization_name="Lasting CA")
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    past = datetime.datetime(2020, 5, 6, tzinfo=datetime.timezone.utc)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, not_after=past).configure_cert(server)

    def secure(connection: socket.socket) -> None:
        with server.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    came = connect(local(serve(secure)), trusting(str(bundle)))
    assert came.result == "tls.expired"
    assert "2020-05-06" in came.hint
    assert "Lasting CA" in came.hint


def test_plain_http_is_connected_to_and_no_more(serve: Any, context: ssl.SSLContext) -> None:
    heard: list[bytes] = []
    port = serve(lambda connection: heard.append(connection.recv(1)))
    came = connect(Target(HOST, port, "127.0.0.1", tls=False), context)
    assert (came.result, came.tls) == ("ok", None)
    assert b"".join(heard) == b""


# --- proxies


def through(proxy: str) -> Target:
    return Target(HOST, 443, "", tls=True, proxy=proxy)


def test_through_a_proxy(lab: Lab, context: ssl.SSLContext) -> None:
    with ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        came = connect(through(proxy.url.replace("//", "//a%40b:c@")), context)
        assert (came.result, came.address) == ("ok", "")
        assert came.certificate
        assert came.certificate.names == (HOST,)
        (asked,) = proxy.asked
        assert asked.line == f"CONNECT {HOST}:443 HTTP/1.1"
        assert asked.headers["proxy-authorization"] == "Basic YUBiOmM="


def test_through_a_proxy_that_speaks_tls_itself(lab: Lab, context: ssl.SSLContext) -> None:
    certificate = lab.certificate("127.0.0.1")
    with ConnectProxy(lab.zone.addresses, lab.connect, tls=certificate) as proxy:
        came = connect(through(proxy.url), context)
        assert came.result == "ok"
        assert came.certificate
        assert came.certificate.names == (HOST,)


def test_a_proxy_that_refuses(serve: Any, context: ssl.SSLContext) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 407 Who\x1b[2J are you\r\n\r\n")

    came = connect(through(f"http://me:secret@127.0.0.1:{serve(refuse)}"), context)
    assert came.result == "proxy.failed"
    assert r"407 Who\x1b[2J are you" in came.hint
    assert "secret" not in repr((came, through("http://me:secret@h")))


def test_a_proxy_that_trickles(serve: Any, context: ssl.SSLContext) -> None:
    stopped = threading.Event()

    def trickle(connection: socket.socket) -> None:
        while not stopped.wait(0.05):
            connection.sendall(b"H")

    came = connect(through(f"http://127.0.0.1:{serve(trickle)}"), context, timeout=0.4)
    stopped.set()
    assert came.result == "proxy.failed"


def test_a_proxy_that_is_not_there(context: ssl.SSLContext) -> None:
    with socket.socket() as bound:  # and never listens
        bound.bind(("127.0.0.1", 0))
        came = connect(through(f"http://127.0.0.1:{bound.getsockname()[1]}"), context)
    assert came.result == "proxy.failed"


# --- the real network


def _at_a_black_hole() -> Connection:
    drop_packets_to("10.20.0.99", beside=("10.20.0.10",), source=namespace.NAMESERVER)
    context = ssl.create_default_context()
    return connect(target("10.20.0.99"), context, timeout=0.3)


def _without_a_route() -> Connection:
    return connect(target("192.0.2.1"), ssl.create_default_context(), timeout=5.0)


def test_a_black_hole() -> None:
    namespace.require()
    came = run_isolated(_at_a_black_hole)
    assert came.result == "tcp.timeout"
    assert came.hint == "DNS private, TCP timed out: security group or route"


def test_no_route() -> None:
    namespace.require()
    assert run_isolated(_without_a_route).result == "tcp.unreachable"
