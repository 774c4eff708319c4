"""Connecting to addresses: whichever of several answers first.

Here lives the network behind a parameter: a :class:`Dialler` begins one connection, :func:`racing`
decides which of several wins and when the next one begins. It does not wait: :func:`race` does, in
the caller's thread. Names never come here, only addresses that somebody confirmed.

urllib3 gives each address the whole connect timeout in turn, so that one dead address of three
costs a call a minute. Here all share it: the next address is tried as soon as one fails, or after
250 ms (RFC 8305, "Happy Eyeballs", section 8), and the first connection that is made wins.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from math import inf
from typing import Protocol

import msgspec

__all__ = [
    "HEAD_START",
    "Dialler",
    "Raced",
    "Reach",
    "SystemDialler",
    "UnderWay",
    "any_reachable",
    "connect_tcp",
    "race",
    "racing",
]

#: Seconds that an address has for itself before the next one is tried beside it.
HEAD_START = 0.25
#: Two attempts are never begun closer together than this to catch up with lost time (RFC 8305,
#: section 5: "MUST NOT be less than 10 milliseconds").
_LEAST_GAP = 0.01

SocketOption = tuple[int, int, int]


class Dialler(Protocol):
    """The network, as far as connecting goes; the lab has one of its own."""

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[SocketOption],
    ) -> socket.socket:
        """A non-blocking socket that is connecting to an IP address, or connected already.

        :raises OSError: when that fails at once.
        """

    def peer(self, connection: socket.socket) -> str:
        """IP address of the other end.

        :raises OSError: when there is none.
        """


class SystemDialler:
    """The real network."""

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[SocketOption],
    ) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in socket_options:
                connection.setsockopt(*option)
            connection.setblocking(False)
            if source_address:
                connection.bind(source_address)
            code = connection.connect_ex((address, port))
            if code not in _UNDER_WAY:
                raise OSError(code, os.strerror(code))
        except BaseException:
            connection.close()
            raise
        return connection

    def peer(self, connection: socket.socket) -> str:
        return str(connection.getpeername()[0])


#: For a handful of sockets and one wait: epoll and kqueue would open a descriptor of their own.
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)

#: What ``connect_ex`` says of a connection that is not refused yet; the last one on Windows.
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY})


class Raced(msgspec.Struct, frozen=True):
    """How a race ended."""

    connection: socket.socket
    address: str
    #: Addresses that failed, or were overtaken after they had their head start.
    behind: tuple[str, ...]


class UnderWay(msgspec.Struct, frozen=True):
    """Connections that are being made."""

    connections: tuple[socket.socket, ...]
    #: When something is to be done although none has come about, in seconds of the clock.
    until: float


def racing(
    dialler: Dialler,
    addresses: Sequence[str],
    port: int,
    timeout: float | None = None,
    *,
    source_address: tuple[str, int] | None = None,
    socket_options: Iterable[SocketOption] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Generator[UnderWay, Iterable[socket.socket], Raced]:
    """Connect to one of *addresses*, tried in their order; sent back is who is done by now.

    Turns are due at fixed distances, and a wake-up that comes late does not put off those after it:
    with 20 addresses in 0.8 seconds, that would cost half of them their turn. After a long stall
    what is overdue is begun in quick succession, but not all at once, and only after a look at who
    has connected meanwhile.

    :param timeout: seconds for all of them together; ``None`` waits as long as the system does.
        The socket has it as its timeout afterwards, as ``socket.create_connection`` leaves it.
    :raises TimeoutError: nobody answered in time.
    :raises OSError: the last failure, when all failed before that.
    """
    deadline = inf if timeout is None else clock() + timeout
    head_start = HEAD_START
    if timeout is not None and addresses:
        head_start = min(HEAD_START, timeout / len(addresses))
    # Where the timeout leaves less, everybody's turn counts for more.
    least_gap = min(head_start, _LEAST_GAP)
    socket_options = tuple(socket_options)
    waiting = list(addresses)
    under_way: dict[socket.socket, str] = {}
    behind: list[str] = []
    last: OSError | None = None
    # When the next one is due, and when it may begin at the earliest.
    due = next_at = clock()
    looked = True
    try:
        while waiting or under_way:
            now = clock()
            if now >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "timed out")
            is_due = bool(waiting) and now >= next_at
            if is_due and (looked or not under_way):
                address = waiting.pop(0)
                due += head_start
                next_at = max(due, now + least_gap)
                try:
                    begun = dialler.begin(address, port, source_address, socket_options)
                except OSError as error:
                    behind, last = [*behind, address], error
                    due = next_at = now
                else:
                    under_way[begun] = address
                    looked = False
                continue
            looked = True
            until = min(deadline, next_at) if waiting else deadline
            for connection in (yield UnderWay(tuple(under_way), until)):
                address = under_way.pop(connection)
                code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    connection.settimeout(timeout)
                    return Raced(connection, address, (*behind, *under_way.values()))
                connection.close()
                behind, last = [*behind, address], OSError(code, os.strerror(code))
                due = next_at = clock()
    finally:
        for connection in under_way:
            connection.close()
    raise last or OSError(errno.EADDRNOTAVAIL, "no address to connect to")


def race(
    dialler: Dialler,
    addresses: Sequence[str],
    port: int,
    timeout: float | None = None,
    *,
    source_address: tuple[str, int] | None = None,
    socket_options: Iterable[SocketOption] = (),
    clock: Callable[[], float] = time.monotonic,
    selector: Callable[[], selectors.BaseSelector] = _Selector,
) -> Raced:
    """:func:`racing`, waiting in the caller's thread."""
    steps = racing(
        dialler,
        addresses,
        port,
        timeout,
        source_address=source_address,
        socket_options=socket_options,
        clock=clock,
    )
    with selector() as waiting, closing(steps):
        try:
            under_way = next(steps)
            while True:
                for connection in under_way.connections:
                    if connection not in waiting.get_map():
                        waiting.register(connection, selectors.EVENT_WRITE)
                left = None if under_way.until == inf else max(0.0, under_way.until - clock())
                done: list[socket.socket] = []
                for key, _events in waiting.select(left):
                    assert isinstance(key.fileobj, socket.socket)
                    waiting.unregister(key.fileobj)
                    done.append(key.fileobj)
                under_way = steps.send(done)
        except StopIteration as stop:
            raced: Raced = stop.value
            return raced


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
