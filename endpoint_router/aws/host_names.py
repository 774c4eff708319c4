"""Whether a text can be a host, an address or a port at all. Pure.

What a host of AWS's *means* is :mod:`endpoint_router.aws.hosts`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache


@cache
def _host() -> re.Pattern[str]:
    label = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
    return re.compile(rf"{label}(\.{label})*", re.I | re.A)


def is_host(text: str) -> bool:
    """Whether *text* is a host name or an IPv4 address, without wildcard or port."""
    if len(text) > 253 or not _host().fullmatch(text):
        return False
    # A last label that is a number makes it an address (WHATWG URL, "ends in a number").
    last = text.rpartition(".")[2].lower()
    is_number = last.isdigit() or re.fullmatch("0x[0-9a-f]*", last) is not None
    return not is_number or is_address(text)


def is_suffix(text: str) -> bool:
    """A host, or ``*.suffix``."""
    return is_host(text.removeprefix("*."))


def is_host_glob(text: str) -> bool:
    """A host whose labels may hold ``*``, except for the last: ``*`` alone would be any host."""
    return is_host(text.replace("*", "x")) and "*" not in text.rpartition(".")[2]


def is_address(text: str, version: int | None = None) -> bool:
    """Whether *text* is an IP address, of the given *version* (4 or 6) where there is one."""
    try:
        return version in (None, ipaddress.ip_address(text).version)
    except ValueError:
        return False


def is_port(text: str) -> bool:
    """Whether *text* is the number of a TCP or UDP port, in ASCII digits."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536
