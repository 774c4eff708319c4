"""An address that swallows packets, for a function that runs in a network namespace of its own.

Neither netfilter nor netem is needed: a route leads to ``lo``, where nobody has the address.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

from tests.support.namespace import _ask

_RTM_NEWROUTE, _CREATE, _REPLACE = 24, 0x400, 0x100
_RTA_DST, _RTA_OIF, _RTA_PREFSRC = 1, 4, 7
#: Table, protocol, scope and type of a route: as an administrator adds it, and as the kernel does.
_ON_LINK, _LOCAL = (254, 4, 253, 1), (255, 2, 254, 2)


def drop_packets_to(dead: str, *, beside: Iterable[str], source: str) -> None:
    """Connections to *dead*, an IPv4 address that ``lo`` has not, hang from now on.

    :param beside: addresses of ``lo`` that names have as well. All get one *source*, as they have
        on a real machine: ``getaddrinfo`` sorts by it (RFC 6724, rule 9), and would put a stranger
        last.
    :raises OSError: the kernel refuses, as it does outside of a namespace.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        _ask(netlink, _RTM_NEWROUTE, _CREATE, _route(_ON_LINK, dead, source))
        for address in beside:
            _ask(netlink, _RTM_NEWROUTE, _CREATE | _REPLACE, _route(_LOCAL, address, source))


def _route(kind: tuple[int, int, int, int], there: str, source: str) -> bytes:
    """The kernel's ``struct rtmsg`` with its attributes."""
    message = struct.pack("=BBBBBBBBI", socket.AF_INET, 32, 0, 0, *kind, 0)
    for attribute, address in ((_RTA_DST, there), (_RTA_PREFSRC, source)):
        message += struct.pack("=HH4s", 8, attribute, socket.inet_aton(address))
    return message + struct.pack("=HHI", 8, _RTA_OIF, socket.if_nametoindex("lo"))
