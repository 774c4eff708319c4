"""Where the connections of routed clients lead: the addresses that somebody confirmed.

Where a decision relies on a host being private, its requests go through a :class:`Lane`: a session
whose connections dial the addresses of that very evidence, so that there is no second look-up to be
lied to. SNI, certificate check and Host keep the name. Each lane has pools of its own, because a
connection to a host that one rule wants private must not be one that another rule left open.

Everything else stays on the client's own session. With ``dns.servers`` in the policy (or a network
of the lab's) that one looks its hosts up through the same servers as the probe. Connections through
a proxy are the proxy's business and stay as they are.
"""

from __future__ import annotations

import os
import socket
import sys
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ..probe.answer import Answer, Question
from ..probe.dialling import Raced, SystemDialler, race
from ..probe.networks import judge
from ..router import Router
from ..routing.case import Decision, Finding
from . import seams
from .proxies import Proxies
from .stand_in import StandIn

#: Names of which a client remembers what was confirmed: an S3 client may touch any number.
_CAPACITY = 4096


class Unconfirmed(Exception):
    """Nothing was dialled, or what was dialled is not what was confirmed.

    :ivar code: of the refusal that it becomes.
    :ivar definite: a retry would find the same.
    """

    def __init__(self, code: str, reason: str, *, definite: bool) -> None:
        super().__init__(reason)
        self.code, self.reason, self.definite = code, reason, definite


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

    def put_behind(self, addresses: tuple[str, ...]) -> None:
        """These did not connect, or not in time: others first, until DNS confirms them again."""
        if addresses:
            self._behind = frozenset(addresses)

    def confirm_again(self, question: Question, addresses: tuple[str, ...]) -> None:
        """The same addresses, perhaps in another order."""
        self.question, self.addresses, self._behind = question, addresses, frozenset()


class Opener(Protocol):
    """Opens the connections of a pool."""

    def open(self, connection: Any, plainly: Callable[[], socket.socket]) -> socket.socket:
        """A connected socket for a urllib3 *connection*, whose own way is *plainly*."""

    def holds(self, connection: Any) -> bool:
        """May an idle *connection* be used again?"""


