"""The driver of steps that an event loop would have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from endpoint_router.steps import Steps, Want


async def drive(steps: Steps[Any], fulfil: Callable[[Want], Any]) -> Any:
    """All that an event loop needs: the same steps, with what each want comes to awaited."""
    try:
        want = next(steps)
        while True:
            try:
                came = await fulfil(want)
            except Exception as error:
                want = steps.throw(error)
            else:
                want = steps.send(came)
    except StopIteration as stop:
        return stop.value
