"""Processes that work on what is handed to them: none is waited for that has ended."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time

import pytest

from endpoint_router.audit.processes import Ended, Processes

#: Bytes that no pipe holds.
MORE_THAN_A_PIPE = 8 << 20


def nothing() -> None:
    pass


def many(size: int) -> bytes:
    return b"x" * size


def test_each_result_comes_with_its_key() -> None:
    sizes = [7 * number for number in range(40)]
    with Processes[int, bytes](2, nothing, many) as crew:
        for size in sizes:
            crew.hand(size, size)
        assert crew.under_way == len(sizes)
        found = []
        while crew.under_way:
            found += crew.done(is_waiting=True)
        assert list(crew.done(is_waiting=True)) == []
    assert sorted(found) == [(size, many(size)) for size in sizes]
    assert multiprocessing.active_children() == []


def test_tasks_and_results_that_are_greater_than_a_pipe_pass_each_other() -> None:
    """None waits for the other to read first."""
    great = "x" * MORE_THAN_A_PIPE
    with Processes[int, str](1, nothing, str) as crew:
        for number in range(4):
            crew.hand(number, great)
        found = []
        while crew.under_way:
            found += crew.done(is_waiting=True)
    assert found == [(number, great) for number in range(4)]


def test_one_that_is_killed_amid_its_answer_is_not_waited_for() -> None:
    with Processes[int, bytes](1, nothing, many) as crew:
        crew.hand(1, 1)
        list(crew.done(is_waiting=True))  # it has begun
        crew.hand(2, MORE_THAN_A_PIPE)
        time.sleep(0.3)  # it writes what the pipe holds
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        with pytest.raises(Ended):
            list(crew.done(is_waiting=True))


def test_one_that_is_gone_is_given_nothing() -> None:
    with Processes[int, bytes](1, nothing, many) as crew:
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        with pytest.raises(Ended):
            crew.hand(1, 1)


def test_an_error_is_told_and_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with Processes[int, bytes](1, nothing, many) as crew:
        crew.hand(1, "no number")
        with pytest.raises(Ended):
            list(crew.done(is_waiting=True))
    assert "TypeError" in capfd.readouterr().err


def test_they_end_with_the_process_that_made_them() -> None:
    """However that ended."""
    code = """
import multiprocessing, os, signal
from endpoint_router.audit.processes import Processes
from tests.audit.test_processes import many, nothing
crew = Processes(1, nothing, many)
crew.hand(1, 1)
list(crew.done(is_waiting=True))
os.kill(os.getpid(), signal.SIGKILL)
"""
    # The child has standard output, too: reading to the end is waiting for both.
    run = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=120, check=False
    )
    assert run.returncode == -signal.SIGKILL
