"""Addresses of DNS servers: one grammar for the loader and the resolver."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from endpoint_router.aws.bad_name import BadName
from endpoint_router.policy.dns_servers import ServerAddress, parse_dns_server
from endpoint_router.policy.load import load
from endpoint_router.probe.resolver import Resolver
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("10.0.0.2", True),
        ("10.0.0.2:53", True),
        ("dns.corp.example", True),
        ("dns.corp.example:5353", True),
        ("fd00::2", True),
        ("[fd00::2]", True),
        ("[fd00::2]:53", True),
        ("dns_1", True),
        ("dns.corp.example.", True),
        ("fe80::1%eth0", True),
        ("[fe80::1%eth0.100]:5353", True),
        ("", False),
        (":53", False),
        ("10.0.0.2:", False),
        ("10.0.0.2:0", False),
        ("10.0.0.2:65536", False),
        ("10.0.0.2:x", False),
        ("10.0.0.2:٥٣", False),
        ("10.0.0.300", False),
        ("[10.0.0.2]:53", False),
        ("[fd00::2]:", False),
        ("[fd00::2]53", False),
        ("[fd00::2", False),
        ("fd00::g", False),
        ("https://dns.example", False),
        ("a b", False),
        ("*.example", False),
        (" ns", False),
        ("ns:-1", False),
        ("ns:53:53", False),
        ("ns:000053", False),
        ("127.1", False),
        ("0x7f000001", False),
        ("é.example", False),
        ("[ns]:53", False),
        ("[fe80::1%]:53", False),
        ("fe80::1%eth0:53", False),
        ("fe80::1%eth0%1", False),
        ("fe80::1%a b", False),
        ("10.0.0.2%eth0", False),
        ("ns.example..", False),
    ],
)
def test_dns_servers(text: str, good: bool, loaded: Any, refusal: Any) -> None:
    policy = {"dns": {"servers": ["10.0.0.2", text]}}
    if good:
        assert loaded(policy).policy.dns.servers == ("10.0.0.2", text)
    else:
        error = refusal(policy)
        assert error.where == "code, dns.servers[1]"
        assert '"host:port"' in error.expected


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("10.0.0.2", ServerAddress("10.0.0.2", 53)),
        ("10.0.0.2:5353", ServerAddress("10.0.0.2", 5353)),
        ("ns.example", ServerAddress("ns.example", 53)),
        ("ns.example:5353", ServerAddress("ns.example", 5353)),
        ("fd00::2", ServerAddress("fd00::2", 53)),
        ("fd00::2:53", ServerAddress("fd00::2:53", 53)),
        ("[fd00::2]", ServerAddress("fd00::2", 53)),
        ("[fd00::2]:5353", ServerAddress("fd00::2", 5353)),
        ("[fe80::1%eth0]:53", ServerAddress("fe80::1%eth0", 53)),
    ],
)
def test_a_server(text: str, server: ServerAddress, loaded: Any) -> None:
    assert parse_dns_server(text) == server
    assert loaded({"dns": {"servers": [text]}}).parsed.dns_servers == (server,)


def test_server_text_is_what_may_be_written() -> None:
    for text in ("10.0.0.2:53", "[fd00::2]:5353"):
        assert str(parse_dns_server(text)) == text


HOSTS = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(
        ["fe80::1%eth0", "fe80::1%", "::ffff:10.0.0.2", "10.0.0", "dns_1", "ns.example."]
    ),
    st.from_regex(r"[a-z0-9_.-]{1,12}", fullmatch=True),
    st.text(max_size=8),
)
PORTS = st.one_of(
    st.just(""), st.integers(-1, 70000).map(":{}".format), st.text(":0٣5 x", max_size=4)
)
TEXTS = st.one_of(
    st.tuples(HOSTS, PORTS).map("".join),
    st.tuples(HOSTS, PORTS).map(lambda pair: f"[{pair[0]}]{pair[1]}"),
)


@settings(max_examples=examples(2000), deadline=None)
@given(TEXTS)
@example("fe80::1%eth0:53")
@example("ns.example.:53")
@example("ns\\.example")
def test_what_the_loader_accepts_the_resolver_can_ask(text: str) -> None:
    """Nothing leaves: names resolve to nothing here, and addresses are only read."""
    try:
        server = parse_dns_server(text)
    except BadName:
        return
    (loaded,) = load({"dns": {"servers": [text]}}, environ={}).parsed.dns_servers
    assert loaded == server == parse_dns_server(str(server))
    asked: list[tuple[object, object]] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        host.encode("idna")  # as the real one does, which may raise ValueError
        asked.append((host, port))
        return []

    resolver = Resolver([server], getaddrinfo=getaddrinfo)
    if any(sign in server.host for sign in ":%") or server.host.replace(".", "").isdigit():
        # An address: whatever opens the socket reads it, except for a scope that is not here.
        flags = socket.AI_NUMERICHOST
        host, scope = server.host.partition("%")[::2]
        assert socket.getaddrinfo(host, server.port, type=socket.SOCK_DGRAM, flags=flags)
        assert not scope or scope.isprintable()
    else:
        answer = resolver.lookup("kms.us-east-1.amazonaws.com", 5.0)
        assert answer.detail == f"no address for the DNS servers {server}"
        assert asked == [(server.host, server.port)]


@settings(max_examples=examples(500), deadline=None)
@given(TEXTS)
def test_no_text_breaks_the_loader(text: str) -> None:
    with suppress(BadName):
        assert 0 < parse_dns_server(text).port < 65536
