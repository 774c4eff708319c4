"""Habits of resolvers that people run, each of which glibc lives with."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from endpoint_router.policy.dns_servers import ServerAddress
from endpoint_router.probe.resolver import Resolver
from endpoint_router.probe.system_servers import Servers
from endpoint_router.routing.answer import Answer

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer
from .resolving import GOOD, NAME, PLENTY, SHARED, SHORT, ask, quick, resolver

ADDRESSES = ("10.0.0.1", "10.0.0.2", "fd00::1")


def said(answer: Answer) -> tuple[str, set[str], tuple[str, ...]]:
    return answer.status, set(answer.addresses), answer.unanswered


ALL = ("answered", set(ADDRESSES), ())


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_servfail_that_passes_is_asked_about_again(server: DnsServer, kind: str) -> None:
    """A CoreDNS whose upstream is busy; it is often the only server there is."""
    once = behave.first(behave.rcode(dns.rcode.SERVFAIL), GOOD)
    families = {"A": GOOD, "AAAA": GOOD, kind: once}
    with quick(PLENTY / 2):
        assert said(ask(server, behave.by_type(**families))) == ALL
    assert server.asked(NAME, kind) == 2


def test_servfail_that_stays_is_known_at_once(server: DnsServer) -> None:
    with quick(PLENTY / 2):
        answer = ask(server, behave.rcode(dns.rcode.SERVFAIL))
    assert (answer.status, answer.detail) == ("failed", "SERVFAIL")
    assert server.asked(NAME, "A") == server.asked(NAME, "AAAA") == 2


@pytest.mark.parametrize("rcode", [dns.rcode.REFUSED, dns.rcode.NOTIMP, dns.rcode.FORMERR])
def test_what_is_refused_is_not_asked_again(server: DnsServer, rcode: int) -> None:
    assert ask(server, behave.rcode(rcode)).status == "failed"
    assert server.asked(NAME, "A") == 1


def test_servfail_after_silence_is_the_end(server: DnsServer) -> None:
    server.zone[NAME] = behave.first(behave.silence, behave.rcode(dns.rcode.SERVFAIL))
    servers = Servers((ServerAddress("127.0.0.1", server.port),), pause=1.0)
    with quick(PLENTY / 2):
        answer = Resolver(hosts_path="/nonexistent", system=lambda: servers).lookup(NAME, PLENTY)
    assert (answer.status, answer.detail) == ("failed", "SERVFAIL")
    assert server.asked(NAME, "A") == 2


def shouting(query: dns.message.Message, transport: str) -> list[bytes]:
    """The names in capitals, in question and answer: as 0x20 does, and who undoes it."""
    loud = dns.message.make_query(NAME.upper() + ".", query.question[0].rdtype, id=query.id)
    return GOOD(loud, transport)


def with_opt(query: dns.message.Message, transport: str) -> list[bytes]:
    """EDNS, and AD and AA, though nobody spoke of them: systemd-resolved, some forwarders."""
    response = dns.message.from_wire(GOOD(query, transport)[0])
    response.use_edns(0, payload=1232)
    response.flags |= dns.flags.AD | dns.flags.AA
    return [response.to_wire()]


def without_flags(query: dns.message.Message, transport: str) -> list[bytes]:
    """Neither RA nor RD, as small embedded servers have it."""
    response = dns.message.from_wire(GOOD(query, transport)[0])
    response.flags &= ~(dns.flags.RA | dns.flags.RD)
    return [response.to_wire()]


def twice(query: dns.message.Message, transport: str) -> list[bytes]:
    return GOOD(query, transport) * 2


def in_any_order(query: dns.message.Message, transport: str) -> list[bytes]:
    """The end of a CNAME chain first, as systemd-resolved and caches that rotate have it."""
    kind = dns.rdatatype.to_text(query.question[0].rdtype)
    ends = {"A": ("10.0.0.1", "10.0.0.2"), "AAAA": ("fd00::1",)}[kind]
    return behave.records(
        *(f"c.example. 60 {kind} {end}" for end in ends),
        "b.example. 60 CNAME c.example.",
        f"{NAME}. 60 CNAME b.example.",
    )(query, transport)


def large(query: dns.message.Message, transport: str) -> list[bytes]:
    """More than 512 bytes by UDP, though nobody asked for it."""
    response = dns.message.from_wire(GOOD(query, transport)[0])
    response.authority = dns.message.from_wire(
        behave.records(*(f"example. 60 NS {'n' * 40}{i}.example." for i in range(30)))(
            query, transport
        )[0]
    ).answer
    wire = response.to_wire(max_size=4096)
    assert len(wire) > 512
    return [wire]


@pytest.mark.parametrize(
    "behaviour", [shouting, with_opt, without_flags, twice, in_any_order, large]
)
def test_oddities_of_form(server: DnsServer, behaviour: Behaviour) -> None:
    assert said(ask(server, behaviour)) == ALL


def empty(query: dns.message.Message, _transport: str) -> list[bytes]:
    """NOERROR and nothing else, not even an SOA: Docker's own names, for the other family."""
    return [dns.message.make_response(query).to_wire()]


