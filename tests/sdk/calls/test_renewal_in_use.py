"""Evidence stays true while a process lives, and calls do not wait for that.

Renewal happens on use, in the background, after three quarters of an answer's life; never by a
timer. Counted are the questions that reach the lab's DNS server.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Absent, Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.probe.pacing import BURST, RATE
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import World
from tests.support.children import needs_fork
from tests.support.lab_client import KMS, KMS_VPCE, SQS_FIPS, catch, questions
from tests.support.permits import Permits
from tests.support.renewing import (
    PLENTY,
    LookUps,
    Reach,
    Time,
    answers,
    at,
    call_in_spawned_process,
    eventually,
    timed_client,
)
from tests.support.wire import Caught


@dataclass(frozen=True)
class Use:
    """Something that a policy wants to know from DNS, and a call that depends on it."""

    policy: dict[str, Any]
    name: str
    first: str
    then: str
    service: str = "kms"
    region: str = "us-east-1"

    def client(self, lab: Lab, clock: Time) -> Any:
        look_ups = LookUps()
        lab.host(KMS, "52.94.0.10", ttl=100)  # asked for, too, where a VPC endpoint stands for it
        at(lab, self.name, self.first)
        client = timed_client(lab, self.policy, clock, self.service, self.region)
        self.call(client)
        look_ups.settle()
        return client

    def call(self, client: Any) -> None:
        getattr(client, {"kms": "list_keys", "sqs": "list_queues"}[self.service])()


USES = {
    "private DNS": Use({"defaults": {"private": "require"}}, KMS, "10.20.0.12", "10.20.0.13"),
    "VPC endpoint": Use(
        {
            "defaults": {"private": "require"},
            "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
        },
        KMS_VPCE,
        "10.20.0.14",
        "10.20.0.15",
    ),
    "existence of a FIPS host": Use(
        {"defaults": {"fips": "require"}}, SQS_FIPS, "52.94.0.31", "52.94.0.32", "sqs", "eu-west-1"
    ),
}


@pytest.fixture(params=USES)
def use(request: pytest.FixtureRequest) -> Use:
    return USES[request.param]


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def look_ups() -> LookUps:
    return LookUps()


@contextmanager
def no_waiting() -> Iterator[None]:
    """What happens here does not wait for DNS, which takes fifteen seconds at least."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 10


# --- in the background, on use


def test_an_answer_is_renewed_in_the_background_after_three_quarters_of_its_life(
    lab: Lab, clock: Time, use: Use, look_ups: LookUps
) -> None:
    client = use.client(lab, clock)
    assert questions(lab, use.name) == 1
    clock.passes(40)  # the clock runs by itself, too: a busy machine may take some seconds more
    use.call(client)
    assert questions(lab, use.name) == 1
    clock.passes(40)
    use.call(client)
    eventually(lambda: questions(lab, use.name) == 2)
    look_ups.settle()
    clock.passes(40)
    use.call(client)
    assert questions(lab, use.name) == 2


def test_no_call_waits_for_a_renewal(lab: Lab, clock: Time, use: Use) -> None:
    client = use.client(lab, clock)
    clock.passes(80)
    lab.dns.down()
    with no_waiting():
        for _ in range(5):
            use.call(client)
    eventually(lambda: questions(lab, use.name) >= 2)
    lab.dns.up()


def test_in_the_steady_state_there_is_one_question_per_life(
    lab: Lab, clock: Time, use: Use, look_ups: LookUps
) -> None:
    client = use.client(lab, clock)
    for _ in range(99):
        clock.passes(25)
        use.call(client)
        look_ups.settle()
    # Each of a hundred seconds, and renewed after 75.
    assert questions(lab, use.name) == 1 + 99 * 25 // 75


def test_an_idle_process_asks_nothing_and_has_no_thread(
    lab: Lab, clock: Time, use: Use, look_ups: LookUps
) -> None:
    client = use.client(lab, clock)
    asked = len(lab.dns.questions)
    clock.passes(10_000)
    # Who has no thread cannot begin anything by himself.
    assert (len(lab.dns.questions), look_ups.under_way()) == (asked, [])
    use.call(client)
    assert questions(lab, use.name) == 2


def test_a_renewed_answer_is_what_new_connections_use(
    lab: Lab, clock: Time, use: Use, look_ups: LookUps
) -> None:
    client = use.client(lab, clock)
    at(lab, use.name, use.then)
    clock.passes(80)
    use.call(client)  # over the connection that there is
    look_ups.settle()
    client.close()
    use.call(client)
    assert [lab.seen[0].address, lab.seen[-1].address] == [use.first, use.then]


def test_a_host_that_is_renewed_to_a_public_address_is_refused(
    lab: Lab, clock: Time, look_ups: LookUps
) -> None:
    use = USES["private DNS"]
    client = use.client(lab, clock)
    answers(lab, KMS, "52.94.0.10")
    clock.passes(80)
    use.call(client)
    look_ups.settle()
    with pytest.raises(EndpointDenied) as caught:
        use.call(client)
    assert caught.value.code == "private.public_address"


def test_a_fips_host_that_is_renewed_to_absent_is_refused(
    lab: Lab, clock: Time, look_ups: LookUps
) -> None:
    use = USES["existence of a FIPS host"]
    client = use.client(lab, clock)
    lab.zone.set(SQS_FIPS, Absent())
    clock.passes(80)
    use.call(client)
    look_ups.settle()
    with pytest.raises(EndpointDenied) as caught:
        use.call(client)
    assert caught.value.code == "fips.absent"


