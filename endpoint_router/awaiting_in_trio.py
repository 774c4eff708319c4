"""The waiting of :mod:`.awaiting` where trio runs, and not asyncio. Imported only there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from .probe.landing import Listener

__all__ = ["clock", "landing", "until_writable"]

#: It runs, so somebody has imported it.
_trio: Any = sys.modules.get("trio")


def clock() -> Callable[[], float]:
    """What trio tells the time by, in seconds."""
    told: Callable[[], float] = _trio.current_time
    return told


async def landing(listen: Callable[[Listener], None], seconds: float) -> None:
    """Wait for what *listen* tells, so many *seconds*."""
    token, landed = _trio.lowlevel.current_trio_token(), _trio.Event()
    listen(lambda: token.run_sync_soon(landed.set))
    with _trio.move_on_after(max(seconds, 0)):
        await landed.wait()


async def until_writable(sockets: Sequence[Any], until: float) -> None:
    """Wait until one of *sockets* can be written to, or has failed, or it is *until*."""

    async def watch(socket: Any) -> None:
        await _trio.lowlevel.wait_writable(socket)
        nursery.cancel_scope.cancel()

    async with _trio.open_nursery() as nursery:
        if until != inf:
            nursery.cancel_scope.deadline = until
        for socket in sockets:
            nursery.start_soon(watch, socket)
        await _trio.sleep_forever()