def another_family(query: dns.message.Message, _transport: str) -> list[bytes]:
    """An A record, to whatever question (RFC 4074, section 4.4)."""
    response = dns.message.make_response(query)
    records = dns.message.from_wire(
        behave.records(f"{NAME}. 60 A 10.0.0.1")(query, "udp")[0]
    ).answer
    response.answer = records
    return [response.to_wire()]


@pytest.mark.parametrize("behaviour", [empty, another_family, behave.nxdomain()])
def test_a_family_that_is_not_there(server: DnsServer, behaviour: Behaviour) -> None:
    answer = ask(server, behave.by_type(A=behave.answer("10.0.0.1"), AAAA=behaviour))
    assert said(answer) == ("answered", {"10.0.0.1"}, ())


@pytest.mark.parametrize("rcode", [dns.rcode.NOTIMP, dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_family_that_it_does_not_know(server: DnsServer, rcode: int) -> None:
    """Half an answer: enough where connections are pinned."""
    families = behave.by_type(A=behave.answer("10.0.0.1"), AAAA=behave.rcode(rcode))
    assert said(ask(server, families)) == ("answered", {"10.0.0.1"}, ("AAAA",))


def test_a_ttl_beyond_all_bounds(server: DnsServer) -> None:
    """RFC 2181, section 8: as zero."""

    def behaviour(query: dns.message.Message, transport: str) -> list[bytes]:
        (wire,) = behave.by_type(A=behave.answer("10.0.0.1", ttl=0x01020304), AAAA=empty)(
            query, transport
        )
        return [wire.replace(b"\x01\x02\x03\x04", b"\xff\xff\xff\xff")]

    answer = ask(server, behaviour)
    assert (answer.addresses, answer.ttl) == (("10.0.0.1",), 0.0)


@pytest.fixture
def from_elsewhere() -> Iterator[str]:
    """A server that answers from another port than it was asked at, as behind a broken NAT."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answering,
    ):
        for sock in (asked, answering):
            sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            while wire := asked.recvfrom(4096):
                if not wire[0]:
                    return
                query = dns.message.from_wire(wire[0])
                response = behave.answer("6.6.6.6", "2600::666")(query, "udp")[0]
                answering.sendto(response, wire[1])

        thread = threading.Thread(target=serve)
        thread.start()
        host, port = asked.getsockname()
        yield f"{host}:{port}"
        asked.sendto(b"", (host, port))
        thread.join(PLENTY)


def test_who_answers_from_elsewhere_is_not_believed(server: DnsServer, from_elsewhere: str) -> None:
    assert resolver(from_elsewhere).lookup(NAME, SHORT).status == "failed"
    server.zone[NAME] = GOOD
    assert said(resolver(from_elsewhere, server).lookup(NAME, SHARED)) == ALL


def test_a_hijacked_nxdomain_is_an_address_like_any_other(server: DnsServer) -> None:
    """Whether it is trusted is not for the resolver to say."""
    server.otherwise = behave.answer("52.94.0.99")
    assert resolver(server).lookup("nowhere.example", PLENTY).addresses == ("52.94.0.99",)
