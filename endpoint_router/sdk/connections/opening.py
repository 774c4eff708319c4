"""What the connections of one policy's clients have in common, and those that nothing relies on.

With ``dns.servers`` in the policy (or a network of the lab's) a client's own session looks its
hosts up through the same servers as the probe. Where a decision relies on a private address,
requests go through :mod:`.pinning` instead. Connections through a proxy are the proxy's business.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ...probe.dialling import Raced, SystemDialler, race
from ...router import Router
from ...routing.answer import Question
from .. import seams
from .proxies import Proxies

#: Hosts of which the last peer is remembered.
_CAPACITY = 4096


class Connections:
    """A :class:`.seams.Opener` of connections that are not pinned."""

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
            self._proxies.look_if_due(native, parts["endpoint"].host)
            return self._proxies
        return Proxies(configured, settings, self.router.world.clock)

    def apply(self, http_session: Any) -> None:
        """Make *http_session* dial through this policy's servers, if the policy has any."""
        if self._watched:
            seams.set_pool_classes(http_session, seams.pools_for(self))

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
        self.peers[host] = self.peer_of(opened)
        return opened

    def peer_of(self, opened: socket.socket) -> str:
        """IP address at the other end of *opened*.

        :raises OSError: it is gone again; *opened* is closed.
        """
        try:
            return self.dialler.peer(opened)
        except OSError:
            opened.close()
            raise

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
