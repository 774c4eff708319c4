"""Sessions and clients that ``gc.freeze()`` hides: prefork servers call it before they fork.

No search finds them (``gc.unfreeze()`` would help, and undo what the server froze them for). So a
session is covered when it makes its next client, and of the clients that exist, the classes tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from botocore.client import BaseClient
from botocore.session import Session

from .. import seams
from .existing import kinds_of

#: What ``create_client`` asks for the emitter, also one that somebody has bound before.
_METHOD, _EMITTER = "get_component", "event_emitter"


class BeforeUse:
    """Stands for ``get_component`` of the classes of sessions, to see each session in time."""

    def __init__(self, cover: Callable[[Any, Any], None]) -> None:
        """*cover* is called with a session and its emitter, before the session hands that out."""
        self._cover: Callable[[Any, Any], None] | None = cover
        self._put: list[tuple[Any, Any, Any]] = []
        for kind in kinds_of(Session):
            original = vars(kind).get(_METHOD)
            if original is not None:
                ours = self._standing_for(original)
                setattr(kind, _METHOD, ours)
                self._put.append((kind, original, ours))

    def undo(self) -> None:
        """Leave the classes as they were found. What others have put around ours does nothing."""
        self._cover = None
        for kind, original, ours in self._put:
            if vars(kind).get(_METHOD) is ours:
                setattr(kind, _METHOD, original)

    def _standing_for(self, original: Any) -> Any:
        @wraps(original)
        def get_component(session: Any, name: str) -> Any:
            component = original(session, name)
            if name == _EMITTER and self._cover is not None:
                self._cover(session, component)
            return component

        return get_component


def hidden_clients(seen: Iterable[Any]) -> list[str]:
    """Names of client classes of which no instance was *seen*: each client has one of its own."""
    hidden = kinds_of(BaseClient) - {type(client) for client in seen}
    return [kind.__name__ for kind in hidden if seams.is_class_of_client(kind)]
