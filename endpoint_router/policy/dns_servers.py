"""A DNS server's address, as a policy writes it and as the resolver uses it. Pure.

One grammar for both: whatever is read here can be asked. A name is looked up by the system, so it
may be what hosts and container networks are called (``dns_1``), in ASCII; what only looks like an
address (``10.0.0.300``, ``127.1``) is none. A bare IPv6 address has no port: ``fd00::1:53`` is an
address. A scope (``fe80::1%eth0``) is an interface's name, which holds no colon.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ..aws.bad_name import BadName
from ..aws.host_names import is_address, is_host, is_port

_SCOPE = r"[A-Za-z0-9_.~-]{1,15}"


class ServerAddress(Struct, frozen=True):
    """Where a DNS server listens."""

    #: A name, or an IP address, with its scope where it has one.
    host: str
    port: int = 53

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_dns_server(text: str) -> ServerAddress:
    """``host``, ``host:port``, an address, or ``[v6]:port``; :raises BadName: for all else."""
    host, colon, port = text, "", ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        good = bool(bracket) and colon in ("", ":") and _is_v6(host)
    elif text.count(":") > 1:
        good = _is_v6(host)
    else:
        host, colon, port = text.partition(":")
        good = is_host(host.removesuffix("."))  # the root's dot keeps the search list out
    if not good or (colon and not is_port(port)):
        raise BadName(text, 'a DNS server: "host", "host:port" or "[v6]:port"')
    return ServerAddress(host, int(port) if colon else 53)


def _is_v6(text: str) -> bool:
    address, percent, scope = text.partition("%")
    return is_address(address, version=6) and (
        not percent or re.fullmatch(_SCOPE, scope) is not None
    )
