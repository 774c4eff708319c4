"""Pinned connections of httpx: a lane has an ``AsyncClient`` of its own, closed with the session.

How a connection is opened is :mod:`.async_lanes`.
"""

from __future__ import annotations

import weakref
from typing import Any

import anyio  # a dependency of httpx
from botocore.exceptions import HTTPClientError

from .. import seams_httpx
from .async_lanes import AsyncLane
from .lane import Lane
from .lanes import Lanes

__all__ = ["HttpxLanes"]


class HttpxLane(AsyncLane):
    """A lane of httpx's."""

    #: What closes the client, and the client.
    _opened: tuple[Any, Any] = (None, None)

    def _session_like(self, http_session: Any) -> Any:
        # Weakly: a client of the lane would otherwise hold it, and so itself.
        lane = weakref.proxy(self)
        #: One at a time, or two tasks would make two.
        self._making = anyio.Lock()
        return seams_httpx.lane_session(http_session, lambda _url: lane.get_session())

    async def get_session(self) -> Any:
        """Stands for ``HttpxSession._get_session``."""
        made = self._made()
        stack = seams_httpx.entered(made)
        if stack is None:
            raise HTTPClientError(error=RuntimeError("the client was not entered, or is closed"))
        if self._opened[0] is not stack:
            async with self._making:
                if self._opened[0] is not stack:
                    opener: Any = weakref.proxy(self)
                    client = await seams_httpx.open_client(made, self.session, opener)
                    self._opened = stack, client
        return self._opened[1]


class HttpxLanes(Lanes):
    """The lanes of a client that sends by httpx."""

    def _open(self, name: str) -> Lane:
        lane = self._lanes[name] = HttpxLane(self._connections, self._own_session, name)
        return lane
