"""One question is on its way at a time, with a port or without."""

from __future__ import annotations

import threading
import time

import pytest
from msgspec.structs import replace

from endpoint_router.routing.answer import Answer, Question

from .names import NAME, PLENTY, Clock, Names, Q, eventually, evidence, failed, good


def test_sixty_four_threads_ask_once(names: Names) -> None:
    subject = evidence(names)
    questions = [Question(f"n{i}.example") for i in range(5)]
    barrier = threading.Barrier(64)
    wrong: list[object] = []

    def ask() -> None:
        barrier.wait(PLENTY)
        for question in questions:
            held = subject.gather([question])[question]
            if held.answer != good(question.name) or subject.peek(question) is None:
                wrong.append(held)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert not wrong
    assert names.asked == {question.name: 1 for question in questions}


def test_no_thread_sees_an_answer_past_its_life(clock: Clock) -> None:
    """Every answer tells when it was looked up, while 64 threads ask and time goes on."""

    def lookup(name: str, timeout: float) -> Answer:
        return replace(good(name, ttl=20.0), detail=str(clock.now))

    subject, wrong = evidence(lookup, clock=clock), list[object]()
    barrier = threading.Barrier(64)

    def ask(number: int) -> None:
        for step in range(12):
            barrier.wait(PLENTY)
            if number == step:  # in the midst of the others
                clock.now += (1.0, 16.0, 25.0)[step % 3]
            for _ in range(3):
                before = clock.now
                held = subject.gather([Q])[Q]
                if float(held.answer.detail) + 20.0 <= before:
                    wrong.append((before, held))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert not wrong


def test_an_exception_becomes_a_failure_with_its_text(names: Names) -> None:
    subject = evidence(names, failure_ttl=0)
    for error in (OSError("no socket"), ValueError("a bug")):
        names.zone[NAME] = error
        answer = subject.gather([Q])[Q].answer
        assert (answer.status, answer.detail) == ("failed", f"{type(error).__name__}: {error}")
    names.zone[NAME] = good()
    assert subject.gather([Q])[Q].answer == good()


def test_a_port_is_tried_after_the_look_up(names: Names, clock: Clock) -> None:
    tried: list[tuple[str, int]] = []

    def reach(address: str, port: int, timeout: float) -> bool:
        assert 0 < timeout <= PLENTY
        tried.append((address, port))
        return port == 443

    subject = evidence(names, reach=reach, clock=clock)
    with_443, with_80 = Question(NAME, 443), Question(NAME, 80)
    found = subject.gather([Q, with_443, with_80])
    assert [found[q].answer.reachable for q in (Q, with_443, with_80)] == [None, True, False]
    assert found[with_443].expires_at == found[Q].expires_at == 1100.0
    assert sorted(tried) == [("10.0.0.1", 80), ("10.0.0.1", 443)]
    assert names.asked == {NAME: 1}
    subject.gather([with_443])
    assert len(tried) == 2


def test_ports_of_one_name_are_tried_side_by_side(names: Names) -> None:
    both = threading.Barrier(2)

    def reach(address: str, port: int, timeout: float) -> bool:
        return both.wait(PLENTY / 2) in (0, 1)

    questions = [Question(NAME, 443), Question(NAME, 8443)]
    found = evidence(names, reach=reach).gather(questions)
    assert [held.answer.reachable for held in found.values()] == [True, True]


@pytest.mark.parametrize("questions", [(Q, Question(NAME, 443)), (Question(NAME, 443), Q)])
def test_with_and_without_port_share_one_question(
    names: Names, questions: tuple[Question, ...]
) -> None:
    subject = evidence(names, reach=lambda *_: True)
    for question in questions:  # one after the other: a held answer
        subject.gather([question])
    assert names.asked == {NAME: 1}
    names.open.clear()
    other = [replace(question, name="other.example") for question in questions]
    for question in other:  # in the air together
        subject.start([question])
    names.open.set()
    assert len(subject.gather(other)) == 2
    assert names.asked["other.example"] == 1


@pytest.mark.parametrize("answer", [failed(), Answer(NAME, "absent", ttl=10.0)])
def test_nothing_is_connected_without_addresses(names: Names, answer: Answer) -> None:
    def reach(address: str, port: int, timeout: float) -> bool:
        raise AssertionError("must not connect")

    names.zone[NAME] = answer
    question = Question(NAME, 443)
    assert evidence(names, reach=reach).gather([question])[question].answer == answer


def test_reach_that_raises_is_not_reachable_and_says_why(names: Names) -> None:
    def reach(address: str, port: int, timeout: float) -> bool:
        raise TypeError("a bug")

    question = Question(NAME, 443)
    answer = evidence(names, reach=reach).gather([question])[question].answer
    assert (answer.reachable, answer.detail) == (False, "TypeError: a bug")


def test_a_connect_that_hangs_is_not_reachable_at_the_deadline(names: Names) -> None:
    released = threading.Event()

    def reach(address: str, port: int, timeout: float) -> bool:
        return released.wait(PLENTY)

    subject = evidence(names, reach=reach, timeout=0.1)
    question = Question(NAME, 443)
    subject.gather([Q], deadline=time.monotonic() + PLENTY)
    held = subject.gather([question])[question]
    assert (held.answer.status, held.answer.reachable) == ("answered", False)
    assert held.expires_at < time.monotonic() + 1  # not for the whole TTL: nothing was proved
    assert subject.peek(question) is None
    released.set()
    eventually(lambda: subject.peek(question) is not None)
    proved = subject.peek(question)
    assert proved is not None
    assert proved.answer.reachable is True
