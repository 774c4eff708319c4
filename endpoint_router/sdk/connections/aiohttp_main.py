"""The client's own ``ClientSession``\\ s: they follow no redirect, and look up as the policy says.

What relies on a private address does not go through them (:mod:`.aiohttp_pinning`).
"""

from __future__ import annotations

import weakref
from typing import Any

from .. import seams_async
from ..seams_aiohttp import Equipped
from ..seams_async import Held
from ..stand_in import StandIn
from .async_lanes import elsewhere
from .async_unpinned import AsyncUnpinned
from .opening import Connections

__all__ = ["AiohttpMain"]


class AiohttpMain:
    """In the place of one HTTP session's ``_get_session``, which each request asks."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(self, connections: Connections, http_session: Any) -> None:
        self._place = StandIn(http_session, "_get_session")
        self._opener = AsyncUnpinned(connections) if connections.looks_up else None
        logs = connections.router.log is not None
        self._arrived = connections.peers.remember if logs else None
        #: By ``ClientSession``.
        self._known: weakref.WeakKeyDictionary[Any, Equipped] = weakref.WeakKeyDictionary()
        #: By proxy, as the sessions are. Each request looks here first.
        self._held: dict[Any, Held] = {}
        self._place.put(self.get_session)

    def undo(self) -> None:
        """Leave the session as it was found."""
        self._place.undo()
        for equipped in list(self._known.values()):
            equipped.undo()
        self._known.clear()
        self._held.clear()

    async def get_session(self, proxy_url: Any) -> Any:
        """Stands for ``AIOHTTPSession._get_session``."""
        http_session = self._place.owner()
        session = await self._place.original(http_session, proxy_url)
        held = self._held.get(proxy_url)
        if held is not None and held.session is session:
            return held
        if session not in self._known:
            self._known[session] = Equipped(
                session.connector,
                None if proxy_url else self._opener,
                elsewhere=elsewhere,
                arrived=self._arrived,
            )
        held = Held(session)
        if seams_async.HELD.get():
            await seams_async.check_host_names(http_session, session.connector)
            self._held[proxy_url] = held
        return held
