"""An address that swallows packets, for a function that runs in a network namespace of its own.

Neither netfilter nor netem is needed: a route leads to ``lo``, where nobody has the address.
"""

from __future__ import annotations

import socket
import struct

from tests.support.namespace import _ask

_RTM_NEWROUTE, _CREATE_EXCLUSIVE = 24, 0x600
_RTA_DST, _RTA_OIF = 1, 4
_TABLE_MAIN, _BY_ADMINISTRATOR, _ON_LINK, _UNICAST = 254, 4, 253, 1


def drop_packets_to(address: str) -> None:
    """Connections to *address* (IPv4, not one of ``lo``'s own) hang from now on.

    :raises OSError: the kernel refuses, as it does outside of a namespace.
    """
    message = struct.pack(
        "=BBBBBBBBI", socket.AF_INET, 32, 0, 0,
        _TABLE_MAIN, _BY_ADMINISTRATOR, _ON_LINK, _UNICAST, 0,
    )  # fmt: skip
    message += struct.pack("=HH", 8, _RTA_DST) + socket.inet_aton(address)
    message += struct.pack("=HHI", 8, _RTA_OIF, socket.if_nametoindex("lo"))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        _ask(netlink, _RTM_NEWROUTE, _CREATE_EXCLUSIVE, message)
