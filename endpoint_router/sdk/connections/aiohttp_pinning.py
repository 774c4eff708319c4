"""Pinned connections of aiohttp: they lead to confirmed addresses, and nowhere else.

A lane's ``ClientSession`` is among those of the client's own HTTP session, and is closed with them.
How a connection is opened is :mod:`.async_lanes`.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any

from .. import seams_async
from ..seams_aiohttp import Equipped
from .async_lanes import AsyncLane, elsewhere
from .lane import Lane
from .lanes import Lanes

__all__ = ["AiohttpLane", "AiohttpLanes"]


class AiohttpLane(AsyncLane):
    """A lane of aiohttp's."""

    def _session_like(self, http_session: Any) -> Any:
        #: One at a time, or two tasks would make two.
        self._making = asyncio.Lock()
        # Weakly: the session that it makes would otherwise hold the lane, which holds the session.
        lane = weakref.proxy(self)
        return seams_async.lane_session(http_session, self._name, lambda made: lane.make(made))

    def _follower(self) -> Callable[[Any], bool]:
        made = self._made
        return lambda http_session: seams_async.is_followed(http_session, made())

    async def make(self, http_session: Any) -> Any:
        """The lane's own session, now among those of *http_session*."""
        async with self._making:
            known = seams_async.lane_of(http_session, self._name)
            if known is not None:
                return known
            session = await seams_async.open_lane(http_session, self.session)
            await seams_async.check_host_names(http_session, session.connector)
            Equipped(session.connector, weakref.proxy(self), elsewhere=elsewhere)
            return await seams_async.keep_lane(http_session, self._name, session)


class AiohttpLanes(Lanes):
    """The lanes of a client that sends by aiohttp."""

    def _open(self, name: str) -> Lane:
        lane = self._lanes[name] = AiohttpLane(self._connections, self._own_session, name)
        return lane
