"""The lanes of one client: which there are, and which of them a decision's requests take.

Where a decision relies on a host being private, its requests go through a lane: a session whose
connections dial the addresses of that very evidence, so that there is no second look-up to be lied
to. SNI, certificate check and Host keep the name. Each lane has pools of its own, because a
connection to a host that one rule wants private must not be one that another rule left open.

What a lane is, is :mod:`.lane`: imported with the first one, because many clients have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...routing.case import Decision
from .opening import Connections
from .own_session import OwnSession

if TYPE_CHECKING:
    from .lane import Lane

__all__ = ["Lanes"]


class Lanes:
    """The lanes of one client, made when the first decision needs them."""

    def __init__(self, connections: Connections, own_session: OwnSession) -> None:
        self._connections, self._own_session = connections, own_session
        self._lanes: dict[str, Any] = {}

    def follow(self, decision: Decision) -> Any:
        """Let connections follow what *decision* found out; the lane for its requests, if any."""
        for finding in decision.evidence:
            # A failed look-up is no proof of the contrary, and half an answer, which proves nothing
            # where connections are not pinned, is enough where they are.
            if self._lanes and finding.verdict not in ("private-address", "failed"):
                for lane in list(self._lanes.values()):
                    lane.give_up(finding.question.name)
        pin = decision.pin
        if pin is None or decision.presigned:
            return None
        # One lane for all hosts whose own addresses are dialled; one for each other name, since a
        # host may be reached at two endpoints under two rules (``connect = "address"``).
        name = "" if pin.question.name == decision.host else pin.question.name
        lane = self._lanes.get(name) or self._open(name)
        lane.confirm(pin)
        return lane

    def _open(self, name: str) -> Lane:
        """The lane *name*, which is to be closed together with the client."""
        raise NotImplementedError

    def undo(self) -> None:
        """Use no lane any more, and leave the session as it was found."""
        self._lanes = {}
