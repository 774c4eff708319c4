"""Doing once what many tasks of a loop want at once: the first does it, the others wait for him.

Here live only who waits, who is next, and that no turn of the loop has more than a few of them go
on: each has work to do before it waits again, and a thousand at once would hold up everybody else.
A task that is cancelled leaves its place to another.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import asynccontextmanager

__all__ = ["SingleFlight"]

#: Tasks that go on in one turn of the loop.
_AT_ONCE = 4

_Loop = asyncio.AbstractEventLoop
_Place = asyncio.Future  # of None: that it has come is all there is to know


class SingleFlight:
    """What is under way, by a key, and who waits for it. For the tasks of one or several loops."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[_Loop, Hashable], list[_Place[None]]] = {}
        self._gates: weakref.WeakKeyDictionary[_Loop, _Gate] = weakref.WeakKeyDictionary()

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[bool]:
        """``True``: it is for this task to do. ``False``: another has, just now or in vain."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio: everybody for himself
            yield True
            return
        waiting = self._under_way.get((loop, key))
        if waiting is not None:
            place: _Place[None] = loop.create_future()
            waiting.append(place)
            await place
            yield False
            return
        waiting = self._under_way[loop, key] = []
        gate = self._gates.setdefault(loop, _Gate())
        try:
            await gate.passed(loop)
            yield True
        finally:
            del self._under_way[loop, key]
            gate.let(loop, waiting)


class _Gate:
    """A few tasks pass in each turn of a loop."""

    def __init__(self) -> None:
        self._queue: deque[_Place[None]] = deque()
        #: How many more may pass in this turn.
        self._room = _AT_ONCE
        self._opens = False

    async def passed(self, loop: _Loop) -> None:
        """Wait until it is this task's turn, which may be now."""
        if self._room and not self._queue:
            self._room -= 1
            self._open_soon(loop)
            return
        place: _Place[None] = loop.create_future()
        self.let(loop, [place])
        await place

    def let(self, loop: _Loop, places: Iterable[_Place[None]]) -> None:
        """Let these pass, each in its turn."""
        self._queue.extend(places)
        self._open_soon(loop)

    def _open_soon(self, loop: _Loop) -> None:
        if not self._opens and not loop.is_closed():
            self._opens = True
            loop.call_soon(self._open, loop)

    def _open(self, loop: _Loop) -> None:
        self._opens, self._room = False, _AT_ONCE
        while self._queue and self._room:
            place = self._queue.popleft()
            if not place.done():  # not cancelled meanwhile
                place.set_result(None)
                self._room -= 1
        if self._room < _AT_ONCE:
            self._open_soon(loop)
