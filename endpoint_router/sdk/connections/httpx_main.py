"""The client's own ``AsyncClient`` of httpx: it looks up as the policy says.

It follows no redirect by itself. What relies on a private address goes through
:mod:`.httpx_pinning`.
"""

from __future__ import annotations

import weakref
from typing import Any

from .. import seams_httpx
from ..stand_in import StandIn
from .async_unpinned import AsyncUnpinned
from .opening import Connections

__all__ = ["HttpxMain"]


class HttpxMain:
    """In the place of one HTTP session's ``_get_session``, which each request asks."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(self, connections: Connections, http_session: Any) -> None:
        self._place = StandIn(http_session, "_get_session")
        self._opener = AsyncUnpinned(connections) if connections.looks_up else None
        logs = connections.router.log is not None
        self._arrived = connections.peers.remember if logs else None
        self._known: weakref.WeakSet[Any] = weakref.WeakSet()
        self._place.put(self.get_session)

    def undo(self) -> None:
        """Leave the session as it was found."""
        self._place.undo()
        for client in list(self._known):
            seams_httpx.unequip(client)
        self._known.clear()

    async def get_session(self, url: str) -> Any:
        """Stands for ``HttpxSession._get_session``."""
        client = await self._place.original(self._place.owner(), url)
        if client not in self._known:
            if self._opener is not None:
                seams_httpx.equip(client, self._opener)
            elif self._arrived is not None:
                seams_httpx.observe(client, self._arrived)
            self._known.add(client)
        return client
