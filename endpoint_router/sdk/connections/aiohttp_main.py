"""The client's own ``ClientSession``\\ s: they follow no redirect, and look up as the policy says.

What relies on a private address does not go through them (:mod:`.aiohttp_pinning`).
"""

from __future__ import annotations

import weakref
from typing import Any

from ...awaiting import gather
from ...routing.answer import Question
from .. import seams_async
from ..seams_async import Equipped, Held, Opened
from ..stand_in import StandIn
from .aiohttp_pinning import elsewhere
from .async_dialling import dial
from .opening import Connections
from .turns import Turns, TurnsOfHosts

__all__ = ["AiohttpMain"]


class AiohttpMain:
    """In the place of one HTTP session's ``_get_session``, which each request asks."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(self, connections: Connections, http_session: Any) -> None:
        self._place = StandIn(http_session, "_get_session")
        self._opener = _Unpinned(connections) if connections.looks_up else None
        logs = connections.router.log is not None
        self._arrived = connections.peers.remember if logs else None
        #: By ``ClientSession``.
        self._known: weakref.WeakKeyDictionary[Any, Equipped] = weakref.WeakKeyDictionary()
        self._checked: weakref.WeakSet[Any] = weakref.WeakSet()
        self._place.put(self.get_session)

    def undo(self) -> None:
        """Leave the session as it was found."""
        self._place.undo()
        for equipped in list(self._known.values()):
            equipped.undo()
        self._known.clear()

    async def get_session(self, proxy_url: Any) -> Any:
        """Stands for ``AIOHTTPSession._get_session``."""
        http_session = self._place.owner()
        session = await self._place.original(http_session, proxy_url)
        if session not in self._known:
            self._known[session] = Equipped(
                session.connector,
                None if proxy_url else self._opener,
                elsewhere=elsewhere,
                arrived=self._arrived,
            )
        if session not in self._checked and seams_async.HELD.get():
            await seams_async.check_host_names(http_session, session.connector)
            self._checked.add(session)
        return Held(session)


class _Unpinned:
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
