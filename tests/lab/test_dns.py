"""The DNS server, asked with dnspython and with raw sockets."""

from __future__ import annotations

import random
import socket
import time

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import pytest

from endpoint_router.lab import (
    Absent,
    Addresses,
    Alias,
    Behaviour,
    ByType,
    Delayed,
    Empty,
    Garbage,
    Rcode,
    Silent,
    TcpHang,
    Truncated,
    WrongId,
    WrongQuestion,
)
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from tests.support.renewing import eventually

HOST = "kms-fips.us-east-1.amazonaws.com"
HERE = Addresses(("10.20.0.10", "fd00::10"), ttl=30)


def ask(
    server: DnsServer, name: str, kind: str = "A", *, tcp: bool = False, timeout: float = 60.0
) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, "127.0.0.1", timeout=timeout, port=server.port)


def unanswered(server: DnsServer, name: str, *, tcp: bool = False) -> bool:
    """Does a question for *name* arrive, and nothing come back for a moment?"""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    before = len(server.questions)
    with socket.socket(socket.AF_INET, kind) as client:
        client.connect(("127.0.0.1", server.port))
        wire = dns.message.make_query(name, "A").to_wire()
        client.sendall(len(wire).to_bytes(2, "big") + wire if tcp else wire)
        eventually(lambda: len(server.questions) > before)
        client.settimeout(0.05)
        try:
            return not client.recv(4096)
        except TimeoutError:
            return True


def records(message: dns.message.Message) -> list[str]:
    return [item.to_text() for rrset in message.answer for item in rrset]


def soa(message: dns.message.Message) -> tuple[str, int, int]:
    (rrset,) = message.authority
    return rrset.name.to_text(), rrset.ttl, rrset[0].minimum


def a_resolver(server: DnsServer, lifetime: float = 60.0) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    resolver.timeout, resolver.lifetime = lifetime / 2, lifetime
    return resolver


@pytest.mark.parametrize("tcp", [False, True])
def test_addresses_of_both_families(tcp: bool) -> None:
    with DnsServer(HostedZone({HOST: HERE})) as server:
        four, six = ask(server, HOST, tcp=tcp), ask(server, HOST.upper(), "AAAA", tcp=tcp)
        assert (records(four), four.answer[0].ttl) == (["10.20.0.10"], 30)
        assert records(six) == ["fd00::10"]
        assert four.flags & dns.flags.RA
        transport = "tcp" if tcp else "udp"
        asked = [(q.name, q.type, q.transport) for q in server.questions]
        assert asked == [(HOST, "A", transport), (HOST, "AAAA", transport)]
        assert server.questions[0].at <= server.questions[1].at
        assert server.errors == []


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"not-an-address"):
        Addresses(("not-an-address",))


def test_absences_carry_an_soa() -> None:
    zone = HostedZone(
        {"gone.example.com": Absent(ttl=7), "bare.example.com": Empty(ttl=8), HOST: HERE}
    )
    with DnsServer(zone) as server:
        gone = ask(server, "gone.example.com")
        assert gone.rcode() == dns.rcode.NXDOMAIN
        assert soa(gone) == ("example.com.", 7, 7)
        bare = ask(server, "bare.example.com")
        assert (bare.rcode(), records(bare)) == (dns.rcode.NOERROR, [])
        assert soa(bare) == ("example.com.", 8, 8)
        unknown = ask(server, "nobody.test")
        assert (unknown.rcode(), soa(unknown)[0]) == (dns.rcode.NXDOMAIN, ".")
        other_type = ask(server, HOST, "TXT")
        assert (other_type.rcode(), records(other_type)) == (dns.rcode.NOERROR, [])
        above = ask(server, "us-east-1.amazonaws.com")  # RFC 8020: something exists below it
        assert above.rcode() == dns.rcode.NOERROR


def test_unknown_names_may_fail_instead() -> None:
    with DnsServer(HostedZone(unknown=Rcode("SERVFAIL"))) as server:
        assert ask(server, HOST).rcode() == dns.rcode.SERVFAIL


