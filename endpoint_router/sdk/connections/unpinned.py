"""Connections that nothing relies on: opened as the policy's DNS says, their peers remembered.

With ``dns.servers`` in the policy (or a network of the lab's) hosts are looked up through the same
servers as the probe; else botocore's own connections are left alone. Where a decision relies on a
private address, requests go through :mod:`.pinning` instead.
"""

from __future__ import annotations

import socket
from typing import Any

from urllib3.exceptions import NewConnectionError

from ...probe.dialling import Dialler
from ...probe.evidence import Evidence
from ...recent import Recent
from ...routing.answer import Question
from .dialling import as_urllib3, dial, peer_of
from .turns import TurnsOfHosts

__all__ = ["Peers", "Unpinned"]

#: Hosts of which the last peer is remembered.
_CAPACITY = 4096


class Peers:
    """Where the last connection to each host led: for the decision log."""

    def __init__(self) -> None:
        self._known: Recent[str, str] = Recent(_CAPACITY)

    def remember(self, host: str, peer: str) -> None:
        """The last connection to *host* led to *peer*."""
        self._known.keep(host, peer)

    def of(self, host: str) -> str:
        """IP address; empty if it is not known."""
        return self._known.recall(host) or ""


class Unpinned:
    """A :class:`.seams_urllib3.Opener` of connections that are not pinned.

    :param evidence: where hosts are looked up.
    """

    def __init__(self, dialler: Dialler, evidence: Evidence, peers: Peers) -> None:
        self._dialler, self._evidence, self._peers = dialler, evidence, peers
        self._turns = TurnsOfHosts()

    def holds(self, connection: Any) -> bool:
        """Nothing relies on where it leads."""
        return True

    def open(self, connection: Any) -> socket.socket:
        """Open a connection that is not pinned.

        :raises NewConnectionError: no address, or nothing listens there.
        :raises ConnectTimeoutError: in time.
        """
        host = connection.host.rstrip(".").lower()
        opened = self._dial(connection, host)
        self._peers.remember(host, peer_of(self._dialler, opened))
        return opened

    def broke_off(self, connection: Any) -> None:
        """TLS did not come about: other addresses first."""
        turns, address = connection.note
        turns.put_behind((address,))

    def _dial(self, connection: Any, host: str) -> socket.socket:
        question = Question(host)
        answer = self._evidence.gather((question,))[question].answer
        if not answer.addresses:
            detail = answer.detail or answer.status
            raise NewConnectionError(connection, f"no address for {host}: {detail}")
        turns = self._turns.of(host, answer)
        try:
            raced = dial(self._dialler, connection, turns.order())
        except OSError as error:
            raise as_urllib3(connection, error) from error
        turns.put_behind(raced.behind, raced.address)
        connection.note = turns, raced.address
        return raced.connection
