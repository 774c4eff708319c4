from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.policy.dns_servers import DnsServer as Server
from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe.exchange import Unusable
from endpoint_router.probe.resolver import Resolver, system_servers
from endpoint_router.routing.answer import Answer

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer, serving

NAME = "kms.us-east-1.amazonaws.com"
#: For look-ups that are answered: never waited for, unless something is wrong.
PLENTY = 5.0
#: For look-ups that are not, and so take all of it.
SHORT = 0.2
#: For look-ups in which one transmission or server stays silent and the next is heard: each has a
#: share of this, in which a busy machine must manage to answer.
SHARED = 2.0
#: lookup() may overrun by 50 ms; the rest is for a busy machine.
SLACK = 0.35

GOOD = behave.answer("10.0.0.1", "10.0.0.2", "fd00::1", ttl=77)


def resolver(*servers: DnsServer | str, wall: Callable[[], float] = time.time) -> Resolver:
    texts = tuple(s if isinstance(s, str) else s.address for s in servers)
    return Resolver(tuple(map(parse_dns_server, texts)), wall=wall)


def ask(server: DnsServer, behaviour: Behaviour, timeout: float = PLENTY) -> Answer:
    server.zone[NAME] = behaviour
    return resolver(server).lookup(NAME, timeout)


@contextmanager
def quick(limit: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < limit


def closed_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


# Answers


def test_a_full_answer(server: DnsServer) -> None:
    server.zone[NAME] = GOOD
    answer = resolver(server, wall=lambda: 1234.5).lookup(NAME, PLENTY)
    assert answer == Answer(
        NAME,
        "answered",
        ("10.0.0.1", "10.0.0.2", "fd00::1"),
        server=server.address,
        canonical_name=NAME,
        ttl=77.0,
        at=1234.5,
    )
    assert sorted(server.questions) == [(NAME, "A", "udp"), (NAME, "AAAA", "udp")]


@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("fd00::1",)])
def test_nodata_of_one_family_is_no_failure(server: DnsServer, addresses: tuple[str, ...]) -> None:
    answer = ask(server, behave.answer(*addresses))
    assert (answer.status, answer.addresses, answer.unanswered) == ("answered", addresses, ())


def test_name_is_asked_in_lower_case_and_absolute(server: DnsServer) -> None:
    server.zone[NAME] = GOOD
    answer = resolver(server).lookup(NAME.upper() + ".", PLENTY)
    assert (answer.name, answer.status) == (NAME, "answered")
    assert {name for name, _, _ in server.questions} == {NAME}


def test_cname_chain_ends_at_the_canonical_name_with_the_least_ttl(server: DnsServer) -> None:
    answer = ask(
        server,
        behave.by_type(
            A=behave.records(
                f"{NAME}. 300 CNAME one.example.",
                "one.example. 7 CNAME Two.Example.",
                "two.example. 60 A 10.0.0.1",
            ),
            AAAA=behave.records(f"{NAME}. 300 CNAME one.example.", soa="example. 5 5"),
        ),
    )
    assert (answer.status, answer.addresses) == ("answered", ("10.0.0.1",))
    assert (answer.canonical_name, answer.ttl) == ("two.example", 7.0)


@pytest.mark.parametrize(
    "first", [behave.garbage, behave.wrong_id, behave.wrong_question], ids=lambda f: f.__name__
)
def test_what_is_no_answer_is_ignored_and_the_answer_behind_it_taken(
    server: DnsServer, first: Callable[[Behaviour], Behaviour]
) -> None:
    answer = ask(server, first(GOOD))
    assert answer.addresses == ("10.0.0.1", "10.0.0.2", "fd00::1")
    assert server.asked(NAME) == 1  # it waited, and did not ask again


@pytest.mark.parametrize("cut", [behave.truncated, behave.cut_off], ids=lambda f: f.__name__)
def test_truncation_leads_to_tcp(server: DnsServer, cut: Callable[[Behaviour], Behaviour]) -> None:
    answer = ask(server, cut(GOOD))
    assert answer.addresses == ("10.0.0.1", "10.0.0.2", "fd00::1")
    assert server.asked(NAME, "A", "tcp") == server.asked(NAME, "AAAA", "tcp") == 1


