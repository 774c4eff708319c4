"""The embedded lab: a DNS server and HTTPS endpoints on loopback, for ``demo`` and for tests.

Here are the names of its values. :class:`~endpoint_router.lab.network.Lab` ties everything
together. Nothing outside the lab, the demo and the tests ever imports any of it.
"""

from __future__ import annotations

from endpoint_router.lab.values import (
    LOOPBACK,
    Absent,
    Address,
    Addresses,
    Alias,
    Application,
    Behaviour,
    ByType,
    Delayed,
    Empty,
    Fault,
    Garbage,
    Rcode,
    Reply,
    Request,
    Seen,
    Silent,
    TcpHang,
    Truncated,
    WrongId,
    WrongQuestion,
)

__all__ = [
    "LOOPBACK",
    "Absent",
    "Address",
    "Addresses",
    "Alias",
    "Application",
    "Behaviour",
    "ByType",
    "Delayed",
    "Empty",
    "Fault",
    "Garbage",
    "Rcode",
    "Reply",
    "Request",
    "Seen",
    "Silent",
    "TcpHang",
    "Truncated",
    "WrongId",
    "WrongQuestion",
]
