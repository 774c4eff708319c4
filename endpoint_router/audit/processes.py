"""Processes that work on what is handed to them, each at the end of pipes of its own.

Knows nothing of logs. One that is killed, for want of memory perhaps, closes its pipe by that,
however much of an answer it has written. ``concurrent.futures`` has one queue for all of them, of
which this process holds both ends: of half an answer, it would wait for the other half for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

from msgspec import Struct

from ..process import hire

Key = TypeVar("Key")
Result = TypeVar("Result")

#: Tasks that each is given at a time, so that none waits for the next.
_GIVEN = 3


class Ended(Exception):
    """A process ended before it was done."""


class _Worker(Struct, Generic[Key]):
    """One process, as seen from here."""

    process: Any
    tasks: Connection
    results: Connection
    #: Of the tasks that it was given, in order.
    keys: deque[Key]


class Processes(Generic[Key, Result]):
    """Some processes that do the same; leaving the block ends them, whatever they are at.

    :param count: of processes.
    :param begin: is called once in each.
    :param work: is called there with the arguments of each task.
    """

    def __init__(
        self, count: int, begin: Callable[[], object], work: Callable[..., Result]
    ) -> None:
        # A fresh process each: this one may have threads, which a fork would cut off.
        context = get_context("spawn")
        self._workers: list[_Worker[Key]] = []
        self._waiting: deque[tuple[Key, tuple[Any, ...]]] = deque()
        for _ in range(count):
            their_tasks, tasks = context.Pipe(duplex=False)
            results, their_results = context.Pipe(duplex=False)
            arguments = (their_tasks, their_results, begin, work)
            process = context.Process(target=_serve, args=arguments, daemon=True)
            process.start()
            # Theirs alone, so that their end is the end of the pipe.
            their_tasks.close()
            their_results.close()
            self._workers.append(_Worker(process, tasks, results, deque()))

    def __enter__(self) -> Processes[Key, Result]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.tasks.close()
            worker.results.close()

    @property
    def under_way(self) -> int:
        """How many tasks are not done."""
        return len(self._waiting) + sum(len(worker.keys) for worker in self._workers)

    def hand(self, key: Key, *arguments: object) -> None:
        """Have this done by whoever is free first.

        :raises Ended:
        """
        self._waiting.append((key, arguments))
        self._give()

    def done(self, is_waiting: bool) -> Iterator[tuple[Key, Result]]:
        """What is done by now, with the keys.

        :param is_waiting: for at least one, if any is under way.
        :raises Ended:
        """
        busy = [worker for worker in self._workers if worker.keys]
        if not busy:
            return
        ready = wait([worker.results for worker in busy], None if is_waiting else 0)
        for worker in busy:
            if worker.results not in ready:
                continue
            try:
                result: Result = worker.results.recv()
            except (EOFError, OSError):  # OSError: in the middle of it
                raise Ended from None
            key = worker.keys.popleft()
            self._give()
            yield key, result

    def _give(self) -> None:
        while self._waiting:
            worker = min(self._workers, key=lambda worker: len(worker.keys))
            if len(worker.keys) >= _GIVEN:
                return
            key, arguments = self._waiting.popleft()
            try:
                worker.tasks.send(arguments)
            except OSError:
                raise Ended from None
            worker.keys.append(key)


def _serve(
    tasks: Connection, results: Connection, begin: Callable[[], object], work: Callable[..., object]
) -> None:
    begin()
    # Taken while another is worked on: whoever gives one never waits, so nobody waits for him.
    taken: SimpleQueue[Any] = SimpleQueue()

    def take() -> None:
        try:
            while True:
                taken.put(tasks.recv())
        except (EOFError, OSError):  # who gives them is gone
            taken.put(None)

    hire(take, "endpoint-router tasks")
    for arguments in iter(taken.get, None):
        results.send(work(*arguments))
