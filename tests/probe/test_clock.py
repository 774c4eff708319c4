"""The clock: monotonic, and it notices that the machine stood still."""

from __future__ import annotations

import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.probe.clock import freeze_aware
from tests.support.children import in_child, needs_fork

from .names import PLENTY


class Machine:
    """Both of its clocks."""

    def __init__(self) -> None:
        self.monotonic, self.wall = 50.0, 1.7e9
        self.clock = freeze_aware(lambda: self.monotonic, lambda: self.wall)

    def runs(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def freezes(self, seconds: float) -> None:
        self.wall += seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_it_is_the_monotonic_clock_while_the_machine_runs(machine: Machine) -> None:
    assert machine.clock() == 50
    machine.runs(1e6)
    assert machine.clock() == 1_000_050


def test_a_freeze_counts_once(machine: Machine) -> None:
    machine.freezes(7200)
    assert machine.clock() == pytest.approx(7250)
    machine.runs(10)
    assert machine.clock() == pytest.approx(7260)
    machine.freezes(3600)
    assert machine.clock() == pytest.approx(10_860)


def test_small_corrections_of_the_wall_clock_do_not_count_until_they_add_up(
    machine: Machine,
) -> None:
    machine.freezes(0.9)
    assert machine.clock() == 50
    machine.freezes(0.9)
    assert machine.clock() == pytest.approx(51.8)


def test_a_wall_clock_set_back_changes_nothing_and_hides_no_freeze(machine: Machine) -> None:
    machine.wall -= 86400
    assert machine.clock() == 50
    machine.runs(5)
    assert machine.clock() == 55
    machine.freezes(3600)
    assert machine.clock() == pytest.approx(3655)


def test_an_interruption_between_the_two_readings_is_no_freeze() -> None:
    now, pause = [50.0], [0.0]

    def wall() -> float:
        seen = now[0] + 1.7e9
        now[0] += pause[0]  # scheduled again so much later
        return seen

    clock = freeze_aware(lambda: now[0], wall)
    pause[0] = 30.0
    for _ in range(3):
        before = now[0]
        assert clock() <= now[0]
        assert now[0] > before
    pause[0] = 0.0
    assert clock() == pytest.approx(now[0])


@given(
    st.lists(
        st.tuples(st.floats(0, 1e5), st.floats(-1e5, 1e5)),
        max_size=30,
    )
)
def test_it_never_goes_back_and_never_loses_a_freeze(steps: list[tuple[float, float]]) -> None:
    machine, before = Machine(), 50.0
    for runs, jump in steps:
        machine.runs(runs)
        machine.wall += jump
        now = machine.clock()
        assert now >= before + runs - 1e-3
        assert now >= before + runs + jump - 2.1  # a correction or two below the slack
        before = now


def test_threads_notice_one_freeze_together(machine: Machine) -> None:
    machine.freezes(7200)
    barrier, seen = threading.Barrier(32), list[float]()

    def look() -> None:
        barrier.wait(PLENTY)
        seen.append(machine.clock())

    threads = [threading.Thread(target=look) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert seen == [pytest.approx(7250)] * 32


def test_the_real_one_agrees_with_monotonic_time() -> None:
    clock = freeze_aware()
    before = time.monotonic()
    now = clock()
    assert before <= now <= time.monotonic()


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_inherit_a_comparison_under_way() -> None:
    machine, parent, readings = Machine(), os.getpid(), list[float]()
    comparing, go_on = threading.Event(), threading.Event()

    def wall() -> float:
        if os.getpid() == parent and threading.current_thread().name == "comparing":
            readings.append(machine.wall)
            if len(readings) == 2:  # the first is on the fast path, the second under the lock
                comparing.set()
                assert go_on.wait(PLENTY)
        return machine.wall

    clock = freeze_aware(lambda: machine.monotonic, wall)
    machine.freezes(7200)
    thread = threading.Thread(target=clock, name="comparing")
    thread.start()
    assert comparing.wait(PLENTY)
    assert in_child(lambda: clock() == pytest.approx(7250))
    go_on.set()
    thread.join(PLENTY)