# --- a freeze: Lambda, a snapshot, a laptop's lid


def test_after_a_freeze_of_hours_the_first_call_asks_and_uses_what_it_is_told(
    lab: Lab, clock: Time, use: Use
) -> None:
    client = use.client(lab, clock)
    at(lab, use.name, use.then)
    clock.frozen(2 * 3600)
    client.close()  # the server did that long ago
    use.call(client)
    assert questions(lab, use.name) == 2
    assert lab.seen[-1].address == use.then


def test_a_stale_answer_does_not_survive_a_freeze_unasked(lab: Lab, clock: Time) -> None:
    use = USES["private DNS"]
    client = use.client(lab, clock)
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    clock.passes(100)
    use.call(client)  # on the stale answer
    at(lab, KMS, use.then)
    clock.frozen(1800)  # it would still stand
    client.close()
    use.call(client)
    assert lab.seen[-1].address == use.then


def test_after_a_freeze_nothing_goes_to_the_old_address_while_dns_fails(
    lab: Lab, clock: Time
) -> None:
    use = USES["private DNS"]
    client = use.client(lab, clock)
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    clock.frozen(2 * 3600)  # longer than max_stale
    with pytest.raises(EndpointUnverified):
        use.call(client)
    assert len(lab.seen) == 1


def test_the_clock_of_the_real_world_notices_freezes_and_is_one_for_all() -> None:
    clock = World().clock
    assert clock is World().clock
    assert clock.__module__ == "endpoint_router.probe.clock"


# --- threads


def test_sixty_four_threads_ask_one_question_per_name_and_life(lab: Lab, clock: Time) -> None:
    use = USES["private DNS"]
    client = use.client(lab, clock)
    rounds, wrong = 5, list[BaseException]()
    barrier = threading.Barrier(64, action=lambda: clock.passes(100))

    def calls() -> None:
        try:
            for _ in range(rounds):
                barrier.wait(5 * PLENTY)
                use.call(client)
        except BaseException as error:  # told by the test's thread
            wrong.append(error)
            barrier.abort()

    threads = [threading.Thread(target=calls) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5 * PLENTY)
    assert not wrong
    assert len(lab.seen) == 1 + 64 * rounds
    assert questions(lab, KMS) == 1 + rounds


# --- many names


def test_a_client_that_touches_many_buckets_spares_the_resolver(lab: Lab, clock: Time) -> None:
    """The VPC resolver drops what exceeds 1,024 packets per second: a fifth of that is taken."""
    buckets = [f"bucket-{number}" for number in range(300)]
    lab.host("*.s3.eu-west-1.amazonaws.com", "10.20.0.16")
    permits = Permits()
    client = timed_client(
        lab,
        {"defaults": {"private": "require"}, "dns": {"timeout": 30.0}},
        clock,
        "s3",
        "eu-west-1",
        lookup=lambda servers: permits.paced(Resolver(servers).lookup),
    )
    client.meta.events.register("before-send", catch)  # a handshake each would be the brake

    def touch(bucket: str) -> str:
        with pytest.raises(Caught) as caught:
            client.head_bucket(Bucket=bucket)
        return urlsplit(caught.value.request.url).netloc

    with ThreadPoolExecutor(16) as pool:
        touched = set(pool.map(touch, buckets))
    assert touched == {f"{bucket}.s3.eu-west-1.amazonaws.com" for bucket in buckets}
    assert permits.at.keys() >= touched
    most = permits.most_in_a_second(asked.name for asked in lab.dns.questions)
    assert BURST <= most <= 2 * (BURST + RATE) + 16


# --- fork and spawn


@contextmanager
def calls_under_way(client: Any) -> Iterator[None]:
    """Threads that make calls all the time."""
    stop = threading.Event()

    def calls() -> None:
        while not stop.is_set():
            client.list_keys()

    threads = [threading.Thread(target=calls) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PLENTY)


def finished(process: Any) -> int | None:
    process.start()
    process.join(3 * PLENTY)
    if process.is_alive():
        process.kill()
        process.join()
    code: int | None = process.exitcode
    return code


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("passed", [0, 80, 100])
def test_forked_amid_calls_and_look_ups(lab: Lab, clock: Time, passed: float) -> None:
    """A fresh answer is inherited, one in renewal is renewed again, an expired one is asked for."""
    # Two: urllib3's own locks do not survive a fork amid calls of the same client.
    client, busy = Reach.of(lab).clients(2, clock)
    client.list_keys()
    lab.dns.down()
    clock.passes(passed)
    parent = threading.Thread(target=busy.list_keys)
    parent.start()  # its look-up hangs
    if passed:
        eventually(lambda: questions(lab, KMS) == 2)

    lab.dns.up()  # the parent's look-up is repeated after five seconds only

    def child() -> None:
        with no_waiting():
            client.list_keys()
            clock.passes(100)
            client.list_keys()

    process = multiprocessing.get_context("fork").Process(target=child)
    with calls_under_way(busy):
        code = finished(process)
    parent.join(PLENTY)
    assert code == 0
    assert len(lab.seen) >= 4
    clock.passes(100)
    client.list_keys()


def test_spawned_amid_calls_and_look_ups(lab: Lab, clock: Time) -> None:
    reach = Reach.of(lab)
    client = reach.client(clock)
    client.list_keys()
    clock.passes(80)
    with calls_under_way(client):
        context = multiprocessing.get_context("spawn")
        assert finished(context.Process(target=call_in_spawned_process, args=(reach,))) == 0
    eventually(lambda: questions(lab, KMS) == 3)  # once, renewed, and by the child