def test_many_addresses_come_over_tcp(server: DnsServer) -> None:
    many = tuple(f"10.0.{n // 250}.{n % 250}" for n in range(2000))
    answer = ask(server, behave.truncated(behave.answer(*many)))
    assert sorted(answer.addresses) == sorted(many)


def test_edns_is_left_out_for_a_server_that_chokes_on_it(server: DnsServer) -> None:
    answer = ask(server, behave.only_without_edns(GOOD))
    assert answer.addresses == ("10.0.0.1", "10.0.0.2", "fd00::1")
    assert server.asked(NAME) == 2


def test_a_lost_packet_is_sent_again(server: DnsServer) -> None:
    answer = ask(server, behave.first(behave.silence, GOOD), timeout=SHARED)
    assert (answer.status, answer.unanswered) == ("answered", ())
    assert server.asked(NAME) == 2


def test_an_answer_to_the_first_transmission_counts_after_the_second(server: DnsServer) -> None:
    slow = behave.first(behave.late(0.55 * SHARED, GOOD), behave.silence)
    answer = ask(server, slow, timeout=SHARED)
    assert (answer.status, answer.unanswered) == ("answered", ())
    assert server.asked(NAME) == 2


# Absence


def test_nxdomain(server: DnsServer) -> None:
    answer = ask(server, behave.nxdomain(soa="amazonaws.com. 50 40"))
    assert (answer.status, answer.detail, answer.ttl) == ("absent", "NXDOMAIN", 40.0)
    assert answer.server == server.address


def test_nodata_for_both(server: DnsServer) -> None:
    answer = ask(server, behave.nodata(soa="amazonaws.com. 30 40"))
    assert (answer.status, answer.detail, answer.ttl) == ("absent", "NODATA", 30.0)


@pytest.mark.parametrize("absence", [behave.nxdomain, behave.nodata], ids=lambda f: f.__name__)
@pytest.mark.parametrize("soa", ["", "other.example. 30 30"])
def test_without_its_soa_an_absence_has_no_ttl(
    server: DnsServer, absence: Callable[[str], Behaviour], soa: str
) -> None:
    answer = ask(server, absence(soa))
    assert (answer.status, answer.ttl) == ("absent", 0.0)


def test_nxdomain_speaks_for_the_name_even_if_the_other_family_is_silent(server: DnsServer) -> None:
    behaviour = behave.by_type(A=behave.nxdomain(), AAAA=behave.silence)
    answer = ask(server, behaviour, SHORT)
    assert (answer.status, answer.detail, answer.unanswered) == ("absent", "NXDOMAIN", ())


def test_nxdomain_and_nodata(server: DnsServer) -> None:
    behaviour = behave.by_type(A=behave.nodata(), AAAA=behave.nxdomain())
    assert ask(server, behaviour).detail == "NXDOMAIN"


def test_addresses_outweigh_nxdomain_for_the_other_family(server: DnsServer) -> None:
    answer = ask(server, behave.by_type(A=GOOD, AAAA=behave.nxdomain()))
    assert (answer.status, answer.addresses) == ("answered", ("10.0.0.1", "10.0.0.2"))


@pytest.mark.parametrize(
    ("code", "detail"), [(dns.rcode.NXDOMAIN, "NXDOMAIN"), (dns.rcode.NOERROR, "NODATA")]
)
def test_a_chain_that_ends_in_absence(server: DnsServer, code: int, detail: str) -> None:
    chain = behave.records(f"{NAME}. 9 CNAME gone.example.", soa="example. 60 60", rcode=code)
    answer = ask(server, chain)
    assert (answer.status, answer.detail, answer.ttl) == ("absent", detail, 9.0)
    assert answer.canonical_name == "gone.example"


