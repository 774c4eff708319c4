"""How the direct connections of routed clients are dialled.

With ``dns.servers`` in the policy (or a dialling function of the lab's) a connection looks its host
up through the same servers as the probe and dials the address itself; SNI, certificate check and
Host keep the name. Connections through a proxy are the proxy's business and stay as they are.
"""

from __future__ import annotations

import socket
from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ..probe.answer import Question
from ..router import Router, dial
from . import seams


class Connections:
    """The connection classes of one policy, shared by its clients."""

    def __init__(self, router: Router) -> None:
        self._router = router
        world = router.world
        self._own = world.connect is not None or bool(router.loaded.policy.dns.servers)
        self._connect = world.connect or dial
        self._pools = self._make_pools() if self._own else {}

    def apply(self, http_session: Any) -> None:
        """Make *http_session* dial through this policy's servers, if the policy has any."""
        if self._own:
            seams.set_pool_classes(http_session, self._pools)

    def unapply(self, http_session: Any) -> None:
        """Undo :meth:`apply`."""
        if self._own:
            seams.reset_pool_classes(http_session)

    def open(self, connection: Any) -> socket.socket:
        """A connected socket for a urllib3 *connection*, as its ``_new_conn`` would make it.

        :raises NewConnectionError: no address, or nothing listens there.
        :raises ConnectTimeoutError: in time.
        """
        host = connection._dns_host.rstrip(".")
        question = Question(host.lower())
        held = self._router.evidence.gather((question,))[question]
        if not held.answer.addresses:
            detail = held.answer.detail or held.answer.status
            raise NewConnectionError(connection, f"no address for {host}: {detail}")
        timeout = connection.timeout if isinstance(connection.timeout, (int, float)) else None
        last: OSError | None = None
        for address in held.answer.addresses:
            try:
                return self._connect(
                    address,
                    connection.port,
                    timeout,
                    connection.source_address,
                    connection.socket_options or (),
                )
            except OSError as error:
                last = error
        if isinstance(last, socket.timeout):
            raise ConnectTimeoutError(
                connection, f"Connection to {host} timed out. (connect timeout={timeout})"
            ) from last
        raise NewConnectionError(
            connection, f"Failed to establish a new connection: {last}"
        ) from last

    def _make_pools(self) -> dict[str, type]:
        connections = self

        class RoutedHTTPConnection(AWSHTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connections.open(self)

        class RoutedHTTPSConnection(AWSHTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connections.open(self)

        class RoutedHTTPPool(AWSHTTPConnectionPool):
            ConnectionCls = RoutedHTTPConnection

        class RoutedHTTPSPool(AWSHTTPSConnectionPool):
            ConnectionCls = RoutedHTTPSConnection

        return {"http": RoutedHTTPPool, "https": RoutedHTTPSPool}
