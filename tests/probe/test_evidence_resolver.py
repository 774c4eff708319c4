"""Evidence and the real resolver, against a real server."""

from __future__ import annotations

import threading
import time

from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.resolver import Resolver
from endpoint_router.routing.answer import Question

from . import dns_server as behave
from .dns_server import DnsServer
from .names import NAME, PLENTY, Q, eventually, evidence


def test_against_a_real_server(server: DnsServer) -> None:
    server.zone[NAME] = behave.answer("127.0.0.1", "fd00::1", ttl=60)
    resolver = Resolver([parse_dns_server(server.address)])
    subject = evidence(resolver.lookup, reach=lambda address, port, timeout: address == "127.0.0.1")
    question = Question(NAME, 443)
    threads = [threading.Thread(target=subject.gather, args=([question],)) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    held = subject.peek(question)
    assert held is not None
    assert (held.answer.addresses, held.answer.reachable) == (("127.0.0.1", "fd00::1"), True)
    assert server.asked(NAME, "A") == server.asked(NAME, "AAAA") == 1


def test_a_silent_server_costs_one_deadline(server: DnsServer) -> None:
    server.zone[NAME] = behave.silence
    resolver = Resolver([parse_dns_server(server.address)])
    subject = evidence(resolver.lookup, timeout=0.2)
    began = time.monotonic()
    held = subject.gather([Q, *(Question(NAME, port) for port in range(1, 500))])
    assert time.monotonic() - began < PLENTY  # each for itself, they would take a hundred seconds
    assert {h.answer.detail for h in held.values()} == {"no answer within 0.2 s"}


def listened(server: DnsServer, timeout: float) -> Evidence:
    return evidence(Resolver([parse_dns_server(server.address)]), timeout=timeout)


def test_what_one_family_said_is_there_when_the_caller_gives_up(server: DnsServer) -> None:
    """However much later than the caller the look-up began, and however long it goes on."""
    server.zone[NAME] = behave.by_type(A=behave.answer("10.0.0.1"), AAAA=behave.silence)
    subject = listened(server, PLENTY)
    (flight,) = subject.depart([Q]).flights.values()
    eventually(lambda: flight.so_far is not None)
    held = subject.gather([Q], deadline=time.monotonic() - 1)[Q]
    assert (held.answer.status, held.answer.addresses) == ("answered", ("10.0.0.1",))
    assert (held.answer.unanswered, held.answer.detail) == (("AAAA",), "AAAA: no answer yet")
    assert subject.peek(Q) is None  # it is not held, because more may come


def test_what_denies_a_name_has_to_wait_for_the_other_family(server: DnsServer) -> None:
    """RFC 4074, section 4.2: a server that knows no AAAA may deny the name altogether."""
    server.zone[NAME] = behave.by_type(AAAA=behave.nxdomain(), A=behave.silence)
    held = listened(server, PLENTY).gather([Q], deadline=time.monotonic() + 0.5)[Q]
    assert held.answer.status == "failed"


def test_an_answer_that_comes_late_is_learnt(server: DnsServer) -> None:
    too_late = threading.Event()
    server.zone[NAME] = behave.when(too_late.is_set, behave.answer("10.0.0.1"))
    subject = listened(server, 0.2)
    held = subject.gather([Q])[Q]
    assert (held.answer.status, held.answer.detail) == ("failed", "no answer within 0.2 s")
    too_late.set()

    def learnt() -> bool:
        now = subject.peek(Q)
        return now is not None and now.answer.status == "answered"

    eventually(learnt)
    asked = server.asked(NAME)
    assert subject.gather([Q])[Q].answer.addresses == ("10.0.0.1",)
    assert server.asked(NAME) == asked


def test_a_retry_has_the_answer_to_what_was_asked_before(server: DnsServer) -> None:

    def tried_again() -> bool:
        """Each look-up has two transmissions at most."""
        return min(server.asked(NAME, family) for family in ("A", "AAAA")) > 2

    slow = behave.when(tried_again, behave.answer("10.0.0.1", "fd00::1"))
    server.zone[NAME] = behave.first(slow, behave.silence)
    subject = listened(server, 0.6)
    assert subject.gather([Q])[Q].answer.status == "failed"
    held = subject.gather([Q], retry=True, deadline=time.monotonic() + PLENTY)[Q]
    assert held.answer.addresses == ("10.0.0.1", "fd00::1")


def test_who_waited_elsewhere_is_told_how_long_the_look_up_has_been_under_way(
    server: DnsServer,
) -> None:
    server.zone[NAME] = behave.silence
    subject = listened(server, PLENTY)
    subject.start([Q])
    time.sleep(0.3)
    detail = subject.gather([Q], deadline=time.monotonic() - 1)[Q].answer.detail
    assert detail.startswith("no answer within ")
    assert float(detail.split()[3]) >= 0.3
