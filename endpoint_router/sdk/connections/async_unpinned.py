"""Connections of event loops that nothing relies on: opened as the policy's DNS says.

What relies on a private address goes through lanes (:mod:`.async_lanes`).
"""

from __future__ import annotations

from ...awaiting import gather
from ...routing.answer import Question
from ..seams_async import Opened
from .async_dialling import dial
from .opening import Connections
from .turns import Turns, TurnsOfHosts

__all__ = ["AsyncUnpinned"]


class AsyncUnpinned:
    """A :class:`.seams_async.Opener` of connections that nothing relies on."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._turns = connections, TurnsOfHosts()

    def holds(self, connection: Opened) -> bool:
        """Nothing relies on where it leads."""
        return True

    def broke_off(self, connection: Opened) -> None:
        """TLS did not come about: other addresses first."""
        turns, address = connection.note
        turns.put_behind((address,))

    async def open(self, host: str, port: int, timeout: float | None) -> Opened:
        """Dial what the policy's servers say of *host*.

        :raises OSError: no address, or nothing listens there, or not in time.
        """
        router, dialler = self._connections.router, self._connections.dialler
        question = Question(host)
        answers = await gather(router.evidence, (question,), deadline=router.deadline())
        answer = answers[question].answer
        if not answer.addresses:
            raise OSError(f"no address for {host}: {answer.detail or answer.status}")
        turns: Turns = self._turns.of(host, answer)
        raced = await dial(dialler, turns.order(), port, timeout)
        turns.put_behind(raced.behind, raced.address)
        try:
            self._connections.peers.remember(host, dialler.peer(raced.connection))
        except BaseException:
            raced.connection.close()
            raise
        return Opened(raced.connection, (turns, raced.address), len(turns.addresses))
