"""So many look-ups per process and no more, whatever the application and the resolver do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe import pacing
from endpoint_router.probe.pacing import BURST, FAILURE, RATE, Pace, paced
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer, Question
from tests.support.permits import Permits

from . import dns_server as behave
from .dns_server import DnsServer
from .names import PLENTY, Clock, evidence, failed, good

#: What the VPC resolver takes from one network interface, packets per second.
VPC_RESOLVER = 1024


def test_a_burst_is_free_and_then_they_come_at_the_rate() -> None:
    pace = Pace(burst=3, rate=10)
    assert [pace.take(100.0) for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])
    assert pace.take(100.1) == pytest.approx(0.2)
    assert pace.take(200.0) == 0


def test_a_wait_beyond_ones_patience_takes_nothing() -> None:
    pace = Pace(burst=1, rate=10)
    assert pace.take(0.0) == 0
    assert pace.take(0.0, patience=0.05) is None
    assert pace.take(0.0, patience=0.2) == pytest.approx(0.1)


def test_tokens_used_already_are_waited_for_by_the_next() -> None:
    pace = Pace(burst=2, rate=10)
    pace.charge(0.0, 4)
    assert pace.take(0.0) == pytest.approx(0.3)


@given(st.lists(st.floats(0, 0.1), min_size=1, max_size=300), st.integers(1, 20))
def test_no_second_has_more_than_a_burst_and_the_rate(gaps: list[float], burst: int) -> None:
    pace, now, starts = Pace(burst, rate=20), 1000.0, list[float]()
    for gap in gaps:
        now += gap
        wait = pace.take(now)
        assert wait is not None
        starts.append(now + wait)
    assert starts == sorted(starts)
    for start in starts:
        assert sum(start <= other < start + 1 for other in starts) <= burst + 20 + 1


def test_the_wait_is_part_of_the_timeout() -> None:
    clock, slept, given_ = Clock(), list[float](), list[float]()

    def lookup(name: str, timeout: float) -> Answer:
        given_.append(timeout)
        return good(name)

    look_up = paced(lookup, Pace(burst=1, rate=2), clock=clock, sleep=slept.append)
    assert look_up("a.example", 2.0) == look_up("a.example", 2.0) == good("a.example")
    assert (slept, given_) == ([0.5], [2.0, 1.5])
    answer = look_up("a.example", 0.8)
    assert (answer.status, answer.detail) == (
        "failed",
        "no answer within 0.8 s: too many look-ups at once",
    )
    assert len(given_) == 2


def test_a_look_up_that_fails_counts_for_its_retransmissions() -> None:
    clock, slept = Clock(), list[float]()
    look_up = paced(lambda name, _: failed(), Pace(FAILURE, 10), clock=clock, sleep=slept.append)
    for _ in range(2):
        look_up("a.example", 2.0)
    assert slept == pytest.approx([0.1])


def take(count: int) -> list[float]:
    """Seconds that some of so many look-ups would have had to wait, each of a policy of its own."""
    slept: list[float] = []
    for number in range(count):
        look_up = paced(lambda name, _: good(name), sleep=slept.append)
        look_up(f"n{number}.example", 100 * PLENTY)
    return slept


def test_one_bucket_for_all_policies_of_a_process() -> None:
    """Some are given back while this goes on, but not as many as a minute brings."""
    taken = int(BURST + PLENTY * RATE)
    try:
        assert len(take(taken)) >= 10
    finally:
        pacing._process.charge(time.monotonic(), -taken)


class Traffic:
    """Questions that reach a DNS server, by name, repetitions included."""

    def __init__(self, server: DnsServer, then: behave.Behaviour) -> None:
        self.packets: list[str] = []

        def noted(query: dns.message.Message, transport: str) -> list[bytes]:
            self.packets.append(query.question[0].name.to_text(omit_final_dot=True))
            return then(query, transport)

        server.otherwise = noted


def flood(lookup: Callable[[str, float], Answer], threads: int = 32, each: int = 10) -> int:
    """Ask for new names all the time; how many there were."""
    # Patience for them all: what is waited for is not waited for really.
    subject = evidence(lookup, timeout=10 * PLENTY)

    def touch(thread: int) -> None:
        for count in range(each):
            subject.gather([Question(f"bucket-{count}-{thread}.s3.example")])

    running = [threading.Thread(target=touch, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(3 * PLENTY)
    return threads * each


@pytest.mark.parametrize(
    "then",
    [behave.answer("10.0.0.1"), behave.rcode(2), behave.only_without_edns(behave.rcode(2))],
    ids=["answers", "SERVFAIL", "FORMERR, then SERVFAIL"],
)
def test_however_many_buckets_the_resolver_keeps_up(
    server: DnsServer, then: behave.Behaviour
) -> None:
    traffic, permits = Traffic(server, then), Permits()
    asked = flood(permits.paced(Resolver([parse_dns_server(server.address)]).lookup))
    assert len(permits.at) == asked
    assert len(traffic.packets) >= 2 * asked
    most = permits.most_in_a_second(traffic.packets)
    assert BURST <= most <= 2 * (BURST + RATE) + 16 < VPC_RESOLVER / 2


def test_what_a_router_looks_up_is_paced_by_the_bucket_of_the_process(server: DnsServer) -> None:
    traffic = Traffic(server, behave.answer("10.0.0.1"))
    look_up = World().lookup((parse_dns_server(server.address),))
    assert look_up("before.example", PLENTY).status == "answered"
    taken = int(2 * PLENTY * RATE)
    try:
        take(taken)  # whoever takes them
        answer = look_up("after.example", PLENTY)
    finally:
        pacing._process.charge(time.monotonic(), -taken)
    assert (answer.status, "too many look-ups" in answer.detail) == ("failed", True)
    assert set(traffic.packets) == {"before.example"}


def test_a_dead_resolver_is_not_flooded(server: DnsServer) -> None:
    """Each look-up has two transmissions, however long it waits."""
    traffic, permits = Traffic(server, behave.silence), Permits()
    lookup = Resolver([parse_dns_server(server.address)]).lookup
    hurried = permits.paced(lambda name, _timeout: lookup(name, 0.05))
    asked = flood(hurried, threads=16, each=6)
    assert len(traffic.packets) <= 4 * asked
    assert permits.most_in_a_second(traffic.packets) < VPC_RESOLVER / 4
