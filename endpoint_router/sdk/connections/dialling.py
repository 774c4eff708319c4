"""How a urllib3 connection is dialled: addresses in, a socket or urllib3's own errors out.

Blocks. Which addresses, and whether that is where it may lead, others have decided.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ...probe.dialling import Dialler, Raced, race

__all__ = ["as_urllib3", "dial", "peer_of"]


def dial(dialler: Dialler, connection: Any, addresses: Sequence[str]) -> Raced:
    """Connect to one of *addresses*, as the urllib3 *connection* wants it.

    :raises OSError: when none can be connected to in time.
    """
    timeout = connection.timeout if isinstance(connection.timeout, (int, float)) else None
    raced = race(
        dialler,
        addresses,
        connection.port,
        timeout,
        source_address=connection.source_address,
        socket_options=connection.socket_options or (),
    )
    sys.audit("http.client.connect", connection, connection.host, connection.port)
    return raced


def peer_of(dialler: Dialler, opened: socket.socket) -> str:
    """IP address at the other end of *opened*.

    :raises OSError: it is gone again; *opened* is closed.
    """
    try:
        return dialler.peer(opened)
    except OSError:
        opened.close()
        raise


def as_urllib3(connection: Any, error: OSError) -> NewConnectionError | ConnectTimeoutError:
    """What ``HTTPConnection._new_conn`` raises for *error*."""
    if isinstance(error, socket.timeout):
        why = f"timed out. (connect timeout={connection.timeout})"
        return ConnectTimeoutError(connection, f"Connection to {connection.host} {why}")
    return NewConnectionError(connection, f"Failed to establish a new connection: {error}")
