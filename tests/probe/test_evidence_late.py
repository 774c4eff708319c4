"""What comes after the caller has given up: learnt, by a bounded number of listeners."""

from __future__ import annotations

import threading
from collections.abc import Generator

from endpoint_router.probe.listening import Heard
from endpoint_router.routing.answer import Answer, Question

from .names import NAME, PLENTY, Q, eventually, evidence, failed, good, settle


class Late:
    """A look-up that fails at once, and hears what is :attr:`said` as soon as that is allowed."""

    def __init__(self, said: Answer | None = None) -> None:
        self.said, self.allowed = said, threading.Event()
        self.listened = self.closed = 0

    def __call__(self, name: str, timeout: float) -> Answer:
        raise AssertionError("it can be listened to")

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        try:
            yield Heard(failed(name), more=True)
            self.listened += 1
            assert self.allowed.wait(PLENTY)
            yield Heard(self.said or good(name))
        finally:
            self.closed += 1


def test_listeners_are_as_many_as_workers_and_one_for_each_name() -> None:
    lookup = Late()
    subject = evidence(lookup, workers=3, failure_ttl=0.0)
    for _ in range(4):
        assert subject.gather([Q])[Q].answer.status == "failed"
    eventually(lambda: lookup.listened == 1)
    others = [Question(f"n{number}.example") for number in range(5)]
    subject.gather(others)
    # Nobody listens to the six, which are closed a moment after the caller has his answer.
    eventually(lambda: (lookup.listened, lookup.closed) == (3, 3 + 3))
    lookup.allowed.set()
    settle()
    assert lookup.closed == 4 + 5
    assert len([question for question in others if subject.peek(question)]) == 2


def test_a_failure_that_comes_late_takes_nothing_away() -> None:
    answers = iter([failed(), good(address="10.0.0.9")])
    lookup = Late(failed())
    subject = evidence(lookup, failure_ttl=0.0)
    subject.gather([Q])
    eventually(lambda: lookup.listened == 1)
    subject._pilots.learn(Q, next(answers), None)
    subject._pilots.learn(Q, next(answers), None)
    lookup.allowed.set()
    settle()
    held = subject.peek(Q)
    assert held is not None
    assert held.answer.addresses == ("10.0.0.9",)


def test_what_was_learnt_meanwhile_is_not_overruled_by_what_was_asked_before() -> None:
    lookup = Late(good(address="10.0.0.1"))
    subject = evidence(lookup, failure_ttl=0.0)
    subject.gather([Q])
    eventually(lambda: lookup.listened == 1)
    subject._pilots.learn(Q, good(address="10.0.0.2"), None)
    lookup.allowed.set()
    settle()
    assert subject.gather([Q])[Q].answer == good(NAME, "10.0.0.2")


def test_a_child_listens_to_nothing() -> None:
    lookup = Late()
    subject = evidence(lookup, workers=1, failure_ttl=0.0)
    subject.gather([Q])
    eventually(lambda: lookup.listened == 1)
    subject.begin_anew()  # what runs in a child
    subject.gather([Question("other.example")])
    eventually(lambda: lookup.listened == 2)
    lookup.allowed.set()
    settle()


def test_what_was_asked_for_in_another_network_has_expired_when_it_comes() -> None:
    lookup, network = Late(good(address="52.94.0.10")), "at home"
    subject = evidence(lookup, failure_ttl=0.0, network=lambda: network)
    subject.gather([Q])
    eventually(lambda: lookup.listened == 1)
    network = "VPN"
    subject.start([])
    lookup.allowed.set()
    settle()
    assert subject.peek(Q) is None
