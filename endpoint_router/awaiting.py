"""The driver of steps for event loops: what a thread waits for, a coroutine awaits.

Here live the futures of tasks that wait for a look-up or for the own zone. The loop itself never
waits, and no thread waits for it: look-ups run in the threads that they have anyway, and whichever
of them brings the news wakes each loop once. What a task that is cancelled has put down is gone
with it. No rule lives here, and nothing that is synchronous may import it: asyncio is costly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import closing
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from .probe.evidence import Evidence, Held
from .probe.landing import Landing
from .router import Router
from .routing.answer import Question
from .steps import FindZone, LookUp, Steps, Want

__all__ = ["Turnstile", "drive", "gather", "run"]

T = TypeVar("T")
W = TypeVar("W")

#: Tasks that go on in one turn of a loop. Each of them decides something before it awaits again, so
#: a thousand at once would hold up everybody else for a fifth of a second.
_AT_ONCE = 16


async def drive(steps: Steps[T], router: Router) -> T:
    """Drive *steps* to their end, awaiting what they want: :meth:`Router.run` for event loops.

    Under asyncio, whatever its loop, and under trio.
    """
    return await run(steps, lambda want: _fulfil(want, router))


async def run(steps: Generator[W, Any, T], fulfil: Callable[[W], Awaitable[Any]]) -> T:
    """:func:`.steps.run` for a *fulfil* that is awaited."""
    with closing(steps):  # who is cancelled leaves nothing half done
        if _in_asyncio():
            loop = asyncio.get_running_loop()
            await _turnstile(loop).enter(loop)
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
    """:meth:`Evidence.gather` for event loops.

    Where no thread is to be had it waits for somebody else's: it never looks up on the loop.
    """
    began = evidence.clock()
    departure = evidence.depart(questions, retry=retry, renew=renew)
    answers = dict(departure.at_hand)
    for question, flight in departure.flights.items():
        await _landing(flight, deadline - evidence.clock())
        answers[question] = flight.held or evidence.overdue(question, deadline - began)
    return answers


async def _fulfil(want: Want, router: Router) -> Any:
    if isinstance(want, LookUp):
        return await gather(
            router.evidence, want.questions, deadline=want.deadline, retry=want.retry
        )
    if isinstance(want, FindZone):
        zone = router.zone
        if zone.start():  # else nobody will find it, and it is worth no call
            await _landing(zone.landing, want.deadline - router.world.clock())
        return zone.at_once()
    came = want.function(*want.arguments)
    return await came if isinstance(came, Awaitable) else came


async def _landing(landing: Landing, seconds: float) -> None:
    """Wait until *landing* has landed, so many *seconds* at most."""
    if landing.landed or seconds <= 0:
        return
    if not _in_asyncio():
        from .awaiting_trio import wait

        await wait(landing, seconds)
        return
    loop = asyncio.get_running_loop()
    waiting = landing.listener_of(loop)
    if not isinstance(waiting, _Waiting):
        waiting = _Waiting(loop)
    await waiting.join(landing, seconds)


def _in_asyncio() -> bool:
    try:
        return asyncio.current_task() is not None  # none, where trio is the guest of a loop
    except RuntimeError:
        return False


class Turnstile:
    """Lets the tasks of one loop go on, a few in each turn. Used in that loop's thread only.

    :param at_once: how many in one turn.
    """

    __slots__ = ("_at_once", "_passed", "_queue", "_turning")

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        #: How many went on in this turn.
        self._passed = 0
        #: Will there be a next turn?
        self._turning = False
        self._queue: deque[asyncio.Future[None]] = deque()

    async def enter(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go on in this turn, or where too many have, in a later one."""
        if self._passed < self._at_once:
            self._passed += 1
            self._turn_later(loop)
            return
        future = loop.create_future()
        self.let_go((future,), loop)
        await future

    def let_go(
        self, futures: Iterable[asyncio.Future[None]], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Have those who await *futures* go on when it is their turn."""
        self._queue.extend(futures)
        self._turn_later(loop)

    def _turn_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._turning and not loop.is_closed():
            loop.call_soon(self._turn, loop)
            self._turning = True

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turning, self._passed = False, 0
        if self._queue:
            self._turn_later(loop)  # first, so that no interruption ends it
        while self._queue and self._passed < self._at_once:
            future = self._queue.popleft()
            if not future.done():  # cancelled meanwhile, or overdue as well as landed
                future.set_result(None)
                self._passed += 1


#: By loop. They do not hold it.
_turnstiles: WeakKeyDictionary[asyncio.AbstractEventLoop, Turnstile] = WeakKeyDictionary()


def _turnstile(loop: asyncio.AbstractEventLoop) -> Turnstile:
    turnstile = _turnstiles.get(loop)
    if turnstile is None:
        turnstile = _turnstiles[loop] = Turnstile(_AT_ONCE)
    return turnstile


class _Waiting:
    """The tasks of one loop that wait for one landing; called by whoever brings the news.

    All but the call itself happens in the loop's thread. A future for each task, because awaiting
    one for all would cancel it for all.
    """

    __slots__ = ("_futures", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._futures: dict[asyncio.Future[None], None] = {}

    def __call__(self) -> None:
        self._loop.call_soon_threadsafe(self._let_go)

    async def join(self, landing: Landing, seconds: float) -> None:
        """Wait for *landing*, so many *seconds* at most."""
        loop, future = self._loop, self._loop.create_future()
        self._futures[future] = None
        landing.listen(self, loop)
        timer = loop.call_later(seconds, _turnstile(loop).let_go, (future,), loop)
        try:
            await future
        finally:
            timer.cancel()
            del self._futures[future]
            if not self._futures:
                landing.forget(loop)

    def _let_go(self) -> None:
        _turnstile(self._loop).let_go(self._futures, self._loop)
