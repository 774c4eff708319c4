"""Connections that lead to confirmed addresses, and nowhere else.

Where a decision relies on a host being private, its requests go through a :class:`Lane`: a session
whose connections dial the addresses of that very evidence, so that there is no second look-up to be
lied to. SNI, certificate check and Host keep the name. Each lane has pools of its own, because a
connection to a host that one rule wants private must not be one that another rule left open.

Which address is dialled, and what follows where none answers, is decided in :mod:`.confirmed`; here
it is done, in the thread that connects.
"""

from __future__ import annotations

import socket
import weakref
from typing import Any

from ...routing.case import Decision, Finding
from ...steps import run
from .. import seams
from ..stand_in import StandIn
from .confirmed import CloseIdle, ConfirmedNames, Dial, Dialled, Peer, Pinned, Renew, Want
from .dialling import as_urllib3, dial, peer_of
from .opening import Connections
from .own_session import OwnSession


class Lane:
    """Pinned connections of one client. A :class:`.seams.Opener` of confirmed addresses."""

    def __init__(self, connections: Connections, own_session: OwnSession, name: str) -> None:
        """*name*: whose addresses are dialled; empty where each host's own are."""
        http_session, endpoint = own_session.made(), own_session.endpoint
        self._made, self._of = own_session.made, weakref.ref(endpoint)
        self._connections = connections
        self._confirmed = ConfirmedNames(connections.router.trusted, name)
        #: May an idle connection be used again? Asked for each request, hence without a frame.
        self.holds = self._confirmed.holds
        #: The session that its requests are sent by.
        # Weakly: the session's pools would otherwise hold the lane, which holds the session.
        self.session = seams.direct_session(http_session, seams.pools_for(weakref.proxy(self)))
        #: What to call ``Endpoint._send`` on.
        self.endpoint = seams.endpoint_with(endpoint, self.session)

    def is_followed(self) -> bool:
        """Is the client's HTTP session still the one that this is like? Asked for each request."""
        endpoint: Any = self._of()
        return seams.is_followed(endpoint.http_session, self._made(), self.session)

    def confirm(self, finding: Finding) -> None:
        """From now on dial the addresses of *finding*, and those only."""
        _, moved = self._confirmed.confirm(finding)
        if moved:
            self.close_idle()

    def give_up(self, name: str) -> None:
        """*name* is no longer known to be private."""
        if self._confirmed.give_up(name):
            self.close_idle()

    def close_idle(self) -> None:
        """Close what is idle and leads where no new connection could."""
        for pool in seams.pools_of(self.session):
            seams.close_idle(pool, unless=self.holds)

    def peer(self, host: str) -> str:
        """Where the last connection for *host* led; empty when there was none."""
        confirmed = self._confirmed.of(host)
        return confirmed.peer if confirmed else ""

    def open(self, connection: Any) -> socket.socket:
        """Dial what was confirmed; once more after the evidence was renewed.

        :raises NewConnectionError: nothing listens there.
        :raises ConnectTimeoutError: in time.
        :raises Unconfirmed: nothing is confirmed any more, or the peer is another one.
        """
        opening = _Opening(self._connections, self, connection)
        steps = self._confirmed.connect(connection.host.rstrip(".").lower())
        try:
            connection.note = run(steps, opening.fulfil)
        except OSError as error:
            opening.close()
            raise as_urllib3(connection, error) from error
        except BaseException:
            opening.close()
            raise
        return opening.opened

    def broke_off(self, connection: Any) -> None:
        """TLS did not come about: other addresses first."""
        pinned: Pinned = connection.note
        pinned.confirmed.put_behind((pinned.peer,))


class _Opening:
    """Does what :meth:`.ConfirmedNames.connect` wants, for one connection."""

    def __init__(self, connections: Connections, lane: Lane, connection: Any) -> None:
        self._connections, self._lane, self._connection = connections, lane, connection
        self._opened: socket.socket | None = None

    @property
    def opened(self) -> socket.socket:
        """What was dialled last."""
        assert self._opened is not None  # nothing ends well without
        return self._opened

    def close(self) -> None:
        """It ended badly."""
        if self._opened is not None:
            self._opened.close()

    def fulfil(self, want: Want) -> object:
        """What comes of *want*; blocks."""
        if isinstance(want, Dial):
            raced = dial(self._connections.dialler, self._connection, want.addresses)
            self._opened = raced.connection
            return Dialled(raced.address, raced.behind)
        if isinstance(want, Peer):
            return peer_of(self._connections.dialler, self.opened)
        if isinstance(want, Renew):
            evidence = self._connections.router.evidence
            return evidence.gather((want.question,), renew=want.anew)[want.question].answer
        assert isinstance(want, CloseIdle)
        self._lane.close_idle()
        return None


class Lanes:
    """The lanes of one client, made when the first decision needs them."""

    def __init__(self, connections: Connections, own_session: OwnSession) -> None:
        self._connections, self._own_session = connections, own_session
        self._lanes: dict[str, Lane] = {}
        #: At most one, in the place of the session's ``close``; there from the first lane on.
        self._close: dict[str, StandIn] = {}

    def follow(self, decision: Decision) -> Lane | None:
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
        close = StandIn(self._own_session.made(), "close")
        # Threads may come here at once: the first one's stays, and putting it twice does no harm.
        self._close.setdefault("close", close).put(self.close)
        return self._lanes.setdefault(name, Lane(self._connections, self._own_session, name))

    def close(self) -> None:
        """Stands for ``URLLib3Session.close``, which ``client.close()`` calls."""
        self._close_all()
        for place in self._close.values():
            place.original(place.owner())

    def undo(self) -> None:
        """Close every lane and leave the session as it was found."""
        self._close_all()
        self._lanes = {}
        for place in self._close.values():
            place.undo()
        self._close = {}

    def _close_all(self) -> None:
        for lane in list(self._lanes.values()):
            seams.close_direct_session(lane.session)
