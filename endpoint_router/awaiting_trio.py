"""Waiting in a trio run, where there is no loop of asyncio's: imported only there.

aiobotocore runs on trio with its HTTP session of httpx. Nothing is imported: who runs on trio has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from .probe.landing import Landing

__all__ = ["clock", "until_writable", "wait"]


def _trio() -> Any:
    """What runs the caller.

    :raises RuntimeError: neither asyncio nor trio does.
    """
    trio = sys.modules.get("trio")
    if trio is None:
        raise RuntimeError("awaited neither in an asyncio task nor in trio")
    return trio


def clock() -> Callable[[], float]:
    """What trio tells the time by, in seconds."""
    told: Callable[[], float] = _trio().current_time
    return told


async def until_writable(sockets: Sequence[Any], until: float) -> None:
    """Wait until one of *sockets* can be written to, or has failed, or it is *until*."""
    trio = _trio()

    async def watch(socket: Any) -> None:
        await trio.lowlevel.wait_writable(socket)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        if until != inf:
            nursery.cancel_scope.deadline = until
        for socket in sockets:
            nursery.start_soon(watch, socket)
        await trio.sleep_forever()


async def wait(landing: Landing, seconds: float) -> None:
    """Until *landing* has landed, so many *seconds* at most."""
    trio = _trio()
    landed, token = trio.Event(), trio.lowlevel.current_trio_token()

    def tell() -> None:  # a run that has ended says so by a RuntimeError, which disturbs nobody
        token.run_sync_soon(landed.set)

    landing.listen(tell)
    try:
        with trio.move_on_after(seconds):
            await landed.wait()
    finally:
        landing.forget(tell)
