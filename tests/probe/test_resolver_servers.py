"""Which servers the resolver asks, in which order, and where it finds them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import dns.rcode
import pytest

from endpoint_router.policy.dns_servers import ServerAddress as Server
from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe.resolver import Resolver
from endpoint_router.probe.system_servers import Servers
from tests.probe.resolving import GOOD, NAME, PLENTY, SHARED, SHORT, SLACK, quick, resolver

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer, serving
from .names import eventually


@pytest.fixture
def closed() -> Iterator[str]:
    """Nobody listens there: who has the port hears one peer only, which is himself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        yield f"127.0.0.1:{sock.getsockname()[1]}"


@pytest.mark.parametrize(
    "bad",
    [
        behave.rcode(dns.rcode.SERVFAIL),
        behave.rcode(dns.rcode.REFUSED),
        behave.referral(),
        behave.truncated(behave.garbage()),
    ],
)
def test_the_next_server_is_asked_at_once(server: DnsServer, bad: Behaviour) -> None:
    with serving() as other, quick(PLENTY / 2):
        server.zone[NAME], other.zone[NAME] = bad, GOOD
        answer = resolver(server, other).lookup(NAME, PLENTY)
        assert (answer.status, answer.server) == ("answered", other.address)
        assert server.asked(NAME) == other.asked(NAME) == 1


def test_a_closed_port_is_noticed(server: DnsServer, closed: str) -> None:
    server.zone[NAME] = GOOD
    with quick(PLENTY / 2):
        assert resolver(closed, server).lookup(NAME, PLENTY).server == server.address
        answer = resolver(closed).lookup(NAME, PLENTY)
    assert (answer.status, answer.detail) == ("failed", "Connection refused")


@pytest.mark.parametrize("bad", [behave.silence, behave.truncated(behave.silence)])
def test_the_next_server_answers_where_the_first_hangs(server: DnsServer, bad: Behaviour) -> None:
    with serving() as other:
        server.zone[NAME], other.zone[NAME] = bad, GOOD
        answer = resolver(server, other).lookup(NAME, SHARED)
        assert (answer.status, answer.server) == ("answered", other.address)
        assert answer.unanswered == ()


def test_all_reasons_are_told(server: DnsServer) -> None:
    with serving() as other:
        server.zone[NAME], other.zone[NAME] = behave.rcode(dns.rcode.SERVFAIL), behave.silence
        answer = resolver(server, other).lookup(NAME, SHARED)
    assert answer.detail == "SERVFAIL, no answer within 2.0 s"


def test_a_server_given_by_name(server: DnsServer) -> None:
    server.zone[NAME] = GOOD
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, type: int) -> Sequence[object]:
        asked.append(host)
        return [(2, type, 17, "", ("127.0.0.1", port))]

    subject = Resolver([Server("ns.example", server.port)], getaddrinfo=getaddrinfo)
    assert asked == []
    assert subject.lookup(NAME, PLENTY).server == server.address
    assert subject.lookup(NAME, PLENTY).status == "answered"
    assert asked == ["ns.example"]
    server.zone[NAME] = behave.rcode(dns.rcode.SERVFAIL)
    subject.lookup(NAME, PLENTY)
    subject.lookup(NAME, PLENTY)
    assert asked == ["ns.example"] * 2  # anew after each failure


def test_a_server_whose_name_hangs_or_is_unknown_does_not_move_the_deadline() -> None:
    released = threading.Event()

    def hang(*_args: object, **_kwargs: object) -> Sequence[object]:
        released.wait(PLENTY)
        raise socket.gaierror("gone")

    with quick(SHORT + SLACK):
        answer = Resolver([Server("ns.example")], getaddrinfo=hang).lookup(NAME, SHORT)
    released.set()
    assert answer.detail == "no address for the DNS servers ns.example:53"
    answer = Resolver([Server("ns.example")], getaddrinfo=hang).lookup(NAME, PLENTY)
    assert answer.detail == "no address for the DNS servers ns.example:53"


# The system's resolvers and the hosts file
def test_hosts_file_first_and_only_without_servers(server: DnsServer, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"10.9.9.9 {NAME}\n")
    server.zone[NAME] = server.zone["other.example"] = GOOD
    system = Resolver(hosts_path=hosts, system=lambda: Servers((Server("127.0.0.1", server.port),)))
    answer = system.lookup(NAME, PLENTY)
    assert (answer.addresses, answer.source, answer.server) == (("10.9.9.9",), "hosts", "")
    assert server.questions == []
    assert system.lookup("other.example", PLENTY).source == "dns"
    explicit = Resolver([parse_dns_server(server.address)], hosts_path=hosts)
    assert explicit.lookup(NAME, PLENTY).source == "dns"


def test_an_address_is_its_own_answer(server: DnsServer) -> None:
    for address in ("10.0.0.1", "fd00::1"):
        answer = resolver(server).lookup(address, PLENTY)
        assert (answer.status, answer.addresses, answer.source) == (
            "answered",
            (address,),
            "literal",
        )
    assert server.questions == []


def test_system_servers_are_read_for_each_look_up(server: DnsServer) -> None:
    """A VPN or a DHCP lease rewrites the file, and the old server may go on answering."""
    with serving() as other:
        server.zone[NAME], other.zone[NAME] = GOOD, behave.answer("10.9.9.9")
        asked = server

        def system() -> Servers:
            return Servers((Server("127.0.0.1", asked.port),))

        subject = Resolver(hosts_path="/nonexistent", system=system)
        assert subject.lookup(NAME, PLENTY).server == server.address
        asked = other
        assert subject.lookup(NAME, PLENTY).server == other.address


def test_rotating_begins_with_another_server_each_time(server: DnsServer) -> None:
    with serving() as other:
        server.zone[NAME] = other.zone[NAME] = GOOD
        both = (Server("127.0.0.1", server.port), Server("127.0.0.1", other.port))
        for rotate, expected in (
            (True, {server.address, other.address}),
            (False, {server.address}),
        ):
            servers = Servers(both, rotate=rotate)
            subject = Resolver(hosts_path="/nonexistent", system=lambda servers=servers: servers)
            assert {subject.lookup(NAME, PLENTY).server for _ in range(4)} == expected


def test_by_tcp_alone(server: DnsServer) -> None:
    server.zone[NAME] = behave.only_over_tcp(GOOD)
    servers = Servers((Server("127.0.0.1", server.port),), over_tcp=True)
    answer = Resolver(hosts_path="/nonexistent", system=lambda: servers).lookup(NAME, PLENTY)
    assert (answer.status, answer.unanswered) == ("answered", ())
    assert {transport for _, _, transport in server.questions} == {"tcp"}


def test_a_pause_of_the_systems_own_is_kept_and_so_are_its_attempts(server: DnsServer) -> None:
    server.zone[NAME] = behave.silence
    servers = Servers((Server("127.0.0.1", server.port),), pause=0.1, attempts=3)
    subject = Resolver(hosts_path="/nonexistent", system=lambda: servers)
    assert subject.lookup(NAME, SHARED).detail == "no answer within 2.0 s"
    eventually(lambda: server.asked(NAME) == 3)


def test_without_any_server_nothing_is_asked() -> None:
    answer = Resolver(hosts_path="/nonexistent", system=lambda: Servers(())).lookup(NAME, PLENTY)
    assert (answer.status, answer.detail) == ("failed", "no DNS server")
