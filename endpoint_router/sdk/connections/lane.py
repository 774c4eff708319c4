"""One lane: a session whose connections dial what is confirmed for it, and its :class:`Opening`.

How its connections are made depends on the client: :mod:`.pinning` for urllib3,
:mod:`.aiohttp_pinning` for aiohttp, :mod:`.httpx_pinning` for httpx. Which lanes there are is
:mod:`.lanes`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from ...routing.case import Finding
from .. import seams_sending
from .confirmed import ConfirmedNames, Pinned
from .opening import Connections
from .own_session import OwnSession

__all__ = ["Lane", "Opening"]


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
        self.endpoint = seams_sending.endpoint_with(endpoint, self.session)
        #: Is this the client's HTTP session that :attr:`session` is like? Asked for each request.
        self.follows = self._follower()

    def _session_like(self, http_session: Any) -> Any:
        """One like *http_session* with connections of its own, which hold this lane weakly."""
        raise NotImplementedError

    def _follower(self) -> Callable[[Any], bool]:
        return seams_sending.follower(self._made, self.session)

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
