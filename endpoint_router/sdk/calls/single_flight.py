"""Doing once what many tasks of a loop want at once: the first does it, the others wait for him.

Here lives only who waits and who is next. A task that is cancelled leaves its place to another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

__all__ = ["SingleFlight"]

#: Tasks woken in one turn of the loop: each makes a request of its own before it waits again, and
#: a thousand at once would hold up everybody else.
_AT_ONCE = 4

_Waiting = deque["asyncio.Future[None]"]


class SingleFlight:
    """What is under way, by a key, and who waits for it. For the tasks of one or several loops."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[object, Hashable], _Waiting] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[bool]:
        """``True``: it is for this task to do. ``False``: another has, just now or in vain."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio: everybody for himself
            yield True
            return
        whose = (loop, key)
        waiting = self._under_way.get(whose)
        if waiting is not None:
            place: asyncio.Future[None] = loop.create_future()
            waiting.append(place)
            await place
            yield False
            return
        waiting = self._under_way[whose] = deque()
        try:
            yield True
        finally:
            del self._under_way[whose]
            _wake(loop, waiting)


def _wake(loop: asyncio.AbstractEventLoop, waiting: _Waiting) -> None:
    for _ in range(min(_AT_ONCE, len(waiting))):
        place = waiting.popleft()
        if not place.done():  # not cancelled meanwhile
            place.set_result(None)
    if waiting and not loop.is_closed():
        loop.call_soon(_wake, loop, waiting)
