"""Answers are held, renewed on use in the background, and asked again where they failed."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.routing.answer import Answer, Question
from tests.support.examples import examples

from .names import NAME, PLENTY, Clock, Names, Q, eventually, evidence, failed, good, settle


def test_nothing_is_held_at_first_and_peek_asks_nobody(names: Names) -> None:
    subject = evidence(names)
    assert subject.peek(Q) is None
    assert names.asked == {}


def test_gather_asks_once_and_holds(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    held = subject.gather([Q])[Q]
    assert (held.answer, held.expires_at, held.refresh_at) == (good(), 1100.0, 1075.0)
    assert subject.gather([Q, Q]) == {Q: held}
    assert subject.peek(Q) is held
    assert names.asked == {NAME: 1}


def test_gather_of_nothing(names: Names) -> None:
    assert evidence(names).gather([]) == {}


def test_renewal_on_use_in_the_background(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    before = subject.gather([Q])[Q]
    clock.now += 74.9
    assert subject.peek(Q) is before
    assert names.asked[NAME] == 1
    names.open.clear()
    names.zone[NAME] = good(address="10.0.0.2")
    clock.now += 0.1
    assert subject.peek(Q) is before  # at once, although the look-up hangs
    assert subject.gather([Q])[Q] is before
    eventually(lambda: names.asked[NAME] == 2)
    names.open.set()
    eventually(lambda: subject.peek(Q) is not before)
    after = subject.peek(Q)
    assert after is not None
    assert (after.answer.addresses, after.expires_at) == (("10.0.0.2",), 1175.0)
    assert names.asked[NAME] == 2


def test_past_its_ttl_gather_waits_for_the_renewal(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    names.zone[NAME] = good(address="10.0.0.2")
    clock.now += 100
    assert subject.peek(Q) is None
    assert subject.gather([Q])[Q].answer.addresses == ("10.0.0.2",)


def test_a_clock_that_jumps_only_expires(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    clock.now += 1e6  # a Lambda thawed after days
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer == failed()


def test_a_failed_renewal_falls_back_on_the_stale_answer(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    names.zone[NAME] = failed()
    clock.now += 100
    held = subject.gather([Q])[Q]
    assert (held.answer.addresses, held.answer.stale) == (("10.0.0.1",), True)
    assert subject.gather([Q])[Q] is held  # for failure_ttl
    assert names.asked[NAME] == 2


def test_a_stale_answer_is_renewed_in_the_background_while_it_is_in_use(
    names: Names, clock: Clock
) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    names.zone[NAME] = failed()
    clock.now += 100
    subject.gather([Q])
    names.open.clear()  # the resolver hangs: only the first call of an outage waits for it
    for asked in (3, 4):
        clock.now += 0.5
        assert subject.gather([Q])[Q].answer.stale
        eventually(lambda asked=asked: names.asked[NAME] == asked)
        names.open.set()
        settle()
        names.open.clear()
    names.open.set()
    names.zone[NAME] = Answer(NAME, "absent", ttl=30.0)
    clock.now += 0.5
    assert subject.gather([Q])[Q].answer.stale
    settle()
    assert subject.gather([Q])[Q].answer.status == "absent"
    names.zone[NAME] = failed()
    clock.now += 30
    assert subject.gather([Q])[Q].answer == failed()


def test_a_stale_answer_that_nobody_used_for_a_while_is_waited_for(
    names: Names, clock: Clock
) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    names.zone[NAME] = failed()
    clock.now += 100
    assert subject.gather([Q])[Q].answer.stale
    names.zone[NAME] = good(address="10.0.0.2")
    clock.now += 30
    assert subject.gather([Q])[Q].answer == good(address="10.0.0.2")


def test_a_failure_is_held_for_failure_ttl(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer == failed()
    names.zone[NAME] = good()
    assert subject.gather([Q])[Q].answer == failed()
    held = subject.peek(Q)
    assert held is not None
    assert held.answer == failed()
    clock.now += 0.5
    assert subject.gather([Q])[Q].answer == good()


def test_failure_ttl_of_zero_holds_no_failure(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock, failure_ttl=0)
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer == failed()
    assert subject.peek(Q) is None
    assert subject.gather([Q])[Q].answer == failed()
    assert names.asked[NAME] == 2
    names.zone[NAME] = good()
    subject.gather([Q])
    names.zone[NAME] = failed()
    clock.now += 100
    for _ in range(2):
        assert subject.gather([Q])[Q].answer.stale


@pytest.mark.parametrize("port", [None, 443])
def test_retry_asks_again_after_a_failure_only(
    names: Names, clock: Clock, port: int | None
) -> None:
    question = Question(NAME, port)
    subject = evidence(names, clock=clock)
    names.zone[NAME] = failed()
    subject.gather([question])
    assert subject.gather([question], retry=True)[question].answer == failed()
    assert names.asked[NAME] == 2
    names.zone[NAME] = good()
    assert subject.gather([question], retry=True)[question].answer == good()
    assert subject.gather([question], retry=True)[question].answer == good()
    assert names.asked[NAME] == 3


def test_retry_asks_again_about_stale_and_half_answers(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    names.zone[NAME] = Answer(NAME, "answered", ("10.0.0.1",), ttl=100.0, unanswered=("AAAA",))
    subject.gather([Q])
    names.zone[NAME] = good()
    assert subject.gather([Q])[Q].answer.unanswered == ("AAAA",)
    assert subject.gather([Q], retry=True)[Q].answer == good()
    clock.now += 100
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer.stale
    names.zone[NAME] = good(address="10.0.0.2")
    assert subject.gather([Q], retry=True)[Q].answer == good(address="10.0.0.2")


# Forced: connecting to what is held has failed


@pytest.mark.parametrize("port", [None, 443])
def test_renew_asks_again_about_what_is_certain_and_fresh(
    names: Names, clock: Clock, port: int | None
) -> None:
    question = Question(NAME, port)
    subject = evidence(names, clock=clock, reach=lambda address, *_: address == "10.0.0.2")
    subject.gather([question])
    names.zone[NAME] = good(address="10.0.0.2")
    assert subject.gather([question])[question].answer.addresses == ("10.0.0.1",)
    renewed = subject.gather([question], renew=True)[question]
    assert renewed.answer.addresses == ("10.0.0.2",)
    assert renewed.answer.reachable is (None if port is None else True)
    assert subject.gather([question])[question] is renewed
    assert names.asked[NAME] == 2


def test_renew_asks_at_most_once_per_failure_ttl(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    for asked in range(2, 5):
        for _ in range(3):
            assert subject.gather([Q], renew=True)[Q].answer == good()
            assert names.asked[NAME] == asked - 1
        clock.now += 0.5


def test_sixty_four_failed_connects_renew_once(names: Names) -> None:
    subject = evidence(names, failure_ttl=PLENTY)
    subject.gather([Q])
    names.zone[NAME] = good(address="10.0.0.2")
    barrier, found = threading.Barrier(64), list[tuple[str, ...]]()

    def renew() -> None:
        barrier.wait(PLENTY)
        found.append(subject.gather([Q], renew=True)[Q].answer.addresses)

    threads = [threading.Thread(target=renew) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert found == [("10.0.0.2",)] * 64
    assert names.asked[NAME] == 2


def test_a_forced_renewal_that_fails_leaves_what_stood(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    before = subject.gather([Q])[Q]
    names.zone[NAME] = failed()
    after = subject.gather([Q], renew=True)[Q]
    assert (after.answer, after.expires_at) == (good(), before.expires_at)
    assert names.asked[NAME] == 2
    clock.now = before.expires_at
    assert subject.gather([Q], renew=True)[Q].answer.stale


def test_a_forced_renewal_that_hangs_leaves_what_stood(names: Names) -> None:
    subject = evidence(names)
    subject.gather([Q])
    names.open.clear()
    deadline = time.monotonic() + 0.05
    assert subject.gather([Q], renew=True, deadline=deadline)[Q].answer == good()
    names.open.set()


def test_a_forced_renewal_joins_the_one_in_the_background(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    clock.now += 75
    names.open.clear()
    names.zone[NAME] = good(address="10.0.0.2")
    assert subject.gather([Q])[Q].answer == good()
    eventually(lambda: names.asked[NAME] == 2)
    threading.Timer(0.05, names.open.set).start()
    assert subject.gather([Q], renew=True)[Q].answer.addresses == ("10.0.0.2",)
    assert subject.gather([Q], renew=True)[Q].answer.addresses == ("10.0.0.2",)
    assert names.asked[NAME] == 2


# Whatever happens


@settings(deadline=None, max_examples=examples(50))
@given(
    st.lists(
        st.tuples(st.floats(0, 400), st.sampled_from(["good", "absent", "failed"])), max_size=12
    )
)
def test_gather_never_returns_what_has_expired(steps: list[tuple[float, str]]) -> None:
    names, clock = Names(), Clock()
    subject = evidence(names, clock=clock)
    good_at = float("-inf")
    for pause, status in steps:
        clock.now += pause
        names.zone[NAME] = {
            "good": good(address=f"10.0.{len(steps)}.1"),
            "absent": Answer(NAME, "absent", ttl=30.0),
            "failed": failed(),
        }[status]
        asked = names.asked[NAME]
        held = subject.gather([Q])[Q]
        settle()
        assert held.expires_at > clock.now
        if names.asked[NAME] > asked and status == "good":
            good_at = clock.now
        if held.answer.status == "answered":
            assert clock.now <= good_at + 100 + 3600
            assert held.answer.stale or clock.now < good_at + 100 + 1e-6
