"""What the resolver makes of answers and of absences, by real packets."""

from __future__ import annotations

import gc
from collections.abc import Callable

import dns.rcode
import pytest

from endpoint_router.routing.answer import Answer
from tests.probe.resolving import GOOD, NAME, PLENTY, SHARED, ask, resolver

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer


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


@pytest.mark.parametrize("server_is", [behave.only_without_edns, behave.deaf_to_edns])
def test_edns_is_left_out(server: DnsServer, server_is: Callable[[Behaviour], Behaviour]) -> None:
    """As glibc leaves it out: a firewall that drops it would cost each look-up its wait."""
    answer = ask(server, server_is(GOOD))
    assert answer.addresses == ("10.0.0.1", "10.0.0.2", "fd00::1")
    assert server.asked(NAME) == 1


def test_what_follows_the_message_is_passed_over(server: DnsServer) -> None:
    answer = ask(server, lambda *asked: [wire + b"\0" * 4 for wire in GOOD(*asked)])
    assert answer.addresses == ("10.0.0.1", "10.0.0.2", "fd00::1")


def test_case_is_nobodys_business(server: DnsServer) -> None:
    """Resolvers that play with it (0x20) may give it back as they like."""
    shouting = behave.records(f"{NAME.upper()}. 60 A 10.0.0.1")
    answer = ask(server, behave.by_type(A=shouting, AAAA=behave.nodata()))
    assert answer.addresses == ("10.0.0.1",)


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
    answer = ask(server, behaviour, SHARED)
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


def test_look_ups_leave_no_socket_behind(
    server: DnsServer, recwarn: pytest.WarningsRecorder
) -> None:
    gc.collect()  # what others left behind
    recwarn.clear()
    for behaviour in (GOOD, behave.truncated(GOOD), behave.rcode(dns.rcode.SERVFAIL)):
        ask(server, behaviour)
    ask(server, behave.truncated(behave.silence), 0.05)
    gc.collect()
    unclosed = [str(w.message) for w in recwarn if w.category is ResourceWarning]
    assert [text for text in unclosed if str(server.port) in text] == []
