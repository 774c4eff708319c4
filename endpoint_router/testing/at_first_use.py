"""A client that existed before a block, until the block's first call of it: then it is routed.

So those of other tests, which nobody has collected yet, ask nothing and cost nothing. Several
threads may make the first call: none of them comes past, and one of them has it routed.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from ..sdk import seams
from ..sdk.calls.left_alone import LeftAlone
from ..sdk.stand_in import StandIn

__all__ = ["AtFirstUse"]


class AtFirstUse(LeftAlone):
    """In the place of what every call of *client* comes by first, to have it routed by *take*."""

    def __init__(self, client: Any, take: Callable[[Any], None]) -> None:
        self._client, self._take = weakref.ref(client), take
        self._lock = threading.RLock()
        self._is_taken = False
        parts = seams.client_parts(client)
        owners = {
            "construct_endpoint": parts["endpoint_ruleset_resolver"],
            "sign": parts["request_signer"],
        }
        self._waiting = [
            (StandIn(owner, name), _Waiting(self, owner, name))
            for name, owner in owners.items()
            if owner is not None
        ]

    def wait(self) -> bool:
        """Begin to wait for the first call. ``False``: there is nothing to wait at."""
        for place, waiting in self._waiting:
            place.put(waiting)
        return bool(self._waiting)

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wait`, where no call came."""
        for place, _ in self._waiting:
            place.undo()

    def leave(self) -> None:
        """Wait no longer, where nobody has come into the place."""
        for _, waiting in self._waiting:
            waiting.leave()

    def be_taken(self) -> None:
        """The first call has come. Others wait until it is routed."""
        with self._lock:
            client = self._client()
            if not self._is_taken and client is not None:
                self._is_taken = True
                self._take(client)


class _Waiting:
    """One method. To who comes to take its place, it looks like the one of the class."""

    def __init__(self, late: AtFirstUse, owner: Any, name: str) -> None:
        self._late, self._owner, self._name = late, weakref.ref(owner), name
        self.__func__ = getattr(type(owner), name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._late.be_taken()
        return getattr(self._owner(), self._name)(*arguments, **options)

    def leave(self) -> None:
        owner = self._owner()
        if owner is not None and vars(owner).get(self._name) is self:
            del vars(owner)[self._name]
