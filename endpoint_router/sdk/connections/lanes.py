"""The lanes of one client: which there are, and what is confirmed for each.

Where a decision relies on a host being private, its requests go through a :class:`Lane`: a session
whose connections dial the addresses of that very evidence, so that there is no second look-up to be
lied to. SNI, certificate check and Host keep the name. Each lane has pools of its own, because a
connection to a host that one rule wants private must not be one that another rule left open.

How a lane's connections are made depends on the client: :mod:`.pinning` for urllib3,
:mod:`.aiohttp_pinning` for aiohttp, :mod:`.httpx_pinning` for httpx.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from ...routing.case import Decision, Finding
from .. import seams
from .confirmed import ConfirmedNames, Pinned
from .opening import Connections
from .own_session import OwnSession

__all__ = ["Lane", "Lanes", "Opening"]


class Lane:
    """Pinned connections of one client."""

    def __init__(self, connections: Connections, own_session: OwnSession, name: str) -> None:
        """*name*: whose addresses are dialled; empty where each host's own are."""
        http_session, endpoint = own_session.made(), own_session.endpoint
        self._made = own_session.made
        self._connections, self._name = connections, name
        self._confirmed = ConfirmedNames(connections.router.trusted, name)
        #: May an idle connection be used again? Asked for each request, hence without a frame.
        self.holds = self._confirmed.holds
        #: The session that its requests are sent by.
        self.session = self._session_like(http_session)
        #: What to call ``Endpoint._send`` on.
        self.endpoint = seams.endpoint_with(endpoint, self.session)
        #: Is this the client's HTTP session that :attr:`session` is like? Asked for each request.
        self.follows = self._follower()

    def _session_like(self, http_session: Any) -> Any:
        """One like *http_session* with connections of its own, which hold this lane weakly."""
        raise NotImplementedError

    def _follower(self) -> Callable[[Any], bool]:
        return seams.follower(self._made, self.session)

    def close_idle(self) -> None:
        """Close what is idle and leads where no new connection could."""
        raise NotImplementedError

    def confirm(self, finding: Finding) -> None:
        """From now on dial the addresses of *finding*, and those only."""
        _, moved = self._confirmed.confirm(finding)
        if moved:
            self.close_idle()

    def give_up(self, name: str) -> None:
        """*name* is no longer known to be private."""
        if self._confirmed.give_up(name):
            self.close_idle()

    def peer(self, host: str) -> str:
        """Where the last connection for *host* led; empty when there was none."""
        confirmed = self._confirmed.of(host)
        return confirmed.peer if confirmed else ""

    def broke_off(self, connection: Any) -> None:
        """TLS did not come about: other addresses first."""
        pinned: Pinned = connection.note
        pinned.confirmed.put_behind((pinned.peer,))


class Opening:
    """One connection on its way: who derives from this does what ``ConfirmedNames.connect`` wants.

    :attr:`opened` is what was dialled last; nothing ends well without.
    """

    opened: socket.socket

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def close(self) -> None:
        """It ended badly, before or after something was opened."""
        if "opened" in vars(self):
            self.opened.close()


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
