"""Several conversations that wait for their sockets side by side, in one selector loop.

Each is a generator that yields what it waits for and is sent the sockets that are ready, so no
thread is needed (and none can be refused). What is said over them is not known here.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import NamedTuple, TypeVar

__all__ = ["Clock", "Steps", "Wait", "run"]

T = TypeVar("T")
Clock = Callable[[], float]


class Wait(NamedTuple):
    """Wake me when one of *sockets* is ready, or at *until* (monotonic) with none."""

    sockets: Sequence[socket.socket]
    events: int
    until: float


Steps = Generator[Wait, list[socket.socket], T]


def run(
    tasks: Sequence[Steps[None]], pause_at: float, clock: Clock = time.monotonic
) -> Generator[int, None, None]:
    """Advance *tasks* side by side; how many are left, whenever one ends and at *pause_at*."""
    waits: dict[int, Wait] = {}

    def advance(index: int, ready: list[socket.socket] | None) -> None:
        try:
            # A generator's first step takes None.
            waits[index] = tasks[index].send(ready)  # type: ignore[arg-type]
        except StopIteration:
            waits.pop(index, None)

    with ExitStack() as stack:
        for task in tasks:  # Where one raises, the sockets of the others are closed as well.
            stack.callback(task.close)
        for index in range(len(tasks)):
            advance(index, None)
        yield len(waits)
        paused = False
        while waits:
            left = len(waits)
            ready = _select(waits, float("inf") if paused else pause_at, clock)
            for index, wait in list(waits.items()):
                if index in ready or wait.until <= clock():
                    advance(index, ready.get(index, []))
            pauses = not paused and clock() >= pause_at
            if pauses or len(waits) < left:
                paused |= pauses
                yield len(waits)


def _select(waits: dict[int, Wait], until: float, clock: Clock) -> dict[int, list[socket.socket]]:
    ready: dict[int, list[socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        for index, wait in waits.items():
            for sock in wait.sockets:
                selector.register(sock, wait.events, (index, sock))
        timeout = max(0.0, min(until, *(wait.until for wait in waits.values())) - clock())
        for key, _ in selector.select(timeout):
            index, sock = key.data
            ready.setdefault(index, []).append(sock)
    return ready
