"""Connections that lead to confirmed addresses, and nowhere else.

Where a decision relies on a host being private, its requests go through a :class:`Lane`: a session
whose connections dial the addresses of that very evidence, so that there is no second look-up to be
lied to. SNI, certificate check and Host keep the name. Each lane has pools of its own, because a
connection to a host that one rule wants private must not be one that another rule left open.
"""

from __future__ import annotations

import socket
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

from ... import codes
from ...routing.answer import Question
from ...routing.case import Decision, Finding
from ...routing.networks import judge
from .. import seams
from ..stand_in import StandIn
from .opening import Connections, as_urllib3

#: Names of which a client remembers what was confirmed: an S3 client may touch any number.
_CAPACITY = 4096


class Unconfirmed(Exception):
    """Nothing was dialled, or what was dialled is not what was confirmed.

    :ivar code: of the refusal that it becomes.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Confirmed:
    """The addresses of which a name's privacy was proven, in the order to dial them."""

    __slots__ = ("_behind", "_turn", "addresses", "peer", "question")

    def __init__(self, question: Question, addresses: tuple[str, ...]) -> None:
        self.question, self.addresses = question, addresses
        #: Where the last connection led; empty when there was none.
        self.peer = ""
        self._behind: frozenset[str] = frozenset()
        self._turn = -1

    def order(self) -> list[str]:
        """Another one first each time, as DNS would rotate them; those that failed come last."""
        good = [one for one in self.addresses if one not in self._behind]
        self._turn += 1
        start = self._turn % len(good) if good else 0
        return [*good[start:], *good[:start], *(one for one in self.addresses if one not in good)]

    def put_behind(self, addresses: tuple[str, ...], winner: str) -> None:
        """These did not connect, or not in time: others first, until DNS confirms them again."""
        if addresses:
            self._behind = (self._behind | frozenset(addresses)) - {winner}

    def confirm_again(self, question: Question, addresses: tuple[str, ...]) -> None:
        """The same addresses, perhaps in another order."""
        self.question, self.addresses, self._behind = question, addresses, frozenset()


class Pinned(NamedTuple):
    """What is known of an open connection."""

    #: Whose addresses it dialled, which they were, and which one answered.
    name: str
    confirmed: Confirmed
    peer: str


class Lane:
    """Pinned connections of one client. An :class:`Opener` of addresses that were confirmed."""

    def __init__(self, connections: Connections, http_session: Any, name: str) -> None:
        """*name*: whose addresses are dialled; empty where each host's own are."""
        self._connections, self._name = connections, name
        self._confirmed: dict[str, Confirmed] = {}
        #: The session to call ``URLLib3Session.send`` on.
        # Weakly: the session's pools would otherwise hold the lane, which holds the session.
        self.session = seams.direct_twin(http_session, seams.pools_for(weakref.proxy(self)))

    def confirm(self, finding: Finding) -> Confirmed:
        """From now on dial the addresses of *finding*, and those only."""
        name, addresses = finding.question.name, finding.answer.addresses
        known = self._confirmed.get(name)
        if known is not None and set(known.addresses) == set(addresses):
            known.confirm_again(finding.question, addresses)
            return known
        if known is None and len(self._confirmed) >= _CAPACITY:
            self._confirmed.pop(next(iter(self._confirmed)), None)
        confirmed = self._confirmed[name] = Confirmed(finding.question, addresses)
        if known is not None:
            self._close_idle()
        return confirmed

    def give_up(self, name: str) -> None:
        """*name* is no longer known to be private."""
        if self._confirmed.pop(name, None) is not None:
            self._close_idle()

    def _close_idle(self) -> None:
        """Close what is idle and leads where no new connection could."""
        for pool in seams.pools_of(self.session):
            seams.close_idle(pool, unless=self.holds)

    def peer(self, host: str) -> str:
        """Where the last connection for *host* led; empty when there was none."""
        confirmed = self._confirmed.get(self._name or host)
        return confirmed.peer if confirmed else ""

    def holds(self, connection: Any) -> bool:
        """A connection is used again only if a new one could lead to the same address."""
        pinned: Pinned | None = connection.note
        if pinned is None:
            return False  # it was never opened
        confirmed = self._confirmed.get(pinned.name)
        return confirmed is pinned.confirmed or (
            confirmed is not None and pinned.peer in confirmed.addresses
        )

    def open(self, connection: Any, plainly: Callable[[], socket.socket]) -> socket.socket:
        """Dial what was confirmed; once more after the evidence was renewed.

        :raises NewConnectionError: nothing listens there.
        :raises ConnectTimeoutError: in time.
        :raises Unconfirmed: nothing is confirmed any more, or the peer is another one.
        """
        name = self._name or connection.host.rstrip(".").lower()
        confirmed = self._confirmed.get(name)
        if confirmed is None:
            # Given up since the decision was made, or forgotten among thousands of names.
            confirmed = self._learn(Question(name), f"nothing is confirmed of {name} any more")
        try:
            return self._dial(connection, confirmed)
        except OSError as error:
            why = f"nothing answers at {', '.join(confirmed.addresses)}"
            renewed = self._learn(confirmed.question, why, renew=True)
            if set(renewed.addresses) == set(confirmed.addresses):
                raise as_urllib3(connection, error) from error
        try:
            return self._dial(connection, renewed)
        except OSError as error:
            raise as_urllib3(connection, error) from error

    def _dial(self, connection: Any, confirmed: Confirmed) -> socket.socket:
        raced = self._connections.race(connection, confirmed.order())
        confirmed.put_behind(raced.behind, raced.address)
        # Something may stand between connect() and the network, such as a SOCKS library.
        peer = self._connections.peer_of(raced.connection)
        if peer not in self._connections.router.trusted:
            raced.connection.close()
            raise Unconfirmed(
                codes.PRIVATE_PEER,
                f"the connection to {raced.address} leads to {peer}, outside the trusted networks",
            )
        connection.note = Pinned(confirmed.question.name, confirmed, peer)
        confirmed.peer = peer
        return raced.connection

    def _learn(self, question: Question, why: str, *, renew: bool = False) -> Confirmed:
        """Where *question* leads by now: what evidence holds, or what DNS says if asked again.

        :raises Unconfirmed: not to private addresses; *why* that was asked.
        """
        router = self._connections.router
        answer = router.evidence.gather((question,), renew=renew)[question].answer
        verdict = judge(answer, router.trusted, pinned=True)
        finding = Finding(question, verdict, answer)
        if verdict == "private-address":
            return self.confirm(finding)
        self.give_up(question.name)
        said = ", ".join(answer.addresses) or answer.detail or answer.status
        raise Unconfirmed(
            codes.PRIVATE_UNVERIFIED,
            f"{why}, and {question.name} is now {verdict} ({said})",
        )


class Lanes:
    """The lanes of one client, made when the first decision needs them."""

    def __init__(self, connections: Connections, http_session: Any) -> None:
        self._connections = connections
        #: Weakly: the session owns what stands in for its methods, and so this object.
        self._http_session = weakref.ref(http_session)
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
        session = self._http_session()
        # Threads may come here at once: the first one's stays, and putting it twice does no harm.
        self._close.setdefault("close", StandIn(session, "close")).put(self.close)
        return self._lanes.setdefault(name, Lane(self._connections, session, name))

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
            seams.close_twin(lane.session)
