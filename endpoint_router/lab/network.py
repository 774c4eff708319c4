"""The lab as a whole: hosts with DNS names, addresses and certificates, and the way to dial them.

Here live who holds which certificate, and the map from lab addresses (``10.20.0.10:443``) to the
loopback ports where the servers really are. DNS and HTTP themselves are in
:mod:`endpoint_router.lab.dns` and :mod:`endpoint_router.lab.https`, certificates in
:mod:`endpoint_router.lab.certificates`.

    with Lab() as lab:
        lab.host("kms-fips.us-east-1.amazonaws.com", "52.94.0.10")
        ...  # dns.servers = [lab.dns_server], verify = lab.ca_bundle, dial with lab.connect
        assert lab.seen[-1].address == "52.94.0.10"
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import ssl
import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from endpoint_router.lab.certificates import Authority, shown
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.https import HttpsEndpoint
from endpoint_router.lab.values import (
    LOOPBACK,
    Address,
    Addresses,
    Application,
    Fault,
    Reply,
    Seen,
)
from endpoint_router.probe.dialling import SystemDialler, race

SocketOption = tuple[int, int, int]


class Lab:
    """DNS and HTTPS servers that start together; a context manager, unprivileged, on loopback.

    Hosts may be declared before or after it starts. In a network namespace of its own, where the
    real addresses and ports exist, give it ``dns=("10.20.0.2", 53), https=("::", 443),
    http=("::", 80)``: then nothing needs :meth:`connect`.

    :param dns: where the DNS server binds; a free port of 127.0.0.1 unless told.
    :param https: where HTTPS binds. :param http: where plain HTTP binds.
    :param replies: replies of your own by (signing service, operation).
    :param zone: names that exist from the start.
    :ivar seen: every request that arrived, over both, in order.
    :ivar ca_bundle: path of the CA's certificate; the file is gone when the lab stops.
    :ivar dns_server: ``127.0.0.1:port``, for ``dns.servers`` of a policy.
    """

    dns: DnsServer
    https: HttpsEndpoint
    http: HttpsEndpoint
    ca_bundle: str
    dns_server: str
    _authority: Authority

    def __init__(
        self,
        *,
        dns: Address = LOOPBACK,
        https: Address = LOOPBACK,
        http: Address = LOOPBACK,
        replies: Mapping[tuple[str, str], Reply] | None = None,
        zone: HostedZone | None = None,
    ) -> None:
        self.zone = zone if zone is not None else HostedZone()
        self.seen: list[Seen] = []
        self._binds = dns, https, http
        self._replies = replies
        self._held: dict[str, list[str]] = {}
        self._tls_ports: dict[str, frozenset[int]] = {}
        self._unreachable: dict[str, Literal["refused", "timeout"]] = {}
        self._answers: dict[str, Application] = {}
        #: What the servers take out when they accept, and what the clients' ends lead to.
        self._dialled: dict[Address, Address] = {}
        self._peers: dict[Address, str] = {}
        self._system = SystemDialler()
        #: Every address and port that was dialled, also in vain.
        self.dialled: list[Address] = []
        self._stack = contextlib.ExitStack()
        self._stopped = False

    def __enter__(self) -> Lab:
        dns, https, http = self._binds
        with contextlib.ExitStack() as stack:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="endpoint-lab-"))
            authority = self._authority = Authority(Path(directory))

            def certificate(address: str, sni: str) -> ssl.SSLContext:
                return authority.context(shown(sni, self._held.get(address, ())))

            endpoint = partial(
                HttpsEndpoint,
                dialled=self._dialled,
                seen=self.seen,
                replies=self._replies,
                answers=self._answers,
            )
            self.dns = stack.enter_context(DnsServer(self.zone, bind=dns))
            self.https = stack.enter_context(endpoint(certificate, bind=https))
            self.http = stack.enter_context(endpoint(None, bind=http))
            self.ca_bundle, self.dns_server = authority.bundle, self.dns.address
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopped = True
        self._stack.close()

    def host(
        self,
        name: str,
        *addresses: str,
        ttl: int = 60,
        certificate: bool | str = True,
        ports: Iterable[int] = (443,),
        answer: Application | None = None,
    ) -> None:
        """Declare a host: its DNS records, its certificate, and that something listens there.

        :param name: host name, or ``*.suffix`` for a wildcard in DNS and in the certificate.
        :param addresses: IPv4 and IPv6, as the client shall see them.
        :param ttl: of the records, seconds.
        :param certificate: True for one that bears *name*, a string for one that bears another
            name instead, False for none. Several hosts at one address hold one each.
        :param ports: where TLS is spoken. Port 80 always speaks plain HTTP.
        :param answer: answers every request to these addresses, whatever its host; the lab's own
            replies unless told. A fault (:meth:`fail_next`) comes first.
        :raises ValueError: no address, or something that is none.
        """
        if not addresses:
            raise ValueError(f"{name}: a host needs an address; for DNS alone use zone.set()")
        self.zone.set(name, Addresses(addresses, ttl))
        for address in map(_canonical, addresses):
            held = self._held.setdefault(address, [])
            if certificate:
                held.append((name if certificate is True else certificate).lower())
            self._tls_ports[address] = self._tls_ports.get(address, frozenset()) | set(ports)
            self._unreachable.pop(address, None)
            if answer:
                self._answers[address] = answer

    def certificate(self, name: str) -> ssl.SSLContext:
        """A server context with a certificate for *name*, for a server beside the lab's own.

        :param name: a host, or an address such as 127.0.0.1.
        """
        return self._authority.context(name)

    def unreachable(self, address: str, how: Literal["refused", "timeout"] = "refused") -> None:
        """Let connections to *address* fail from now on; :meth:`host` brings it back."""
        self._unreachable[_canonical(address)] = how

    def fail_next(self, count: int, fault: Fault) -> None:
        """The next *count* HTTPS requests meet *fault*."""
        self.https.fail_next(count, fault)

    def connect(
        self,
        address: str,
        port: int,
        timeout: float | None = None,
        source_address: Address | None = None,
        socket_options: Iterable[SocketOption] = (),
    ) -> socket.socket:
        """Dial a lab address and wait until that is done: what the proxy does.

        :param address: an IP address, not a name. :param timeout: seconds, or None to wait.
        :raises ConnectionRefusedError: nothing listens there, or it was declared so.
        :raises TimeoutError: declared unreachable by ``timeout``, after *timeout* seconds.
        :raises ValueError: *address* is a name.
        """
        return race(
            self,
            (address,),
            port,
            timeout,
            source_address=source_address,
            socket_options=socket_options,
        ).connection

    def begin(
        self,
        address: str,
        port: int,
        source_address: Address | None = None,
        socket_options: Iterable[SocketOption] = (),
    ) -> socket.socket:
        """Begin to dial a lab address: this makes the lab a ``Dialler`` for the router.

        Real loopback addresses are dialled as they are (a proxy or a server of the test's own).

        :param source_address: where to bind the client's end; ignored unless it is on loopback.
        :raises ConnectionRefusedError: nothing listens there, or it was declared so.
        :raises ValueError: *address* is a name.
        """
        address = _canonical(address)
        source = source_address if source_address and _is_loopback(source_address[0]) else None
        self.dialled.append((address, port))
        if how := self._unreachable.get(address):
            if how == "timeout":
                return self._hanging()
            raise _refused(address, port)
        if address not in self._held and _is_loopback(address):
            return self._system.begin(address, port, source, socket_options)
        server = self._server_at(address, port)
        if server is None:
            raise _refused(address, port)
        client = socket.socket()
        try:
            # Headers and body are two packets: with Nagle each call would wait for a delayed ACK.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for option in socket_options:
                client.setsockopt(*option)
            client.bind(source or LOOPBACK)
            # Before it connects: the server looks the client's address up when it accepts.
            self._dialled[client.getsockname()] = (address, port)
            self._peers[client.getsockname()] = address
            client.connect(("127.0.0.1", server.port))
            client.setblocking(False)
        except OSError:
            client.close()
            raise
        return client

    def peer(self, connection: socket.socket) -> str:
        """The lab address at the other end of a connection that the lab dialled."""
        address = self._peers.get(connection.getsockname())
        return address or self._system.peer(connection)

    def _hanging(self) -> socket.socket:
        """A socket that never becomes writable: its buffer is full, and nobody will read."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                ours.send(bytes(1 << 16))
        self._stack.callback(theirs.close)
        if self._stopped:  # too late for the stack
            theirs.close()
        return ours

    def _server_at(self, address: str, port: int) -> HttpsEndpoint | None:
        if port in self._tls_ports.get(address, ()):
            return self.https
        return self.http if port == 80 and address in self._held else None


def _refused(address: str, port: int) -> OSError:
    """What the kernel would have said: OSError makes the subclass that goes with the number."""
    code = errno.ECONNREFUSED
    return OSError(code, f"{os.strerror(code)}: {address} port {port}")


def _canonical(address: str) -> str:
    return str(ipaddress.ip_address(address))


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
