"""How long a look-up took is told once, when its answer is due; and what became of a renewal."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import pytest

from endpoint_router.counters import Renewal
from endpoint_router.probe.counted import Counted
from endpoint_router.probe.listening import Heard
from endpoint_router.probe.ttl_and_staleness import Lifetimes, renewal_of
from endpoint_router.routing.answer import Answer
from tests.probe.names import NAME, Clock, failed, good


class Slow:
    """Tells what it is given, a second apart."""

    def __init__(self, clock: Clock, *heard: Heard | Exception) -> None:
        self._clock, self._heard = clock, heard

    def __call__(self, name: str, timeout: float) -> Answer:
        raise AssertionError("it can be listened to")

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        for heard in self._heard:
            self._clock.now += 1
            if isinstance(heard, Exception):
                raise heard
            yield heard


def told_of(*heard: Heard | Exception) -> list[tuple[Answer, float]]:
    clock, told = Clock(), list[tuple[Answer, float]]()
    timed = Counted(Slow(clock, *heard), lambda *what: told.append(what), clock)
    with contextlib.suppress(OSError):
        assert list(timed.listen(NAME, 2.0)) == list(heard)
    return told


def test_the_answer_that_is_due() -> None:
    early, late = Heard(good(), due=False, more=True), Heard(good(address="10.0.0.2"))
    assert told_of(early, Heard(failed(), more=True), late) == [(failed(), 2.0)]


def test_what_is_raised_is_a_failure() -> None:
    assert told_of(OSError("no route")) == [(Answer(NAME, "failed"), 1.0)]


def test_what_is_raised_too_late_is_none() -> None:
    assert told_of(Heard(good(), more=True), OSError("no route")) == [(good(), 1.0)]


def test_who_does_not_listen_waits_for_what_is_due() -> None:
    clock, told = Clock(), list[tuple[Answer, float]]()
    timed = Counted(lambda name, timeout: good(), lambda *what: told.append(what), clock)
    assert timed(NAME, 2.0) == good()
    assert told == [(good(), 0.0)]


def test_an_address_is_not_looked_up() -> None:
    assert told_of(Heard(Answer("10.0.0.1", "answered", ("10.0.0.1",), source="literal"))) == []


@pytest.mark.parametrize(
    ("brought", "after", "result"),
    [
        (good(address="10.0.0.2"), 90.0, "renewed"),
        (Answer(NAME, "absent"), 90.0, "renewed"),
        (failed(), 90.0, "kept"),
        (failed(), 200.0, "stale"),
        (failed(), 9000.0, "lost"),
    ],
)
def test_what_became_of_a_renewal(brought: Answer, after: float, result: Renewal) -> None:
    lifetimes = Lifetimes(5, 300, 60, 0.5, 3600)
    previous = lifetimes.hold(good(ttl=100), None, 0.0)
    assert renewal_of(brought, lifetimes.hold(brought, previous, after)) == result
