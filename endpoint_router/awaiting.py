"""The driver of steps for event loops: what a thread waits for, a coroutine awaits.

Look-ups run in the threads that they have anyway, and whichever of them brings the news wakes the
loop. Nothing that is synchronous may import this: asyncio is costly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import closing, suppress
from typing import Any, TypeVar

from .probe.evidence import Evidence, Held
from .probe.landing import Listener
from .router import Router
from .routing.answer import Question
from .steps import FindZone, LookUp, Steps, Want

__all__ = ["drive", "gather", "run"]

T = TypeVar("T")
W = TypeVar("W")


async def drive(steps: Steps[T], router: Router) -> T:
    """Drive *steps* to their end, awaiting what they want: :meth:`Router.run` for event loops."""
    return await run(steps, lambda want: _fulfil(want, router))


async def run(steps: Generator[W, Any, T], fulfil: Callable[[W], Awaitable[Any]]) -> T:
    """:func:`.steps.run` for a *fulfil* that is awaited."""
    with closing(steps):  # who is cancelled leaves nothing half done
        try:
            want = next(steps)
            while True:
                try:
                    came = await fulfil(want)
                # Broad on purpose: whatever was raised is for the steps to judge, and to raise.
                except Exception as error:
                    want = steps.throw(error)
                else:
                    want = steps.send(came)
        except StopIteration as stop:
            result: T = stop.value
            return result


async def gather(
    evidence: Evidence,
    questions: Iterable[Question],
    *,
    deadline: float,
    retry: bool = False,
    renew: bool = False,
) -> dict[Question, Held]:
    """:meth:`Evidence.gather` for event loops."""
    began = evidence.clock()
    departure = evidence.depart(questions, retry=retry, renew=renew)
    answers = dict(departure.at_hand)
    for question, flight in departure.flights.items():
        await _landing(flight.listen, deadline - evidence.clock())
        answers[question] = flight.held or evidence.overdue(question, deadline - began)
    return answers


async def _fulfil(want: Want, router: Router) -> Any:
    if isinstance(want, LookUp):
        return await gather(
            router.evidence, want.questions, deadline=want.deadline, retry=want.retry
        )
    if isinstance(want, FindZone):
        zone = router.zone
        if zone.start():
            await _landing(zone.listen, want.deadline - router.world.clock())
        return zone.at_once()
    came = want.function(*want.arguments)
    return await came if isinstance(came, Awaitable) else came


async def _landing(listen: Callable[[Listener], None], seconds: float) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        from .awaiting_in_trio import landing

        return await landing(listen, seconds)
    landed = asyncio.Event()
    listen(lambda: loop.call_soon_threadsafe(landed.set))
    await asyncio.sleep(0)
    if not landed.is_set() and seconds > 0:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(landed.wait(), seconds)
