"""Connects to hosts, and says nothing but TLS: TCP, the handshake, and whose certificate is shown.

Each certificate is verified as calls verify it. One that does not pass is looked at once more, on a
connection on which nobody verifies and nothing is sent, so that its issuer can be told. To a proxy
goes the ``CONNECT`` that calls would send as well.
"""

from __future__ import annotations

import errno
import selectors
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from ..printable import printable
from ..probe.dialling import Dialler, SystemDialler, race
from ..routing.networks import Verdict
from . import certificates
from .connected import Connection, Result, Tls, hint

__all__ = ["TIMEOUT", "Target", "connect", "facts"]

#: Seconds for TCP, and as many for TLS. Calls wait longer, but nobody calls that working.
TIMEOUT = 5.0
#: Characters of a proxy's answer.
_LONGEST = 65536

#: As OpenSSL numbers what is wrong with a certificate (``x509_vfy.h``).
_WRONG_NAME = frozenset({62, 64})
_WRONG_DAY = frozenset({9, 10})
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL})


class Target(Struct, frozen=True):
    """What is to be connected to."""

    host: str
    port: int
    #: Empty with a proxy, which looks the name up.
    address: str
    #: Is it spoken there?
    tls: bool
    verdict: Verdict | None = None
    #: With its user and password.
    proxy: str = ""

    def __repr__(self) -> str:
        return f"Target({self.host}:{self.port} {self.address})"


class _Refused(Exception):
    """By the proxy; its text says how."""


def facts(secured: Any) -> tuple[Tls, bytes | None]:
    """What was agreed on with the other end of *secured*, a TLS socket; and its certificate."""
    cipher = secured.cipher()
    return Tls(secured.version() or "", cipher[0] if cipher else ""), secured.getpeercert(True)


