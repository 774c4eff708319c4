"""What the proxy records, and its own TLS."""

from __future__ import annotations

import ssl
from http.client import HTTPConnection, HTTPSConnection

import urllib3

from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy

HOST = "kms.us-east-1.amazonaws.com"


def test_it_records_what_it_was_asked_and_not_what_it_carried() -> None:
    with Lab() as lab, ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        lab.host(HOST, "52.94.0.10")
        context = ssl.create_default_context(cafile=lab.ca_bundle)
        client = HTTPSConnection("127.0.0.1", proxy.port, context=context, timeout=60)
        client.set_tunnel(HOST, 443, {"Proxy-Authorization": "Basic abc", "User-Agent": "me"})
        client.request("GET", "/", headers={"X-Inner": "1"})
        assert client.getresponse().status == 200
        client.close()
        (asked,) = proxy.asked
        assert asked.line.startswith(f"CONNECT {HOST}:443 HTTP/1.")
        assert asked.target == (HOST, 443)
        assert asked.headers["proxy-authorization"] == "Basic abc"
        assert asked.headers["user-agent"] == "me"
        assert "x-inner" not in asked.headers
        (seen,) = lab.seen
        assert "x-inner" in seen.header_names
        assert "proxy-authorization" not in seen.header_names


def test_a_request_that_is_no_tunnel_is_read_to_its_end_and_recorded() -> None:
    with Lab() as lab, ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        client = HTTPConnection("127.0.0.1", proxy.port, timeout=60)
        client.request("POST", f"https://{HOST}/", body=b"x" * 100_000)
        assert client.getresponse().status == 405
        client.close()
        assert [asked.line for asked in proxy.asked] == [f"POST https://{HOST}/ HTTP/1.1"]
        assert (proxy.asked[0].target, proxy.targets) == (None, [])


def test_a_tunnel_inside_its_own_tls() -> None:
    with Lab() as lab:
        lab.host(HOST, "52.94.0.10")
        tls = lab.certificate("127.0.0.1")
        with ConnectProxy(lab.zone.addresses, lab.connect, tls=tls) as proxy:
            assert proxy.url.startswith("https://127.0.0.1:")
            manager = urllib3.ProxyManager(proxy.url, ca_certs=lab.ca_bundle)
            body = b"x" * 200_000  # many TLS records
            reply = manager.request("POST", f"https://{HOST}/", body=body, timeout=60.0)
            assert reply.status == 200
            manager.clear()
        (seen,) = lab.seen
        assert (seen.sni, seen.address, seen.body_length) == (HOST, "52.94.0.10", 200_000)
