"""Threads that wait in somebody's place: all at once, given up early, and where there are none."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from endpoint_router.workers import Workers, as_done

NAME = "tests-workers"


def test_so_many_at_once_as_each_is_done() -> None:
    together = threading.Barrier(20, timeout=60.0)
    came = dict(as_done(lambda _: together.wait() >= 0, range(20), 20, NAME))
    assert came == dict.fromkeys(range(20), True)
    assert dict(as_done(str, range(50), 3, NAME)) == {number: str(number) for number in range(50)}
    assert list(as_done(str, (), 3, NAME)) == []
    with pytest.raises(ZeroDivisionError):
        list(as_done(lambda number: 1 // number, range(5), 2, NAME))


def test_who_has_seen_enough_lets_nothing_more_begin() -> None:
    begun, go_on = [], threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        assert number == 0 or go_on.wait(60)
        return number

    seen = as_done(work, range(100), 2, "tests-enough")
    assert next(iter(seen)) == (0, 0)
    seen.close()  # type: ignore[attr-defined]
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "tests-enough":
            thread.join(60)
            assert not thread.is_alive()
    assert len(begun) <= 3


def test_what_was_raised_is_told_to_who_gave_it() -> None:
    workers: Workers[int] = Workers(1, NAME)
    future = workers.give(lambda: 1 // 0)
    assert isinstance(future.exception(60), ZeroDivisionError)
    assert workers.give(lambda: 7).result(60) == 7
    workers.dismiss()


def test_without_threads_it_is_done_where_it_is_given_and_nothing_delays_the_exit() -> None:
    script = """
import threading
from endpoint_router.workers import Workers, as_done
before = threading.stack_size(1 << 40)  # more than there is: can't start new thread
names = {name for _, name in as_done(lambda _: threading.current_thread().name, range(5), 3, "no")}
threading.stack_size(before)
Workers(1, "silent").give(threading.Event().wait)
print(names)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == "{'MainThread'}\n"