class _HTTPConnection(AWSHTTPConnection):
    #: Of a pinned connection: whose addresses it dialled, which ones, and which one answered.
    pinned_to = ""
    confirmed: Confirmed | None = None
    peer = ""
    #: A socket that a parent process opened is also the parent's, and so is its TLS session.
    process = 0

    def __init__(self, *arguments: Any, opener: Opener, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.opener = opener

    def _new_conn(self) -> socket.socket:
        self.process = os.getpid()
        return self.opener.open(self, super()._new_conn)


class _HTTPSConnection(AWSHTTPSConnection):
    #: Of a pinned connection: whose addresses it dialled, which ones, and which one answered.
    pinned_to = ""
    confirmed: Confirmed | None = None
    peer = ""
    #: A socket that a parent process opened is also the parent's, and so is its TLS session.
    process = 0

    def __init__(self, *arguments: Any, opener: Opener, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.opener = opener

    def _new_conn(self) -> socket.socket:
        self.process = os.getpid()
        return self.opener.open(self, super()._new_conn)


class _HTTPPool(AWSHTTPConnectionPool):
    ConnectionCls = _HTTPConnection

    def _get_conn(self, timeout: float | None = None) -> Any:
        return _checked(super()._get_conn(timeout))


class _HTTPSPool(AWSHTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection

    def _get_conn(self, timeout: float | None = None) -> Any:
        return _checked(super()._get_conn(timeout))


def _checked(connection: Any) -> Any:
    """A closed connection is opened anew when it is used, as urllib3 does with a dropped one."""
    if connection.sock is not None and not (
        connection.process == os.getpid() and connection.opener.holds(connection)
    ):
        connection.close()
    return connection


def pools_for(opener: Opener) -> Mapping[str, Any]:
    """Pool classes by scheme, whose connections *opener* opens."""
    return {"http": partial(_HTTPPool, opener=opener), "https": partial(_HTTPSPool, opener=opener)}


class Connections:
    """What the connections of one policy's clients have in common."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.dialler = router.world.dialler or SystemDialler()
        policy = router.loaded.policy
        #: Look hosts up through the policy's servers, also where nothing is pinned?
        self._own = router.world.dialler is not None or bool(policy.dns.servers)
        self._watched = self._own or bool(policy.log.decisions)
        #: Peers of the connections that are not pinned, by host: for the decision log.
        self.peers: dict[str, str] = {}
        self._proxies = Proxies(None, None, router.world.clock)

    def proxies_of(self, parts: Mapping[str, Any]) -> Proxies:
        """What names the proxies of the client with these constructor arguments.

        One for all, where a client has no configuration of its own.
        """
        configured = parts["client_config"].proxies
        native = seams.proxy_configuration(parts["endpoint"].http_session)
        settings = native.settings if native is not None else None
        if configured is None and not settings:
            return self._proxies
        return Proxies(configured, settings, self.router.world.clock)

    def apply(self, http_session: Any) -> None:
        """Make *http_session* dial through this policy's servers, if the policy has any."""
        if self._watched:
            seams.set_pool_classes(http_session, pools_for(self))

    def unapply(self, http_session: Any) -> None:
        """Undo :meth:`apply`."""
        if self._watched:
            seams.reset_pool_classes(http_session)

    def holds(self, connection: Any) -> bool:
        """Nothing relies on where it leads."""
        return True

    def open(self, connection: Any, plainly: Callable[[], socket.socket]) -> socket.socket:
        """Open a connection that is not pinned.

        :raises NewConnectionError: no address, or nothing listens there.
        :raises ConnectTimeoutError: in time.
        """
        host = connection.host.rstrip(".").lower()
        if self._own:
            question = Question(host)
            answer = self.router.evidence.gather((question,))[question].answer
            if not answer.addresses:
                detail = answer.detail or answer.status
                raise NewConnectionError(connection, f"no address for {host}: {detail}")
            try:
                opened = self.race(connection, answer.addresses).connection
            except OSError as error:
                raise as_urllib3(connection, error) from error
        else:
            opened = plainly()
        if len(self.peers) >= _CAPACITY:
            self.peers.clear()
        self.peers[host] = self.dialler.peer(opened)
        return opened

    def peer(self, host: str) -> str:
        """Where the last unpinned connection to *host* led; empty if that is not known."""
        return self.peers.get(host, "")

    def race(self, connection: Any, addresses: tuple[str, ...] | list[str]) -> Raced:
        """Connect to one of *addresses*, as the urllib3 *connection* wants it.

        :raises OSError: when none can be connected to in time.
        """
        timeout = connection.timeout if isinstance(connection.timeout, (int, float)) else None
        raced = race(
            self.dialler,
            addresses,
            connection.port,
            timeout,
            source_address=connection.source_address,
            socket_options=connection.socket_options or (),
        )
        sys.audit("http.client.connect", connection, connection.host, connection.port)
        return raced


def as_urllib3(connection: Any, error: OSError) -> NewConnectionError | ConnectTimeoutError:
    """What ``HTTPConnection._new_conn`` raises for *error*."""
    if isinstance(error, socket.timeout):
        why = f"timed out. (connect timeout={connection.timeout})"
        return ConnectTimeoutError(connection, f"Connection to {connection.host} {why}")
    return NewConnectionError(connection, f"Failed to establish a new connection: {error}")


class Lane:
    """Pinned connections of one client. An :class:`Opener` of addresses that were confirmed."""

    def __init__(self, connections: Connections, http_session: Any, name: str) -> None:
        """*name*: whose addresses are dialled; empty where each host's own are."""
        self._connections, self._name = connections, name
        self._confirmed: dict[str, Confirmed] = {}
        #: The session to call ``URLLib3Session.send`` on.
        self.session = seams.direct_twin(http_session, pools_for(self))

    def confirm(self, finding: Finding) -> None:
        """From now on dial the addresses of *finding*, and those only."""
        name, addresses = finding.question.name, finding.answer.addresses
        known = self._confirmed.get(name)
        if known is not None and set(known.addresses) == set(addresses):
            known.confirm_again(finding.question, addresses)
            return
        if known is None and len(self._confirmed) >= _CAPACITY:
            self._confirmed.pop(next(iter(self._confirmed)), None)
        self._confirmed[name] = Confirmed(finding.question, addresses)
        if known is not None:
            self._close_idle()

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
        confirmed = self._confirmed.get(connection.pinned_to)
        if confirmed is connection.confirmed:
            return confirmed is not None
        connection.confirmed = confirmed
        return confirmed is not None and connection.peer in confirmed.addresses

    def open(self, connection: Any, plainly: Callable[[], socket.socket]) -> socket.socket:
        """Dial what was confirmed; once more after the evidence was renewed.

        :raises NewConnectionError: nothing listens there.
        :raises ConnectTimeoutError: in time.
        :raises Unconfirmed: nothing is confirmed any more, or the peer is another one.
        """
        name = self._name or connection.host.rstrip(".").lower()
        confirmed = self._confirmed.get(name)
        if confirmed is None:
            raise Unconfirmed(
                "private.unverified",
                f"nothing proves any more that {name} is private",
                definite=False,
            )
        try:
            return self._dial(connection, confirmed)
        except OSError as error:
            renewed = self._renew(confirmed)
            if set(renewed.addresses) == set(confirmed.addresses):
                raise as_urllib3(connection, error) from error
        try:
            return self._dial(connection, renewed)
        except OSError as error:
            raise as_urllib3(connection, error) from error

    def _dial(self, connection: Any, confirmed: Confirmed) -> socket.socket:
        raced = self._connections.race(connection, confirmed.order())
        confirmed.put_behind(raced.behind)
        # Something may stand between connect() and the network, such as a SOCKS library.
        peer = self._connections.dialler.peer(raced.connection)
        if peer not in self._connections.router.trusted:
            raced.connection.close()
            raise Unconfirmed(
                "private.peer",
                f"the connection to {raced.address} leads to {peer}, outside the trusted networks",
                definite=True,
            )
        connection.pinned_to = confirmed.question.name
        connection.confirmed, connection.peer = confirmed, peer
        confirmed.peer = peer
        return raced.connection

    def _renew(self, confirmed: Confirmed) -> Confirmed:
        """Ask DNS again, because nobody answers where it said."""
        router, question = self._connections.router, confirmed.question
        answer: Answer = router.evidence.gather((question,), renew=True)[question].answer
        verdict = judge(answer, router.trusted, pinned=True)
        finding = Finding(question, verdict, answer)
        if verdict == "private-address":
            self.confirm(finding)
            return self._confirmed[question.name]
        self.give_up(question.name)
        said = ", ".join(answer.addresses) or answer.detail or answer.status
        raise Unconfirmed(
            "private.unverified",
            f"nothing answers at {', '.join(confirmed.addresses)}, and {question.name} is now "
            f"{verdict} ({said})",
            definite=False,
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
            if self._lanes and finding.verdict != "private-address":
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
