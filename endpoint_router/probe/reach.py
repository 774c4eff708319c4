"""Does something listen? One TCP connect, closed at once; no byte is sent.

A VPC endpoint's name resolves to private addresses from everywhere, also where no route leads to
them, so under ``prefer`` an address alone is no reason to leave a public host that works.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .dialling import Dialler, SystemDialler, race

__all__ = ["Reach", "any_reachable", "connect_tcp"]

#: ``(address, port, seconds) -> reachable``
Reach = Callable[[str, int, float], bool]


def connect_tcp(address: str, port: int, timeout: float, dialler: Dialler | None = None) -> bool:
    """Does *address* accept a TCP connection to *port* within *timeout* seconds?"""
    if timeout <= 0:
        return False
    try:
        race(dialler or SystemDialler(), (address,), port, timeout).connection.close()
    except OSError:
        return False
    return True


def any_reachable(
    addresses: Sequence[str],
    port: int,
    timeout: float,
    reach: Reach = connect_tcp,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Is one of *addresses* reachable? All share *timeout* seconds, each gets its part of it."""
    deadline = clock() + timeout
    for index, address in enumerate(addresses):
        share = (deadline - clock()) / (len(addresses) - index)
        if share > 0 and reach(address, port, share):
            return True
    return False
