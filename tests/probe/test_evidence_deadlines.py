"""How long callers wait, and how many look-ups there are at once."""

from __future__ import annotations

import threading
import time

from endpoint_router.routing.answer import Answer, Question

from .names import PLENTY, Clock, Names, Q, eventually, evidence, good, settle


def test_one_deadline_for_all(names: Names) -> None:
    names.open.clear()
    subject = evidence(names, timeout=0.2)
    questions = [Question(f"n{i}.example") for i in range(500)]
    began = time.monotonic()
    found = subject.gather(questions)
    assert time.monotonic() - began < PLENTY  # one after the other, they would take a hundred
    assert set(found) == set(questions)
    for question, held in found.items():
        assert held.answer == Answer(
            question.name, "failed", detail="no answer within 0.2 s", at=1234.5
        )
    names.open.set()
    eventually(lambda: all(subject.peek(question) for question in questions))
    assert max(names.asked.values()) == 1


def test_an_expired_deadline_does_not_wait_but_the_look_up_goes_on(names: Names) -> None:
    names.open.clear()
    subject = evidence(names)
    began = time.monotonic()
    held = subject.gather([Q], deadline=began - 1)[Q]
    assert time.monotonic() - began < PLENTY / 2
    assert held.answer.status == "failed"
    assert "within 0.0 s" not in held.answer.detail
    assert subject.peek(Q) is None
    names.open.set()
    eventually(lambda: subject.peek(Q) is not None)


def test_at_the_deadline_the_earlier_answer_stands(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock, timeout=0.05)
    subject.gather([Q], deadline=clock.now + PLENTY)
    clock.now += 150
    names.open.clear()
    held = subject.gather([Q])[Q]
    assert (held.answer.addresses, held.answer.stale) == (("10.0.0.1",), True)
    names.open.set()


def test_start_never_waits(names: Names) -> None:
    names.open.clear()
    subject = evidence(names)
    began = time.monotonic()
    for client in range(50):
        subject.start([Question(f"n{client}.example"), Question("sts.example")])
    assert time.monotonic() - began < PLENTY / 2
    eventually(lambda: sum(names.asked.values()) == 16)
    names.open.set()
    found = subject.gather(Question(f"n{client}.example") for client in range(50))
    assert {held.answer.status for held in found.values()} == {"answered"}
    assert max(names.asked.values()) == 1
    assert sum(names.asked.values()) == 51


def test_no_more_look_ups_at_once_than_workers(names: Names) -> None:
    lock, running, most = threading.Lock(), 0, 0
    three = threading.Barrier(3)  # all that there may be, and no fewer

    def lookup(name: str, timeout: float) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        three.wait(PLENTY)
        with lock:
            running -= 1
        return good(name)

    subject = evidence(lookup, workers=3)
    found = subject.gather(Question(f"n{i}.example") for i in range(39))
    assert {held.answer.status for held in found.values()} == {"answered"}
    assert most == 3


def test_the_newest_question_goes_first() -> None:
    began, go_on = list[str](), threading.Semaphore(0)

    def lookup(name: str, timeout: float) -> Answer:
        began.append(name)
        assert go_on.acquire(timeout=PLENTY)
        return good(name)

    subject = evidence(lookup, workers=1)
    subject.start([Question("first.example")])
    eventually(lambda: began == ["first.example"])
    subject.start(Question(f"n{i}.example") for i in range(3))
    go_on.release(4)
    settle()
    assert began == ["first.example", "n2.example", "n1.example", "n0.example"]


def test_workers_leave_when_there_is_nothing_to_do(names: Names) -> None:
    evidence(names).gather([Q])
    settle()