def test_aliases_are_followed_to_their_end() -> None:
    zone = HostedZone(
        {
            "a.example": Alias("b.example", ttl=5),
            "b.example": Alias("c.example"),
            "c.example": Addresses(("52.94.0.10",)),
            "dangling.example": Alias("nowhere.example"),
            "loop.example": Alias("pool.example"),
            "pool.example": Alias("LOOP.example."),
        }
    )
    with DnsServer(zone) as server:
        assert records(ask(server, "a.example")) == ["b.example.", "c.example.", "52.94.0.10"]
        answer = a_resolver(server).resolve("a.example.")
        assert answer.canonical_name.to_text() == "c.example."
        assert answer.chaining_result.minimum_ttl == 5
        assert records(ask(server, "a.example", "CNAME")) == ["b.example."]
        dangling = ask(server, "dangling.example")
        assert (dangling.rcode(), records(dangling)) == (dns.rcode.NXDOMAIN, ["nowhere.example."])
        assert soa(dangling)[0] == "."
        assert ask(server, "loop.example").rcode() == dns.rcode.SERVFAIL
    assert zone.addresses("A.example.") == ("52.94.0.10",)
    assert zone.addresses("loop.example") == zone.addresses("dangling.example") == ()


def test_wildcards_reach_down_to_the_next_name() -> None:
    zone = HostedZone(
        {"*.s3.us-east-1.amazonaws.com": HERE, "own.s3.us-east-1.amazonaws.com": Empty()}
    )
    assert zone.find("bucket.s3.us-east-1.amazonaws.com") == HERE
    assert zone.find("a.b.s3.us-east-1.amazonaws.com") == HERE
    assert zone.find("own.s3.us-east-1.amazonaws.com") == Empty()
    assert zone.find("below.own.s3.us-east-1.amazonaws.com") == Absent(apex=".")
    assert zone.find("s3.us-east-1.amazonaws.com") == Empty()
    assert zone.find("sqs.us-east-1.amazonaws.com") == Absent(apex=".")


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_errors(rcode: str) -> None:
    with DnsServer(HostedZone({HOST: Rcode(rcode)})) as server:
        assert dns.rcode.to_text(ask(server, HOST).rcode()) == rcode
        with pytest.raises(dns.resolver.NoNameservers):
            a_resolver(server).resolve(f"{HOST}.")


@pytest.mark.parametrize("behaviour", [Silent(), Garbage(), WrongId(HERE), WrongQuestion(HERE)])
def test_a_resolver_hears_nothing_useful(behaviour: Behaviour) -> None:
    with DnsServer(HostedZone({HOST: behaviour})) as server:
        with pytest.raises(dns.resolver.LifetimeTimeout):
            a_resolver(server, lifetime=0.1).resolve(f"{HOST}.")
        eventually(lambda: bool(server.questions))
        server.set(HOST, HERE)
        assert [r.address for r in a_resolver(server).resolve(f"{HOST}.")] == ["10.20.0.10"]
        assert server.errors == []


