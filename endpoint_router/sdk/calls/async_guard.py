"""The guard of an asynchronous client: as :mod:`.guard`, but what is sent is awaited."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError

from .. import seams_async
from ..seams_async import HELD
from .guard import Guard
from .route import ROUTE, Route

__all__ = ["AsyncGuard"]


class AsyncGuard(Guard):
    """In the place of one client's ``AioEndpoint._send``."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        if not seams_async.is_aiohttp_session(self._own_session.now):
            # Whether it checks certificates shows only when it is asked.
            self._would_send_as = seams_async.would_send_as
        self._native = False  # its own ``_send`` is a coroutine, and as cheap as any of ours

    def send(self, request: Any) -> Any:
        """Stands for ``AioEndpoint._send``: an awaitable, once the request is known to be good.

        Whoever sends it, in this task, holds it to this URL.
        """
        context = getattr(request, "context", None)
        route: Route | None = context.get(ROUTE) if context else None
        HELD.set("" if route is None or route.is_free else request.url)
        return super().send(request)

    async def _follow(self, request: Any, route: Route, session: Any) -> Any:
        lane = route.lane
        if lane is not None and not lane.follows(session):
            raise self._replaced(route)
        endpoint, learnt, refusal = self._endpoint_of(lane), True, None
        try:
            return await self._send.call(endpoint, request)
        except BotoCoreError as error:
            refusal = self.refusal_after(error, route)
            if refusal is None:
                raise
            raise refusal from error
        except Exception:
            raise
        except BaseException:  # who is cancelled does not even know where the connection led
            learnt = False
            raise
        finally:
            if refusal is None:  # which counts for itself
                route.count.calls += 1
            if not route.unrecorded:
                route.tally.calls += 1
            elif learnt:
                self.record(route)
