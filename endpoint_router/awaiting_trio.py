"""Waiting for a landing in a trio run. Only :mod:`.awaiting` comes here, and only from there.

aiobotocore runs on trio with its HTTP session of httpx. Nothing is imported: who runs on trio has.
"""

from __future__ import annotations

import sys
from typing import Any

from .probe.landing import Landing

__all__ = ["wait"]


async def wait(landing: Landing, seconds: float) -> None:
    """Until *landing* has landed, so many *seconds* at most.

    :raises RuntimeError: neither asyncio nor trio runs the caller.
    """
    trio: Any = sys.modules.get("trio")
    if trio is None:
        raise RuntimeError("awaited neither in an asyncio task nor in trio")
    landed, token = trio.Event(), trio.lowlevel.current_trio_token()

    def tell() -> None:  # a run that has ended says so by a RuntimeError, which disturbs nobody
        token.run_sync_soon(landed.set)

    landing.listen(tell)
    try:
        with trio.move_on_after(seconds):
            await landed.wait()
    finally:
        landing.forget(tell)
