"""Pinned connections of urllib3: they lead to confirmed addresses, and nowhere else.

Which address is dialled, and what follows where none answers, is decided in :mod:`.confirmed`; here
it is done, in the thread that connects.
"""

from __future__ import annotations

import socket
import weakref
from typing import Any

from ...steps import run
from .. import seams_urllib3
from .confirmed import CloseIdle, Dial, Dialled, Peer, Renew, Want
from .dialling import as_urllib3, dial, peer_of
from .lane import Lane, Opening
from .opening import Connections

__all__ = ["UrllibLane"]


class UrllibLane(Lane):
    """A :class:`.seams_urllib3.Opener` of confirmed addresses."""

    def _session_like(self, http_session: Any) -> Any:
        # Weakly: the session's pools would otherwise hold the lane, which holds the session.
        return seams_urllib3.direct_session(
            http_session, seams_urllib3.pools_for(weakref.proxy(self))
        )

    def close_idle(self) -> None:
        for pool in seams_urllib3.pools_of(self.session):
            seams_urllib3.close_idle(pool, unless=self.holds)

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


class _Opening(Opening):
    """Does what :meth:`.ConfirmedNames.connect` wants, for one connection."""

    def __init__(self, connections: Connections, lane: Lane, connection: Any) -> None:
        super().__init__(connections)
        self._lane, self._connection = lane, connection

    def fulfil(self, want: Want) -> object:
        """What comes of *want*; blocks."""
        if isinstance(want, Dial):
            raced = dial(self._connections.dialler, self._connection, want.addresses)
            self.opened = raced.connection
            return Dialled(raced.address, raced.behind)
        if isinstance(want, Peer):
            return peer_of(self._connections.dialler, self.opened)
        if isinstance(want, Renew):
            evidence = self._connections.router.evidence
            return evidence.gather((want.question,), renew=want.anew)[want.question].answer
        assert isinstance(want, CloseIdle)
        self._lane.close_idle()
        return None
