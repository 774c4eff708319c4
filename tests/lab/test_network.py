"""Hosts, certificates, dialling, and the proxy: what a client of the lab can rely on."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
import time
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

import botocore.session
import dns.resolver
import pytest
from botocore.config import Config

from endpoint_router.lab import Absent, Alias
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy

KMS = "kms-fips.us-east-1.amazonaws.com"
VPCE = "vpce-0123456789abcdef0-abcdefgh.kms-fips.us-east-1.vpce.amazonaws.com"


def get(lab: Lab, name: str, address: str, port: int = 443, path: str = "/") -> int:
    """One GET by HTTPS to *address*, checked against *name*; the status."""
    context = ssl.create_default_context(cafile=lab.ca_bundle)
    raw = lab.connect(address, port, 60.0)
    with raw, context.wrap_socket(raw, server_hostname=name) as secured:
        connection = HTTPSConnection(name)
        connection.sock = secured
        connection.request("GET", path)
        return connection.getresponse().status


def resolver(lab: Lab) -> dns.resolver.Resolver:
    host, port = lab.dns_server.split(":")
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = [host], int(port)
    made.timeout, made.lifetime = 30.0, 60.0
    return made


def test_a_host_has_records_a_certificate_and_a_server_that_knows_who_was_dialled() -> None:
    with Lab() as lab:
        lab.host(KMS, "52.94.0.10", "2600:1f18::10", ttl=17)
        lab.host(VPCE, "10.20.0.10", "fd00:0::0010")
        answer = resolver(lab).resolve(f"{KMS}.", "A")
        assert [r.address for r in answer] == ["52.94.0.10"]
        assert answer.response.answer[0].ttl == 17
        assert [r.address for r in resolver(lab).resolve(f"{VPCE}.", "AAAA")] == ["fd00::10"]
        for name, address in (
            (KMS, "52.94.0.10"),
            (KMS, "2600:1f18::10"),
            (VPCE, "10.20.0.10"),
            (VPCE, "fd00::10"),
        ):
            assert get(lab, name, address) == 200
            seen = lab.seen[-1]
            assert (seen.sni, seen.host) == (name, name)
            assert (seen.address, seen.port) == (address, 443)
        assert lab.https.errors == []


def test_each_address_holds_its_own_certificates() -> None:
    with Lab() as lab:
        lab.host(KMS, "52.94.0.10")
        lab.host(VPCE, "10.20.0.10")
        lab.host("other.example", "10.20.0.11", certificate=KMS)
        lab.host("bare.example", "10.20.0.12", certificate=False)
        lab.host("*.s3.us-east-1.amazonaws.com", "10.20.0.10")
        assert get(lab, KMS, "10.20.0.11") == 200
        assert get(lab, "bucket.s3.us-east-1.amazonaws.com", "10.20.0.10") == 200
        for name, address in (
            (KMS, "10.20.0.10"),
            ("other.example", "10.20.0.11"),
            ("bare.example", "10.20.0.12"),
            ("dotted.bucket.s3.us-east-1.amazonaws.com", "10.20.0.10"),
        ):
            with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
                get(lab, name, address)
        assert len(lab.seen) == 2


def test_a_client_that_does_not_trust_the_lab_gets_nowhere() -> None:
    with Lab() as lab:
        lab.host(KMS, "52.94.0.10")
        raw = lab.connect("52.94.0.10", 443, 60.0)
        with raw, pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(raw, server_hostname=KMS)
        assert lab.seen == []


def test_ports_are_closed_unless_something_listens() -> None:
    with Lab() as lab:
        lab.host("minio.example", "10.20.0.10", ports=(9000,))
        assert get(lab, "minio.example", "10.20.0.10", 9000) == 200
        assert lab.seen[-1].port == 9000
        with lab.connect("10.20.0.10", 80, 60.0) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: minio.example\r\n\r\n")
            assert raw.recv(65536).startswith(b"HTTP/1.1 200")
        assert (lab.seen[-1].address, lab.seen[-1].port, lab.seen[-1].sni) == ("10.20.0.10", 80, "")
        for address, port in (("10.20.0.10", 443), ("10.20.0.10", 22), ("10.20.0.99", 443)):
            with pytest.raises(ConnectionRefusedError) as caught:
                lab.connect(address, port, 60.0)
            assert caught.value.errno == errno.ECONNREFUSED


def test_unreachable_addresses_and_back() -> None:
    with Lab() as lab:
        lab.host(KMS, "10.20.0.10")
        lab.unreachable("10.20.0.10")
        with pytest.raises(ConnectionRefusedError):
            lab.connect("10.20.0.10", 443, 60.0)
        lab.unreachable("10.20.0.10", how="timeout")
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            lab.connect("10.20.0.10", 443, 0.1)
        assert time.monotonic() - started >= 0.1
        lab.host(KMS, "10.20.0.10")
        assert get(lab, KMS, "10.20.0.10") == 200


def test_whoever_waits_is_released_when_the_lab_stops() -> None:
    outcome: list[BaseException] = []
    with Lab() as lab:
        lab.unreachable("10.20.0.10", how="timeout")

        def dial() -> None:
            try:
                lab.connect("10.20.0.10", 443).sendall(b"hello")
            except OSError as error:
                outcome.append(error)

        thread = threading.Thread(target=dial)
        thread.start()
        assert outcome == []
    thread.join(60)
    assert len(outcome) == 1


def test_dialling_takes_options_and_a_source_and_no_names() -> None:
    with Lab() as lab:
        lab.host(KMS, "10.20.0.10")
        alive = (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with lab.connect("10.20.0.10", 443, 60.0, ("127.0.0.1", 0), [alive]) as raw:
            assert raw.gettimeout() == 60.0
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        with lab.connect("10.20.0.10", 443, 60.0, ("10.1.2.3", 0)):
            pass  # an address that this machine does not have: ignored
        with pytest.raises(ValueError, match="kms"):
            lab.connect(KMS, 443, 1.0)
        with (
            socket.create_server(("127.0.0.1", 0)) as own,
            lab.connect("127.0.0.1", own.getsockname()[1], 60.0, None, [alive]) as raw,
        ):
            assert raw.getpeername() == own.getsockname()
        with pytest.raises(ValueError, match="address"):
            lab.host("nowhere.example")
        with pytest.raises(ValueError, match="nonsense"):
            lab.host("nowhere.example", "nonsense")


def test_everything_is_gone_afterwards() -> None:
    with Lab() as lab:
        bundle, ports = lab.ca_bundle, (lab.https.port, lab.http.port, lab.dns.port)
        assert os.path.exists(bundle)
    assert not os.path.exists(os.path.dirname(bundle))
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 60)


def test_many_connections_at_once_keep_their_addresses() -> None:
    with Lab() as lab:
        addresses = [f"10.20.0.{n}" for n in range(10, 30)]
        lab.host(KMS, *addresses)
        threads = [
            threading.Thread(target=get, args=(lab, KMS, address), kwargs={"path": f"/{address}"})
            for address in addresses
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen.address for seen in lab.seen) == addresses
        assert all(seen.path == f"/{seen.address}" for seen in lab.seen)


# The proxy:


def tunnelled(proxy: ConnectProxy, lab: Lab, name: str) -> int:
    connection = HTTPSConnection(
        "127.0.0.1",
        int(proxy.url.rpartition(":")[2]),
        context=ssl.create_default_context(cafile=lab.ca_bundle),
        timeout=60,
    )
    connection.set_tunnel(name, 443)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_proxy_dials_what_the_zone_says() -> None:
    with Lab() as lab, ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        lab.host(KMS, "52.94.0.10")
        lab.zone.set("alias.example", Alias(KMS))
        lab.host("alias-certificate.example", "52.94.0.10", certificate="alias.example")
        assert tunnelled(proxy, lab, KMS) == 200
        assert tunnelled(proxy, lab, "alias.example") == 200
        assert {(seen.address, seen.port) for seen in lab.seen} == {("52.94.0.10", 443)}
        assert proxy.targets == [(KMS, 443), ("alias.example", 443)]


def test_the_proxy_refuses_what_it_cannot_reach() -> None:
    with Lab() as lab, ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        lab.zone.set("gone.example", Absent())
        lab.host(KMS, "52.94.0.10")
        lab.unreachable("52.94.0.10")
        for name in ("gone.example", KMS, "nobody.test"):
            with pytest.raises(OSError, match="502"):
                tunnelled(proxy, lab, name)
        assert [host for host, _ in proxy.targets] == ["gone.example", KMS, "nobody.test"]
        plain = HTTPConnection("127.0.0.1", proxy.port, timeout=60)
        plain.request("GET", "http://gone.example/")
        assert plain.getresponse().status == 405
        plain.close()
        assert lab.seen == []


def test_the_proxy_stops_at_once_with_a_tunnel_open() -> None:
    with Lab() as lab:
        lab.host(KMS, "52.94.0.10")
        with ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
            client = socket.create_connection(("127.0.0.1", proxy.port), 60)
            client.sendall(f"CONNECT {KMS}:443 HTTP/1.1\r\n\r\n".encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
            started = time.monotonic()
        assert time.monotonic() - started < 60
        client.close()


def test_a_client_goes_through_the_proxy() -> None:
    with Lab() as lab, ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        lab.host("kms.us-east-1.amazonaws.com", "52.94.0.10")
        session = botocore.session.Session()
        session.set_credentials("AKIALABLABLABLABLAB1", "secret")
        client: Any = session.create_client(
            "kms",
            region_name="us-east-1",
            verify=lab.ca_bundle,
            config=Config(proxies={"https": proxy.url}, retries={"max_attempts": 0}),
        )
        assert client.list_keys()["Keys"]
        client.close()
        assert proxy.targets == [("kms.us-east-1.amazonaws.com", 443)]
        assert (lab.seen[-1].address, lab.seen[-1].service) == ("52.94.0.10", "kms")
