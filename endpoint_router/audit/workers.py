"""Threads that wait for a network in the place of whoever gave them work, and delay no exit.

An executor of the standard library waits for its threads when the process ends, for as long as a
network is silent; who pressed Ctrl-C would wait with it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from ..process import hire

T = TypeVar("T")


class Workers(Generic[T]):
    """*limit* threads at most, called *name*."""

    def __init__(self, limit: int, name: str) -> None:
        self._limit, self._name = limit, name
        self._count = 0
        self._given: SimpleQueue[tuple[Future[T], Callable[[], T]] | None] = SimpleQueue()
        self._dismissed = False

    def give(self, work: Callable[[], T]) -> Future[T]:
        """Have *work* done.

        :raises RuntimeError: no thread is to be had, not even one.
        """
        future: Future[T] = Future()
        self._given.put((future, work))
        if self._count < self._limit:
            try:
                hire(self._work, self._name)
                self._count += 1
            except RuntimeError:  # can't start new thread
                if not self._count:
                    raise
        return future

    def dismiss(self) -> None:
        """Let nothing more begin. What is under way is left to itself."""
        self._dismissed = True
        for _ in range(self._count):
            self._given.put(None)

    def _work(self) -> None:
        while (given := self._given.get()) is not None and not self._dismissed:
            future, work = given
            try:
                future.set_result(work())
            except BaseException as error:  # of whatever kind: somebody waits for it
                future.set_exception(error)
