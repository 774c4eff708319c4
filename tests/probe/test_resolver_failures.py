"""What the resolver makes of failures: within the deadline, whatever the server does."""

from __future__ import annotations

from collections.abc import Iterator

import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.probe.resolver import Resolver
from endpoint_router.probe.system_servers import Servers
from tests.probe.resolving import GOOD, NAME, PLENTY, SHARED, SHORT, SLACK, ask, quick, resolver
from tests.support.examples import examples

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer, serving
from .names import eventually


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
        (behave.late(0.5, GOOD), "no answer within 0.2 s"),
    ],
)
def test_the_deadline_holds_whatever_the_server_does(
    server: DnsServer, behaviour: Behaviour, detail: str
) -> None:
    with quick(SHORT + SLACK):
        answer = ask(server, behaviour, SHORT)
    assert (answer.status, answer.detail) == ("failed", detail)


def test_the_deadline_holds_after_truncation(server: DnsServer) -> None:
    with quick(SHARED + SLACK):
        answer = ask(server, behave.truncated(behave.silence), SHARED)
    assert (answer.status, answer.detail) == ("failed", "truncated, and no answer over TCP")


def test_a_silent_server_is_asked_twice(server: DnsServer) -> None:
    ask(server, behave.silence, SHARED / 2)
    eventually(lambda: server.asked(NAME, "A") == server.asked(NAME, "AAAA") == 2)


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
    server.pace = 0.2
    with quick(SHARED + SLACK):
        answer = ask(server, behave.truncated(GOOD), SHARED)
    assert answer.detail == "truncated, and no answer over TCP"


@pytest.mark.parametrize(
    ("other", "reason"),
    [(behave.silence, "no answer within 2.0 s"), (behave.rcode(dns.rcode.SERVFAIL), "SERVFAIL")],
)
def test_one_family_answered_the_other_failed(
    server: DnsServer, other: Behaviour, reason: str
) -> None:
    answer = ask(server, behave.by_type(A=GOOD, AAAA=other), SHARED)
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


@settings(deadline=None, max_examples=examples(60))
@given(st.text(max_size=70))
def test_no_name_raises(name: str) -> None:
    nobody = Resolver(hosts_path="/nonexistent", system=lambda: Servers(()))
    assert nobody.lookup(name, 0.1).status in ("failed", "answered")


@settings(deadline=None, max_examples=examples(60))
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
