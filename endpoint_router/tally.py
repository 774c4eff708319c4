"""How many calls a line of the decision log stands for. A number, and what it is the number of.

Whoever sends a request adds to it, on the way of every call: so it is a plain attribute, without a
lock. An interpreter with a global lock loses no count by that; one without may lose a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .routing.case import Decision

__all__ = ["UNCOUNTED", "Tally"]


class Tally:
    """The calls of one process that came to one distinct decision. Knows no client."""

    __slots__ = ("calls", "decision", "peer", "sent", "written")

    def __init__(self, decision: Decision | None = None) -> None:
        #: Requests that no line stands for yet.
        self.calls = 0
        #: What the next line says: the newest of its kind.
        self.decision = decision
        self.peer = self.sent = ""
        #: Is there a line?
        self.written = False


#: For whom nobody counts.
UNCOUNTED = Tally()
