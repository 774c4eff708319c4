"""Waiting for evidence and for the own zone without blocking a thread: depart, listen, overdue."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from endpoint_router.aws.zone import Zone
from endpoint_router.probe.evidence import Evidence, Held
from endpoint_router.probe.landing import Landing
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.routing.answer import Answer, Question
from tests.support.children import output_of

from .names import NAME, PLENTY, Clock, Names, Q, evidence, good, settle


async def gathered(subject: Evidence, question: Question) -> Held:
    """What an asynchronous shell does: the same rules, and no thread of its own that waits."""
    loop = asyncio.get_running_loop()
    departure = subject.depart([question])
    assert departure.crewed
    flight = departure.flights.get(question)
    if flight is None:
        return departure.at_hand[question]
    landed = asyncio.Event()
    flight.listen(lambda: loop.call_soon_threadsafe(landed.set))
    await asyncio.wait_for(landed.wait(), PLENTY)
    return flight.held or subject.overdue(question, PLENTY)


def test_a_hundred_tasks_get_the_answer_of_one_look_up_and_the_loop_goes_on(names: Names) -> None:
    names.open.clear()
    subject = evidence(names)

    async def main() -> list[Held]:
        tasks = [asyncio.create_task(gathered(subject, Q)) for _ in range(100)]
        for _ in range(10):
            await asyncio.sleep(0)
        # Nobody but this loop lets the look-up end: had a task blocked it, this would never be.
        names.open.set()
        return await asyncio.gather(*tasks)

    answers = asyncio.run(main())
    assert len(answers) == 100
    assert len({id(held) for held in answers}) == 1
    assert answers[0].answer == good()
    assert names.asked == {NAME: 1}


def test_what_is_at_hand_needs_no_flight(names: Names) -> None:
    subject = evidence(names)
    held = subject.gather([Q])[Q]
    departure = subject.depart([Q])
    assert (departure.at_hand, departure.flights, departure.crewed) == ({Q: held}, {}, True)
    assert subject.depart([Q], renew=True).flights.keys() == {Q}


def test_departing_does_not_wait_and_what_is_overdue_is_told_without_holding_it(
    names: Names, clock: Clock
) -> None:
    names.open.clear()
    subject = evidence(names, clock=clock)
    (flight,) = subject.depart([Q]).flights.values()
    assert not flight.landed
    overdue = subject.overdue(Q, 0.25)
    assert overdue.answer == Answer(NAME, "failed", detail="no answer within 0.25 s", at=1234.5)
    assert subject.peek(Q) is None
    names.open.set()
    assert flight.wait(PLENTY)
    assert flight.held is not None
    assert flight.held.answer == good()


def test_a_flight_with_a_port_tells_after_the_connect(names: Names) -> None:
    names.open.clear()
    subject, told = evidence(names, reach=lambda *_: True), list[bool]()
    question = Question(NAME, 443)
    (flight,) = subject.depart([question]).flights.values()
    flight.listen(lambda: told.append(flight.held is not None))
    names.open.set()
    settle()
    assert told == [True]
    assert flight.held is not None
    assert flight.held.answer.reachable


def test_who_was_dropped_from_the_queue_is_told(names: Names) -> None:
    names.open.clear()
    subject, told = evidence(names, capacity=5, workers=1), list[str]()
    questions = [Question(f"n{number}.example") for number in range(20)]
    for question in questions:
        (flight,) = subject.depart([question]).flights.values()
        flight.listen(lambda name=question.name: told.append(name))  # type: ignore[misc]
    assert 10 <= len(told) <= 15  # on nothing: the oldest, but for the one that is under way
    names.open.set()
    settle()
    assert sorted(told) == sorted(question.name for question in questions)


def broken() -> None:
    raise RuntimeError("Event loop is closed")


def test_a_listener_that_raises_harms_nobody(names: Names) -> None:
    names.open.clear()
    subject, told = evidence(names, workers=1), list[str]()
    for name in ("a.example", "b.example"):
        (flight,) = subject.depart([Question(name)]).flights.values()
        flight.listen(broken)
        flight.listen(lambda name=name: told.append(name))  # type: ignore[misc]
    names.open.set()
    settle()
    assert sorted(told) == ["a.example", "b.example"]
    assert subject.peek(Question("a.example")) is not None


def test_a_listener_holds_no_lock_and_may_ask(names: Names) -> None:
    """From another thread, even: whoever is told must not be told under the lock."""
    names.open.clear()
    subject, answers = evidence(names), list[Held | None]()

    def ask() -> None:
        thread = threading.Thread(target=lambda: answers.append(subject.gather([Q])[Q]))
        thread.start()
        thread.join(PLENTY)
        subject.start([Question("other.example")])

    (flight,) = subject.depart([Q]).flights.values()
    flight.listen(ask)
    names.open.set()
    settle()
    assert [held and held.answer for held in answers] == [good()]


def test_without_threads_a_departure_says_so() -> None:
    script = """
import threading
from endpoint_router.routing.answer import Answer, Question
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.probe.ttl_and_staleness import Lifetimes
threading.stack_size(1 << 40)  # more than there is: can't start new thread
subject = Evidence(lambda name, timeout: Answer(name, "absent"), Lifetimes(5, 300, 60, 0.5, 3600),
                   timeout=5)
departure = subject.depart([Question("a.example")])
print(departure.crewed, len(departure.flights), OwnZone(print, 5).start())
"""
    assert output_of(script) == "False 1 False\n"


# --- what has landed


def test_each_listener_is_called_once_whenever_it_comes() -> None:
    for _ in range(200):
        landing, called, barrier = Landing(), list[int](), threading.Barrier(3)

        def listen(number: int) -> None:
            barrier.wait(PLENTY)  # noqa: B023
            landing.listen(lambda: called.append(number))  # noqa: B023

        threads = [threading.Thread(target=listen, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        barrier.wait(PLENTY)
        landing.land()
        landing.announce()
        for thread in threads:
            thread.join(PLENTY)
        assert sorted(called) == [0, 1]
    landing.listen(lambda: called.append(2))
    assert sorted(called) == [0, 1, 2]


# --- the own zone


def test_a_loop_may_wait_for_the_own_zone() -> None:
    go_on = threading.Event()

    def find(timeout: float) -> Zone:
        assert go_on.wait(PLENTY)
        return Zone("us-east-1a")

    subject = OwnZone(find, PLENTY)

    async def wait() -> Zone:
        loop, landed = asyncio.get_running_loop(), asyncio.Event()
        assert subject.start()
        subject.landing.listen(lambda: loop.call_soon_threadsafe(landed.set))
        await asyncio.wait_for(landed.wait(), PLENTY)
        return subject.at_once()

    async def main() -> list[Zone]:
        tasks = [asyncio.create_task(wait()) for _ in range(100)]
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(*tasks)

    assert {zone.name for zone in asyncio.run(main())} == {"us-east-1a"}


@pytest.mark.parametrize("settled", [True, False])
def test_whoever_comes_late_is_told_at_once(settled: bool) -> None:
    here = Zone("us-east-1a")
    subject = OwnZone.of(here) if settled else OwnZone(lambda _: here, PLENTY)
    subject.wait(time.monotonic() + PLENTY)
    told: list[Callable[[], Zone]] = []
    subject.landing.listen(lambda: told.append(subject.at_once))
    assert [at_once() for at_once in told] == [here]