# Failure


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (behave.rcode(dns.rcode.SERVFAIL), "SERVFAIL"),
        (behave.rcode(dns.rcode.REFUSED), "REFUSED"),
        (behave.rcode(dns.rcode.FORMERR), "FORMERR"),
        (behave.rcode(dns.rcode.YXDOMAIN), "YXDOMAIN"),
        (behave.referral(), "referral"),
        (
            behave.records(f"{NAME}. 9 CNAME b.example.", f"b.example. 9 CNAME {NAME}."),
            "CNAME chain is a loop, or too long",
        ),
        (
            behave.records(f"{NAME}. 9 CNAME b.example."),
            "CNAME chain ends at b.example without an answer",
        ),
        (behave.truncated(behave.garbage()), "truncated, and garbage over TCP"),
    ],
)
def test_failures_that_are_said_are_known_at_once(
    server: DnsServer, behaviour: Behaviour, detail: str
) -> None:
    with quick(PLENTY / 2):
        answer = ask(server, behaviour)
    assert (answer.status, answer.detail, answer.addresses) == ("failed", detail, ())


def test_addresses_with_nxdomain_settle_nothing(server: DnsServer) -> None:
    behaviour = behave.by_type(
        A=behave.records(f"{NAME}. 9 A 10.0.0.1", rcode=dns.rcode.NXDOMAIN),
        AAAA=behave.rcode(dns.rcode.SERVFAIL),
    )
    answer = ask(server, behaviour)
    assert answer.status == "failed"
    assert "AAAA: SERVFAIL" in answer.detail


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (behave.silence, "no answer within 0.2 s"),
        (behave.garbage(), "no answer within 0.2 s"),
        (behave.wrong_id(), "no answer within 0.2 s"),
        (behave.wrong_question(), "no answer within 0.2 s"),
        (behave.truncated(behave.silence), "truncated, and no answer over TCP"),
        (behave.late(0.5, GOOD), "no answer within 0.2 s"),
    ],
)
def test_the_deadline_holds_whatever_the_server_does(
    server: DnsServer, behaviour: Behaviour, detail: str
) -> None:
    with quick(SHORT + SLACK):
        answer = ask(server, behaviour, SHORT)
    assert (answer.status, answer.detail) == ("failed", detail)


def test_a_silent_server_is_asked_at_least_twice(server: DnsServer) -> None:
    ask(server, behave.silence, SHARED / 2)
    assert server.asked(NAME, "A") == server.asked(NAME, "AAAA") == 2


def test_no_time_at_all(server: DnsServer) -> None:
    with quick(SLACK):
        assert ask(server, GOOD, 0.0).status == "failed"


def test_a_flood_of_garbage_does_not_move_the_deadline(server: DnsServer) -> None:
    def flood(query: object, transport: str) -> list[bytes]:
        return [b"\xff" * 30] * 20000

    with quick(SHORT + SLACK):
        answer = ask(server, flood, SHORT)
    assert answer.status == "failed"


def test_an_answer_that_trickles_over_tcp_does_not_move_the_deadline(server: DnsServer) -> None:
    server.pace = 0.02
    with quick(SHORT + SLACK):
        answer = ask(server, behave.truncated(GOOD), SHORT)
    assert answer.detail == "truncated, and no answer over TCP"


@pytest.mark.parametrize(
    ("other", "reason"),
    [(behave.silence, "no answer within 0.2 s"), (behave.rcode(dns.rcode.SERVFAIL), "SERVFAIL")],
)
def test_one_family_answered_the_other_failed(
    server: DnsServer, other: Behaviour, reason: str
) -> None:
    answer = ask(server, behave.by_type(A=GOOD, AAAA=other), SHORT)
    assert (answer.status, answer.unanswered) == ("answered", ("AAAA",))
    assert answer.addresses == ("10.0.0.1", "10.0.0.2")
    assert answer.detail == f"AAAA: {reason}"


