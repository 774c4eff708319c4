"""Pinned connections of event loops: what all their lanes have in common, whoever sends.

Which address is dialled, and what follows where none answers, is decided in :mod:`.confirmed`; here
it is done, in the event loop of whoever connects.
"""

from __future__ import annotations

from ... import codes
from ...awaiting import gather, run
from .. import seams_async
from ..seams_async import Opened
from .async_dialling import dial
from .confirmed import CloseIdle, Dial, Dialled, Peer, Renew, Want
from .lane import Lane, Opening
from .opening import Connections
from .unconfirmed import Unconfirmed

__all__ = ["AsyncLane", "elsewhere"]


class AsyncLane(Lane):
    """A :class:`.seams_async.Opener` of confirmed addresses."""

    def close_idle(self) -> None:
        """Nothing: each request asks of the connection that it is given (``holds``)."""

    async def open(self, host: str, port: int, timeout: float | None) -> Opened:
        """Dial what was confirmed; once more after the evidence was renewed.

        :raises OSError: nothing listens there, or not in time.
        :raises Unconfirmed: nothing is confirmed any more, or the peer is another one.
        """
        opening = _Opening(self._connections, port, timeout)
        try:
            pinned = await run(self._confirmed.connect(host), opening.fulfil)
        except BaseException:
            opening.close()
            raise
        return Opened(opening.opened, pinned, len(pinned.confirmed.addresses))


class _Opening(Opening):
    """Does what :meth:`.ConfirmedNames.connect` wants, for one connection."""

    def __init__(self, connections: Connections, port: int, timeout: float | None) -> None:
        super().__init__(connections)
        self._port, self._timeout = port, timeout

    async def fulfil(self, want: Want) -> object:
        """What comes of *want*."""
        dialler, router = self._connections.dialler, self._connections.router
        if isinstance(want, Dial):
            raced = await dial(dialler, want.addresses, self._port, self._timeout)
            self.opened = raced.connection
            return Dialled(raced.address, raced.behind)
        if isinstance(want, Peer):
            return dialler.peer(self.opened)
        if isinstance(want, Renew):
            answers = await gather(
                router.evidence, (want.question,), deadline=router.deadline(), renew=want.anew
            )
            return answers[want.question].answer
        assert isinstance(want, CloseIdle)
        return None  # as above


def elsewhere(url: object) -> Unconfirmed:
    """What is raised where a request is about to connect to *url*, and was decided otherwise."""
    return Unconfirmed(
        codes.GUARD_CHANGED, f"a request is redirected to {seams_async.shown(url)}, unasked"
    )
