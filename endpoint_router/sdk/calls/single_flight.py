"""Doing once what many tasks of a loop want at once: the first does it, the others wait for him.

Here live only who waits, who is next, and that no turn of the loop has more than a few of them go
on: each has work to do before it waits again, and a thousand at once would hold up everybody else.
A task that is cancelled leaves its place to another.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from ...awaiting import Turnstile

__all__ = ["SingleFlight"]

#: Tasks that go on in one turn of the loop: deciding is more work than being told.
_AT_ONCE = 4

_Loop = asyncio.AbstractEventLoop
_Place = asyncio.Future  # of None: that it has come is all there is to know


class SingleFlight:
    """What is under way, by a key, and who waits for it. For the tasks of one or several loops."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[_Loop, Hashable], list[_Place[None]]] = {}
        self._turnstiles: weakref.WeakKeyDictionary[_Loop, Turnstile] = weakref.WeakKeyDictionary()

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
        turnstile = self._turnstiles.setdefault(loop, Turnstile(_AT_ONCE))
        try:
            await turnstile.enter(loop)
            yield True
        finally:
            del self._under_way[loop, key]
            turnstile.let_go(waiting, loop)
