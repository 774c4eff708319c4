"""Threads that wait for a network in the place of whoever gave them work, and delay no exit.

An executor of the standard library waits for its threads when the process ends, for as long as a
network is silent; who pressed Ctrl-C would wait with it. Where no thread is to be had, the work is
done where it is given. What it is about is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
from functools import partial
from queue import SimpleQueue
from typing import Generic, TypeVar

from .process import hire

__all__ = ["Workers", "as_done"]

T = TypeVar("T")
U = TypeVar("U")


class Workers(Generic[T]):
    """*limit* threads at most, called *name*."""

    def __init__(self, limit: int, name: str) -> None:
        self._limit, self._name = limit, name
        self._count = 0
        self._given: SimpleQueue[tuple[Future[T], Callable[[], T]] | None] = SimpleQueue()
        self._dismissed = False

    def give(self, work: Callable[[], T]) -> Future[T]:
        """Have *work* done."""
        future: Future[T] = Future()
        if self._count < self._limit:
            try:
                hire(self._work, self._name)
                self._count += 1
            except RuntimeError:  # can't start new thread
                if not self._count:
                    _do(future, work)
                    return future
        self._given.put((future, work))
        return future

    def dismiss(self) -> None:
        """Let nothing more begin. What is under way is left to itself."""
        self._dismissed = True
        for _ in range(self._count):
            self._given.put(None)

    def _work(self) -> None:
        while (given := self._given.get()) is not None and not self._dismissed:
            _do(*given)


def _do(future: Future[T], work: Callable[[], T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # of whatever kind: somebody waits for it
        future.set_exception(error)


def as_done(
    work: Callable[[T], U], things: Iterable[T], at_once: int, name: str
) -> Iterator[tuple[T, U]]:
    """*work* done for each of *things*, so many at once by threads called *name*; as each is done.

    Whatever it raises ends it, and so does whoever has seen enough: nothing more begins.
    """
    workers: Workers[U] = Workers(at_once, name)
    try:
        given = {workers.give(partial(work, thing)): thing for thing in things}
        for future in as_completed(given):
            yield given[future], future.result()
    finally:
        workers.dismiss()
