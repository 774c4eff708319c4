"""Pinned connections of aiohttp: they lead to confirmed addresses, and nowhere else.

A lane's ``ClientSession`` is among those of the client's own HTTP session, and is closed with them.
How a connection is opened is :mod:`.async_lanes`.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

from .. import seams_async
from ..seams_async import Equipped, Held
from .async_lanes import AsyncLane, elsewhere
from .lanes import Lane, Lanes

__all__ = ["AiohttpLane", "AiohttpLanes"]


class AiohttpLane(AsyncLane):
    """A lane of aiohttp's."""

    def _session_like(self, http_session: Any) -> Any:
        # Weakly: a ClientSession of the lane would otherwise hold it, and so itself.
        lane = weakref.proxy(self)
        #: One at a time, or two tasks would make two.
        self._making = asyncio.Lock()
        return seams_async.lane_session(http_session, lambda _proxy: lane.get_session())

    async def get_session(self) -> Any:
        """Stands for ``AIOHTTPSession._get_session``."""
        made = self._made()
        if not seams_async.is_open(made):
            return await seams_async.native_session(made)  # with the error that plain clients get
        session = seams_async.lane_of(made, self._name)
        if session is None:
            async with self._making:
                session = seams_async.lane_of(made, self._name) or await self._make(made)
        return Held(session)

    async def _make(self, made: Any) -> Any:
        session = await seams_async.open_lane(made, self.session, self._name)
        await seams_async.check_host_names(made, session.connector)
        Equipped(session.connector, weakref.proxy(self), elsewhere=elsewhere)
        return session


class AiohttpLanes(Lanes):
    """The lanes of a client that sends by aiohttp."""

    def _open(self, name: str) -> Lane:
        lane = self._lanes[name] = AiohttpLane(self._connections, self._own_session, name)
        return lane
