"""Threads for one kind of work: as many as there is work for, and never more than the limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from endpoint_router.probe.crew import Crew
from endpoint_router.process import Lock

from .names import PLENTY, Clock, eventually


class Work:
    """Each hand works until it is let go; the first *dying* of them end without taking leave."""

    def __init__(self, dying: int = 0) -> None:
        self.lock, self.clock, self.go = Lock(), Clock(), threading.Event()
        self.begun, self._dying = 0, dying
        self.crew = Crew(self, 3, "crew-of-a-test", self.lock, self.clock)

    def __call__(self) -> None:
        with self.lock.here:
            self.begun += 1
            dies = self.begun <= self._dying
        if dies:
            return
        assert self.go.wait(PLENTY)
        with self.lock.here:
            self.crew.leave()

    def hands(self) -> int:
        return sum(thread.name == "crew-of-a-test" for thread in threading.enumerate())


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.go.set()
    eventually(lambda: not work.hands())


def test_no_more_than_are_wanted_and_no_more_than_the_limit(work: Work) -> None:
    assert work.crew.employ(0)
    assert not work.hands()
    assert work.crew.employ(2)
    eventually(lambda: work.begun == 2)
    assert work.crew.employ(2)
    eventually(lambda: work.begun == 3)
    assert work.crew.employ(5)
    assert work.begun == work.hands() == 3
    work.go.set()
    eventually(lambda: not work.hands())
    assert work.crew.employ(1)
    eventually(lambda: work.begun == 4)


def test_who_has_died_counts_no_more() -> None:
    work = Work(dying=7)
    for _ in range(7):
        assert work.crew.employ(1)
        eventually(lambda: not work.hands())
    work.go.set()
    assert work.crew.employ(1)
    eventually(lambda: work.begun == 8)


def test_who_does_not_arrive_counts_for_a_moment(work: Work) -> None:
    """As one does whose hiring was interrupted. Too many who arrive in the end turn back."""
    with work.lock.here:  # nobody arrives
        assert work.crew.employ(5)
        assert work.hands() == 3
        assert work.crew.employ(5)
        assert work.hands() == 3
        work.clock.now += 2
        assert work.crew.employ(1)
        assert work.hands() == 4
    eventually(lambda: (work.hands(), work.begun) == (3, 3))
