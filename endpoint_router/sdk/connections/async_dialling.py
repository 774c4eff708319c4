"""How event loops dial: addresses in, a connected socket or an OSError out.

Which addresses, and whether that is where it may lead, others have decided.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Sequence
from math import inf

from ...awaiting import run
from ...probe.dialling import Dialler, Raced, UnderWay, racing

__all__ = ["dial"]

#: Seconds between looks where a loop cannot tell of a socket (Windows).
_PAUSE = 0.01


async def dial(
    dialler: Dialler, addresses: Sequence[str], port: int, timeout: float | None
) -> Raced:
    """Connect to one of *addresses* within *timeout* seconds; the socket does not block.

    :raises OSError: when none can be connected to in time.
    """
    try:
        clock, done = asyncio.get_running_loop().time, _done
    except RuntimeError:
        from ... import awaiting_trio as in_trio

        clock, done = in_trio.clock(), _done_in_trio
    steps = racing(dialler, addresses, port, timeout, clock=clock)
    raced = await run(steps, done)
    raced.connection.setblocking(False)
    return raced


async def _done(under_way: UnderWay) -> list[socket.socket]:
    """Which of the connections have come about, or failed, when there is something to do."""
    loop, connections = asyncio.get_running_loop(), under_way.connections
    something: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not something.done():
            something.set_result(None)

    watched = []
    timer = None if under_way.until == inf else loop.call_at(under_way.until, wake)
    try:
        for connection in connections:
            loop.add_writer(connection, wake)
            watched.append(connection)
        await something
    except NotImplementedError:
        while not (done := _writable(connections)) and loop.time() < under_way.until:
            await asyncio.sleep(_PAUSE)
        return done
    finally:
        if timer is not None:
            timer.cancel()
        for connection in watched:
            loop.remove_writer(connection)
    return _writable(connections)


async def _done_in_trio(under_way: UnderWay) -> list[socket.socket]:
    from ...awaiting_trio import until_writable

    await until_writable(under_way.connections, under_way.until)
    return _writable(under_way.connections)


def _writable(connections: Sequence[socket.socket]) -> list[socket.socket]:
    if not connections:
        return []
    if not hasattr(select, "poll"):
        _, writable, failed = select.select((), connections, connections, 0)
        return list({*writable, *failed})
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLOUT)
    done = {descriptor for descriptor, _event in poll.poll(0)}
    return [connection for connection in connections if connection.fileno() in done]
