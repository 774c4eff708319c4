"""Connections that nothing relies on: opened as the policy's DNS says, their peers remembered.

With ``dns.servers`` in the policy (or a network of the lab's) hosts are looked up through the same
servers as the probe, else as urllib3 does. Where a decision relies on a private address, requests
go through :mod:`.pinning` instead.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from urllib3.exceptions import NewConnectionError

from ...probe.dialling import Dialler
from ...probe.evidence import Evidence
from ...routing.answer import Question
from .dialling import as_urllib3, dial, peer_of
from .turns import TurnsOfHosts

__all__ = ["Peers", "Unpinned"]

#: Hosts of which the last peer is remembered.
_CAPACITY = 4096


class Peers:
    """Where the last connection to each host led: for the decision log."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def remember(self, host: str, peer: str) -> None:
        """The last connection to *host* led to *peer*."""
        if len(self._known) >= _CAPACITY:
            self._known.clear()
        self._known[host] = peer

    def of(self, host: str) -> str:
        """IP address; empty if it is not known."""
        return self._known.get(host, "")


class Unpinned:
    """A :class:`.seams.Opener` of connections that are not pinned.

    :param evidence: where hosts are looked up; ``None``: by urllib3's own connections.
    """

    def __init__(self, dialler: Dialler, evidence: Evidence | None, peers: Peers) -> None:
        self._dialler, self._evidence, self._peers = dialler, evidence, peers
        self._turns = TurnsOfHosts()

    def holds(self, connection: Any) -> bool:
        """Nothing relies on where it leads."""
        return True

    def open(self, connection: Any, plainly: Callable[[], socket.socket]) -> socket.socket:
        """Open a connection that is not pinned.

        :raises NewConnectionError: no address, or nothing listens there.
        :raises ConnectTimeoutError: in time.
        """
        host = connection.host.rstrip(".").lower()
        opened = plainly() if self._evidence is None else self._dial(connection, host)
        self._peers.remember(host, peer_of(self._dialler, opened))
        return opened

    def broke_off(self, connection: Any) -> None:
        """TLS did not come about: other addresses first, where it is known which they are."""
        if connection.note:
            turns, address = connection.note
            turns.put_behind((address,))

    def _dial(self, connection: Any, host: str) -> socket.socket:
        assert self._evidence is not None
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
