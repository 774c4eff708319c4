"""Which HTTP session of an asynchronous client can be pinned, and how: chosen here, by its kind.

By what a session is, and not by its class: a session of a kind that is not known here connects as
it likes, so nothing that relies on an address is for it.
"""

from __future__ import annotations

from typing import Any

from .. import seams_async, seams_httpx
from .lanes import Lanes
from .opening import Connections
from .own_session import OwnSession

__all__ = ["equip", "lanes_for", "own_session_of"]


def lanes_for(http_session: Any) -> type[Lanes] | None:
    """The lanes of a client with this *http_session*; ``None`` where it cannot be pinned."""
    if seams_async.is_aiohttp_session(http_session):
        from .aiohttp_pinning import AiohttpLanes

        return AiohttpLanes
    if seams_httpx.is_httpx_session(http_session):
        from .httpx_pinning import HttpxLanes

        return HttpxLanes
    return None


def equip(connections: Connections, http_session: Any) -> Any:
    """Hold *http_session* to the policy, for what is not pinned; undone by ``undo()``.

    ``None`` where it is of a kind that is not known.
    """
    if seams_async.is_aiohttp_session(http_session):
        from .aiohttp_main import AiohttpMain

        return AiohttpMain(connections, http_session)
    if seams_httpx.is_httpx_session(http_session):
        from .httpx_main import HttpxMain

        return HttpxMain(connections, http_session)
    return None


def own_session_of(endpoint: Any) -> OwnSession:
    """The HTTP session of the client that sends by *endpoint*."""
    # aiobotocore makes a tunnel through each proxy, whatever the client's configuration says.
    return OwnSession(endpoint, pinnable=lanes_for, forwards_https=lambda _session: False)