def test_nodata_for_one_family_is_no_absence_while_the_other_failed(server: DnsServer) -> None:
    behaviour = behave.by_type(A=behave.nodata(), AAAA=behave.rcode(dns.rcode.SERVFAIL))
    answer = ask(server, behaviour)
    assert (answer.status, answer.detail) == ("failed", "A: NODATA; AAAA: SERVFAIL")


@pytest.mark.parametrize(
    "name",
    ["", ".", "a..b", ".a", "x" * 64 + ".example", "a." * 140 + "b", "\\999.example", "\ud800.b"],
)
def test_what_is_no_name_fails_and_is_not_asked(server: DnsServer, name: str) -> None:
    answer = resolver(server).lookup(name, PLENTY)
    assert answer.status == "failed"
    assert answer.detail.startswith("not a DNS name")
    assert server.questions == []


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=70))
def test_no_name_raises(name: str) -> None:
    nobody = Resolver(hosts_path="/nonexistent", system=lambda: ())
    assert nobody.lookup(name, 0.1).status in ("failed", "answered")


@settings(deadline=None, max_examples=60)
@given(junk=st.binary(max_size=120), keep=st.integers(0, 60))
def test_no_packet_raises(fuzzed: DnsServer, junk: bytes, keep: int) -> None:
    def half_sane(query: object, transport: str) -> list[bytes]:
        (wire,) = GOOD(query, transport)  # type: ignore[arg-type]
        return [wire[:keep] + junk, wire]

    answer = ask(fuzzed, half_sane)
    assert answer.status in ("answered", "absent", "failed")


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[DnsServer]:
    with serving() as server:
        yield server


# Servers


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


def test_a_closed_port_is_noticed(server: DnsServer) -> None:
    server.zone[NAME] = GOOD
    closed = f"127.0.0.1:{closed_port()}"
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
        answer = resolver(server, other).lookup(NAME, SHORT)
    assert answer.detail == "SERVFAIL, no answer within 0.2 s"


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
        released.wait(10)
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
    system = Resolver(hosts_path=hosts, system=lambda: (Server("127.0.0.1", server.port),))
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


def test_system_servers_are_read_lazily_and_again_after_a_failure(server: DnsServer) -> None:
    server.zone[NAME] = GOOD
    conf = [Server("127.0.0.1", closed_port())]
    reads = 0

    def system() -> Sequence[Server]:
        nonlocal reads
        reads += 1
        return conf

    subject = Resolver(hosts_path="/nonexistent", system=system)
    assert reads == 0
    assert subject.lookup(NAME, PLENTY).status == "failed"
    conf = [Server("127.0.0.1", server.port)]
    assert subject.lookup(NAME, PLENTY).status == "answered"
    assert subject.lookup(NAME, PLENTY).status == "answered"
    assert reads == 2


def test_system_servers_from_resolv_conf(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text("# comment\nsearch example\nnameserver 10.0.0.2\nnameserver fd00::2\n")
    assert system_servers(conf) == (Server("10.0.0.2", 53), Server("fd00::2", 53))


@pytest.mark.parametrize("text", [None, "", "search example\n", "nameserver not-an-address\n"])
def test_no_system_servers(tmp_path: Path, text: str | None) -> None:
    conf = tmp_path / "resolv.conf"
    if text is not None:
        conf.write_text(text)
    with pytest.raises(Unusable, match="no DNS server in"):
        system_servers(conf)
    subject = Resolver(hosts_path=tmp_path / "none", system=lambda: system_servers(conf))
    answer = subject.lookup(NAME, PLENTY)
    assert answer.status == "failed"
    assert answer.detail.startswith(f"no DNS server in {conf}")


def test_look_ups_leave_no_socket_behind(
    server: DnsServer, recwarn: pytest.WarningsRecorder
) -> None:
    for behaviour in (GOOD, behave.truncated(GOOD), behave.rcode(dns.rcode.SERVFAIL)):
        ask(server, behaviour)
    ask(server, behave.truncated(behave.silence), 0.05)
    assert [str(w.message) for w in recwarn if w.category is ResourceWarning] == []
