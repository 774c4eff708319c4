"""Threads that do one kind of work: so many at most, and hired when there is some.

Here lives how many there are. A signal handler may raise at any moment, amid the hiring too, and
whatever were to be undone then might be interrupted in turn. So nothing is: who lives is counted,
who is on his way counts for a moment only, and too many turn back when they arrive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from ..process import Lock, hire

__all__ = ["Crew"]

#: For so long somebody counts who was hired and has not arrived. Threads start within milliseconds;
#: one that takes longer finds that another was hired in his place. Seconds.
_ON_THE_WAY = 1.0


class Crew:
    """*limit* threads at most, called *name*, that do *work*.

    :param work: has to call :meth:`leave` before it ends, under the same hold of the lock in which
        it saw that there is nothing to do: else what comes in between would be nobody's.
    :param lock: of those whose work it is.
    """

    def __init__(
        self,
        work: Callable[[], object],
        limit: int,
        name: str,
        lock: Lock,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work, self._limit, self._name = work, limit, name
        self._lock, self._clock = lock, clock
        self.begin_anew()

    def begin_anew(self) -> None:
        """Nobody: at birth, and in a child after ``fork``."""
        #: Those at work, by thread, and whether they are still alive.
        self._at_work: dict[int, Callable[[], bool]] = {}
        #: Who was hired and has not arrived, and when that was.
        self._coming: dict[object, float] = {}

    def employ(self, wanted: int) -> bool:
        """Hire *wanted* more, as far as the limit allows.

        ``False``: no thread is to be had, and none is at work.
        """
        while wanted > 0:
            somebody = object()
            with self._lock.here:
                if not self._has_room():
                    return True
                self._coming[somebody] = self._clock()
            try:
                hire(partial(self._serve, somebody), self._name)
            except RuntimeError:  # can't start new thread
                self._coming.pop(somebody, None)
                with self._lock.here:
                    return bool(self._at_work or self._coming)
            wanted -= 1
        return True

    def leave(self) -> None:
        """The calling thread has nothing to do. Under the lock."""
        self._at_work.pop(threading.get_ident(), None)

    def _serve(self, somebody: object) -> None:
        is_alive = threading.current_thread().is_alive
        with self._lock.here:
            self._coming.pop(somebody, None)
            if self._living() >= self._limit:
                return
            self._at_work[threading.get_ident()] = is_alive
        self._work()

    def _has_room(self) -> bool:
        now = self._clock()
        for somebody, hired_at in list(self._coming.items()):
            if now - hired_at > _ON_THE_WAY:
                self._coming.pop(somebody)
        return self._living() + len(self._coming) < self._limit

    def _living(self) -> int:
        for thread, is_alive in list(self._at_work.items()):
            if not is_alive():
                self._at_work.pop(thread)
        return len(self._at_work)
