"""The network of a block of tests: none. What nobody answers fails at once, and says so."""

from __future__ import annotations

import socket
from collections.abc import Iterable

__all__ = ["NothingAnswered", "Offline"]


class NothingAnswered(AssertionError):
    """A request was about to leave the process: neither a mock nor a stub has answered it."""


class Offline:
    """A :class:`~endpoint_router.probe.dialling.Dialler` that dials nothing."""

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[tuple[int, int, int]],
    ) -> socket.socket:
        """:raises NothingAnswered: always."""
        raise NothingAnswered(f"nothing is dialled here, and not {address} port {port}")

    def peer(self, connection: socket.socket) -> str:
        """:raises OSError: there is no other end."""
        raise OSError("nothing was dialled")


def about(service: str, operation: str, url: str) -> NothingAnswered:
    """What to raise for a request that would have left for *url*."""
    return NothingAnswered(
        f"{service}.{operation} would have been sent to {url}, and nothing answered it. Answer it "
        "in the test (moto, botocore's Stubber, a cassette), or let the block have a network: "
        "policy_in_force(..., offline=False)."
    )