@pytest.mark.parametrize(
    ("behaviour", "is_reply"), [(WrongId(HERE), False), (WrongQuestion(HERE), False), (HERE, True)]
)
def test_what_spoofed_replies_look_like(behaviour: Behaviour, is_reply: bool) -> None:
    query = dns.message.make_query(HOST, "A")
    with (
        DnsServer(HostedZone({HOST: behaviour})) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(60)
        client.sendto(query.to_wire(), ("127.0.0.1", server.port))
        reply = dns.message.from_wire(client.recv(4096))
        assert records(reply) == ["10.20.0.10"]
        assert query.is_response(reply) is is_reply
        assert (reply.id == query.id) is not isinstance(behaviour, WrongId)


def test_garbage_is_no_message() -> None:
    with DnsServer(HostedZone({HOST: Garbage()})) as server:
        for tcp in (False, True):
            with pytest.raises(dns.exception.FormError):
                ask(server, HOST, tcp=tcp)


def test_truncation_over_udp_and_the_whole_over_tcp() -> None:
    with DnsServer(HostedZone({HOST: Truncated(HERE)})) as server:
        short = ask(server, HOST)
        assert short.flags & dns.flags.TC
        assert records(short) == []
        assert [r.address for r in a_resolver(server).resolve(f"{HOST}.")] == ["10.20.0.10"]
        assert [q.transport for q in server.questions] == ["udp", "udp", "tcp"]


def test_large_answers_are_truncated_without_being_told() -> None:
    many = Addresses(tuple(f"10.20.1.{n}" for n in range(200)))
    with DnsServer(HostedZone({HOST: many})) as server:
        assert ask(server, HOST).flags & dns.flags.TC
        assert len(records(ask(server, HOST, tcp=True))) == 200


def test_tcp_may_hang() -> None:
    with DnsServer(HostedZone({HOST: TcpHang()})) as server:
        assert ask(server, HOST).flags & dns.flags.TC
        assert unanswered(server, HOST, tcp=True)
        assert [q.transport for q in server.questions] == ["udp", "tcp"]


def test_a_delay_delays_that_name_only() -> None:
    zone = HostedZone({"late.example": Delayed(0.15, HERE), "later.example": Delayed(60, HERE)})
    with (
        DnsServer(zone) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        wire = dns.message.make_query("later.example", "A").to_wire()
        client.sendto(wire, ("127.0.0.1", server.port))
        started = time.monotonic()
        assert records(ask(server, "late.example")) == ["10.20.0.10"]
        assert time.monotonic() - started >= 0.15
        eventually(lambda: len(server.questions) == 2)
        assert {q.name for q in server.questions} == {"late.example", "later.example"}


def test_families_may_differ() -> None:
    by_type = ByType(a=Addresses(("10.20.0.10",)), aaaa=Rcode("SERVFAIL"))
    with DnsServer(HostedZone({HOST: by_type})) as server:
        assert records(ask(server, HOST)) == ["10.20.0.10"]
        assert ask(server, HOST, "AAAA").rcode() == dns.rcode.SERVFAIL
        assert ask(server, HOST, "TXT").rcode() == dns.rcode.NOERROR


def test_down_and_up_again() -> None:
    with DnsServer(HostedZone({HOST: HERE})) as server:
        server.down()
        for tcp in (False, True):
            assert unanswered(server, HOST, tcp=tcp)
        assert len(server.questions) == 2
        server.up()
        assert records(ask(server, HOST)) == ["10.20.0.10"]


def test_losses_come_from_the_seed() -> None:
    dice = random.Random(7)
    expected = [dice.random() < 0.5 for _ in range(12)]
    assert any(expected)
    assert not all(expected)
    with DnsServer(HostedZone({HOST: HERE}), loss=0.5, seed=7) as server:
        for is_lost in expected:
            if is_lost:
                assert unanswered(server, HOST)
            else:
                assert records(ask(server, HOST)) == ["10.20.0.10"]
        assert records(ask(server, HOST, tcp=True)) == ["10.20.0.10"]
        assert len(server.questions) == 13


def test_noise_from_clients_is_ignored() -> None:
    with (
        DnsServer(HostedZone({HOST: HERE})) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        for packet in (b"", b"\x00", b"\xff" * 40):
            client.sendto(packet, ("127.0.0.1", server.port))
        with socket.create_connection(("127.0.0.1", server.port)) as half:
            half.sendall(b"\x00")
        assert records(ask(server, HOST)) == ["10.20.0.10"]
        assert len(server.questions) == 1
        assert server.errors == []


def test_several_questions_over_one_tcp_connection() -> None:
    with (
        DnsServer(HostedZone({HOST: HERE})) as server,
        socket.create_connection(("127.0.0.1", server.port), 60) as client,
    ):
        for kind in ("A", "AAAA"):
            dns.query.send_tcp(client, dns.message.make_query(HOST, kind))
            reply, _ = dns.query.receive_tcp(client)
            assert len(records(reply)) == 1


def test_it_starts_and_stops_at_once_whatever_is_under_way() -> None:
    zone = HostedZone({HOST: Delayed(60, HERE)})
    started = time.monotonic()
    with (
        DnsServer(zone) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_connection(("127.0.0.1", server.port)) as tcp,
    ):
        assert time.monotonic() - started < 20
        wire = dns.message.make_query(HOST, "A").to_wire()
        udp.sendto(wire, ("127.0.0.1", server.port))
        tcp.sendall(len(wire).to_bytes(2, "big") + wire)
        while len(server.questions) < 2:
            assert time.monotonic() - started < 20
            time.sleep(0.005)
        server.__exit__()
        assert time.monotonic() - started < 20
    assert server.address == f"127.0.0.1:{server.port}"
