"""The client's own ``AsyncClient``\\ s of httpx: they look up as the policy says.

They follow no redirect by themselves. What relies on a private address goes through
:mod:`.httpx_pinning`.
"""

from __future__ import annotations

import weakref
from typing import Any

import anyio  # a dependency of httpx

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
        #: What closes the clients below, and those, by proxy (``None``: direct).
        self._others: tuple[Any, dict[str | None, Any]] = (None, {})
        self._making = anyio.Lock()
        self._place.put(self.get_session)

    def undo(self) -> None:
        """Leave the session as it was found."""
        self._place.undo()
        for client in list(self._known):
            seams_httpx.unequip(client)
        self._known.clear()

    async def get_session(self, url: str) -> Any:
        """Stands for ``HttpxSession._get_session``: the client for requests to *url*.

        httpx has one proxy for all hosts of a scheme, and policy and ``NO_PROXY`` go by the host.
        """
        http_session = self._place.owner()
        proxy = seams_httpx.proxy_for(http_session, url)
        if proxy == seams_httpx.usual_proxy(http_session, url):
            client = await self._place.original(http_session, url)
        else:
            client = await self._other(http_session, url, proxy)
        if client not in self._known:
            if self._opener is not None:
                seams_httpx.equip(client, self._opener)
            elif self._arrived is not None:
                seams_httpx.observe(client, self._arrived)
            self._known.add(client)
        return client

    async def _other(self, http_session: Any, url: str, proxy: str | None) -> Any:
        """The client for hosts with another proxy than usual."""
        async with self._making:
            stack = seams_httpx.entered(http_session)
            if self._others[0] is not stack:
                self._others = stack, {}
            others = self._others[1]
            if proxy not in others:
                others[proxy] = await seams_httpx.open_client_with_proxy(http_session, url, proxy)
            return others[proxy]
