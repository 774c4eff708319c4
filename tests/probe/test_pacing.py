"""So many look-ups per process and no more, whatever the application and the resolver do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.policy.model import Dns
from endpoint_router.probe.pacing import BURST, FAILURE, RATE, Pace, paced
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer, Question

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


def test_one_bucket_for_all_policies_of_a_process() -> None:
    slept: list[float] = []
    for _ in range(BURST + 20):
        paced(lambda name, _: good(name), sleep=slept.append)("a.example", PLENTY)
    assert len(slept) >= 10


class Traffic:
    """Names of a busy application, by the packets that reached its DNS server."""

    def __init__(self, server: DnsServer) -> None:
        self.server = server
        self.stamps: list[float] = []

    def behaving(self, then: behave.Behaviour) -> behave.Behaviour:
        def stamped(query: object, transport: str) -> list[bytes]:
            self.stamps.append(time.monotonic())
            return then(query, transport)  # type: ignore[arg-type]

        return stamped

    def most_in_a_second(self) -> int:
        stamps = sorted(self.stamps)
        return max(sum(first <= one < first + 1 for one in stamps) for first in stamps)


def flood(lookup: Callable[[str, float], Answer], seconds: float, threads: int = 64) -> int:
    """Ask for new names all the time; how many there were."""
    subject = evidence(lookup, timeout=2.0)
    until = time.monotonic() + seconds
    counts: list[int] = []

    def touch(thread: int) -> None:
        count = 0
        while time.monotonic() < until:
            question = Question(f"bucket-{count}-{thread}.s3.example")
            subject.gather([question], deadline=until)
            count += 1
        counts.append(count)

    running = [threading.Thread(target=touch, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(PLENTY)
    return sum(counts)


@pytest.mark.parametrize(
    "then",
    [behave.answer("10.0.0.1"), behave.rcode(2), behave.only_without_edns(behave.rcode(2))],
    ids=["answers", "SERVFAIL", "FORMERR, then SERVFAIL"],
)
def test_however_many_buckets_the_resolver_keeps_up(
    server: DnsServer, then: behave.Behaviour
) -> None:
    traffic = Traffic(server)
    server.otherwise = traffic.behaving(then)
    look_up = paced(Resolver(Dns(servers=(server.address,))).lookup, Pace())
    touched = flood(look_up, seconds=1.2)
    assert touched >= BURST
    assert BURST <= traffic.most_in_a_second() <= 2 * (BURST + RATE) + 16 < VPC_RESOLVER / 2


def test_what_a_router_looks_up_is_paced(server: DnsServer) -> None:
    traffic = Traffic(server)
    server.otherwise = traffic.behaving(behave.answer("10.0.0.1"))
    flood(World().lookup(Dns(servers=(server.address,))), seconds=1.2)
    assert RATE <= traffic.most_in_a_second() <= 2 * (BURST + RATE) + 16


def test_a_dead_resolver_is_not_flooded(server: DnsServer) -> None:
    traffic = Traffic(server)
    server.otherwise = traffic.behaving(behave.silence)
    look_up = paced(Resolver(Dns(servers=(server.address,))).lookup, Pace())
    flood(look_up, seconds=1.2)
    assert 0 < traffic.most_in_a_second() < VPC_RESOLVER / 4