def connect(
    target: Target,
    context: ssl.SSLContext,
    *,
    timeout: float = TIMEOUT,
    dialler: Dialler | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Connection:
    """How far a connection to *target* comes. Raises nothing on account of the network.

    :param context: whom calls trust.
    :param timeout: seconds for TCP, and as many for TLS.
    """
    dialler = dialler or SystemDialler()
    began = clock()
    try:
        sock = _tcp(target, context, timeout, dialler, clock)
    except _Refused as error:
        return _failed(target, "proxy.failed", error)
    except OSError as error:
        return _failed(target, _tcp_result(error), error)
    connected = clock()
    try:
        if not target.tls:
            return Connection(target.address, "ok", tcp_seconds=connected - began)
        with _handshake(sock, context, target.host, connected + timeout, clock) as secured:
            tls, der = facts(secured)
            there = clock()
    except ssl.SSLCertVerificationError as error:
        shown = _look(target, timeout, dialler, clock, context)
        certificate = certificates.read(shown)
        result = _verify_result(error)
        return Connection(
            target.address,
            result,
            error.verify_message,
            hint(result, target.host, target.verdict, certificate),
            tcp_seconds=connected - began,
            certificate=certificate,
        )
    except (OSError, ValueError) as error:  # ValueError: a name that no certificate can be for
        return _failed(target, _tls_result(error), error, tcp_seconds=connected - began)
    finally:
        sock.close()
    return Connection(
        target.address,
        "ok",
        tcp_seconds=connected - began,
        tls_seconds=there - connected,
        tls=tls,
        certificate=certificates.read(der),
    )


def _failed(
    target: Target, result: Result, error: Exception, tcp_seconds: float | None = None
) -> Connection:
    detail = (error.strerror if isinstance(error, OSError) else "") or str(error)
    said = hint(result, target.host, target.verdict, detail=detail)
    return Connection(target.address, result, detail, said, tcp_seconds=tcp_seconds)


def _tcp_result(error: OSError) -> Result:
    if isinstance(error, TimeoutError):
        return "tcp.timeout"
    if isinstance(error, ConnectionRefusedError):
        return "tcp.refused"
    return "tcp.unreachable" if error.errno in _UNREACHABLE else "tcp.failed"


def _tls_result(error: Exception) -> Result:
    if isinstance(error, TimeoutError):
        return "tls.timeout"
    broken = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return "tls.broken_off" if isinstance(error, broken) else "tls.failed"


def _verify_result(error: ssl.SSLCertVerificationError) -> Result:
    if error.verify_code in _WRONG_NAME:
        return "tls.name"
    return "tls.expired" if error.verify_code in _WRONG_DAY else "tls.issuer"


# --- the connection


def _tcp(
    target: Target,
    context: ssl.SSLContext,
    timeout: float,
    dialler: Dialler,
    clock: Callable[[], float],
) -> Any:
    """A socket that leads to *target*; through its proxy, if it has one."""
    until = clock() + timeout
    if not target.proxy:
        return race(dialler, (target.address,), target.port, timeout).connection
    proxy = urlsplit(target.proxy)
    port = proxy.port or (443 if proxy.scheme == "https" else 80)
    try:
        sock: Any = socket.create_connection((proxy.hostname or "", port), timeout)
    except (OSError, UnicodeError) as error:
        raise _Refused(f"{proxy.hostname}: {error}") from error
    try:
        if proxy.scheme == "https":
            sock = context.wrap_socket(sock, server_hostname=proxy.hostname)
        if target.tls:  # else requests go to the proxy itself
            asked = _connect_request(target, proxy.username, proxy.password)
            _tunnel(sock, asked, lambda: clock() >= until)
    except OSError as error:
        sock.close()
        raise _Refused(str(error)) from error
    except BaseException:
        sock.close()
        raise
    return sock


def _connect_request(target: Target, user: str | None, password: str | None) -> bytes:
    there = f"{target.host}:{target.port}"
    lines = [f"CONNECT {there} HTTP/1.1", f"Host: {there}"]
    if user and password:
        pair = f"{unquote(user)}:{unquote(password)}".encode()
        lines.append(f"Proxy-Authorization: Basic {b64encode(pair).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()


def _tunnel(sock: Any, asked: bytes, is_over: Callable[[], bool]) -> None:
    """Have the proxy at the other end of *sock* lead it on, as it is *asked*."""
    sock.sendall(asked)
    said = b""
    while b"\r\n\r\n" not in said:
        chunk = sock.recv(1)  # and none of what the other end says after it
        said += chunk
        if not chunk or len(said) > _LONGEST or is_over():
            raise _Refused("no answer that makes sense")
    status = said.partition(b"\r\n")[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        raise _Refused(printable(status[:200]))


def _handshake(
    sock: Any, context: ssl.SSLContext, host: str, until: float, clock: Callable[[], float]
) -> Any:
    """TLS on *sock*, as far as that comes about by *until*."""
    if isinstance(sock, ssl.SSLSocket):  # that with a proxy, and this one inside it
        from urllib3.util.ssltransport import SSLTransport

        return SSLTransport(sock, context, server_hostname=host)
    secured = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        secured.setblocking(False)
        while True:
            try:
                secured.do_handshake()
                return secured
            except ssl.SSLWantReadError:
                events = selectors.EVENT_READ
            except ssl.SSLWantWriteError:
                events = selectors.EVENT_WRITE
            with selectors.DefaultSelector() as selector:
                selector.register(secured, events)
                if not selector.select(max(0.0, until - clock())) and clock() >= until:
                    raise TimeoutError(errno.ETIMEDOUT, "timed out")
    except BaseException:
        secured.close()
        raise


def _look(
    target: Target,
    timeout: float,
    dialler: Dialler,
    clock: Callable[[], float],
    trusted: ssl.SSLContext,
) -> bytes | None:
    """The certificate of *target*, whoever issued it. Nothing is sent over such a connection."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError, ValueError, _Refused):
        sock = _tcp(target, trusted, timeout, dialler, clock)
        until = clock() + timeout
        with sock, _handshake(sock, blind, target.host, until, clock) as secured:
            return facts(secured)[1]
    return None
