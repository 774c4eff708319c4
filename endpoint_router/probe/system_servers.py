"""Whom the system asks for names: ``resolv.conf``, read as glibc reads it.

What glibc passes over (a bad line, a byte that is no ASCII) is passed over here, and where it falls
back on 127.0.0.1, so does this: the application that is routed reads the same file. Nothing is
cached, since a VPN or a DHCP lease rewrites the file while the process runs, and it is small.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from ipaddress import IPv6Address

from msgspec import Struct

from ..policy.dns_servers import ServerAddress
from .network_files import RESOLV_CONF

__all__ = ["Servers", "parse", "system_servers"]

#: glibc's MAXNS, RES_MAXRETRANS and RES_MAXRETRY.
_MOST_SERVERS, _LONGEST_PAUSE, _MOST_ATTEMPTS = 3, 30, 5


class Servers(Struct, frozen=True):
    """DNS servers, in the order to ask them, and how."""

    addresses: tuple[ServerAddress, ...]
    #: Seconds at most until the next transmission (``timeout``).
    pause: float = 5.0
    #: How often each server is asked at most, where there is time (``attempts``).
    attempts: int = 2
    #: Begin with another one each time (``rotate``).
    rotate: bool = False
    #: Never by UDP (``use-vc``).
    over_tcp: bool = False


def system_servers(
    path: str | os.PathLike[str] = RESOLV_CONF, environ: Mapping[str, str] = os.environ
) -> Servers:
    """The system's resolvers: of the file at *path*, or of the registry on Windows.

    :param environ: ``RES_OPTIONS`` there overrides the file's options.
    """
    if os.name == "nt":
        return _of_registry()
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:  # glibc goes on without as well
        content = b""
    return parse(content, environ.get("RES_OPTIONS", ""))


def parse(content: bytes, more_options: str = "") -> Servers:
    """What a ``resolv.conf`` says; *more_options* come after its own.

    >>> parse(b"nameserver 10.0.0.2").addresses
    (ServerAddress(host='10.0.0.2', port=53),)
    """
    addresses: list[str] = []
    options: list[str] = []
    # Each byte a character: glibc knows of no encoding.
    for line in content.decode("latin-1").split("\n"):
        keyword, blank, rest = re.match(r"(\w*)([ \t]*)(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
        if not blank:
            continue
        if keyword == "nameserver":
            address = _address(re.split("[ \t]", rest)[0])
            if address and len(addresses) < _MOST_SERVERS:
                addresses.append(address)
        elif keyword == "options":
            options += re.split("[ \t]+", rest)
    options += re.split("[ \t]+", more_options)
    return Servers(
        tuple(ServerAddress(address) for address in addresses or ["127.0.0.1"]),
        pause=max(1, min(_last(options, "timeout:", 5), _LONGEST_PAUSE)),
        attempts=max(1, min(_last(options, "attempts:", 2), _MOST_ATTEMPTS)),
        rotate=any(option.startswith("rotate") for option in options),
        over_tcp=any(option.startswith("use-vc") for option in options),
    )


def _address(text: str) -> str:
    """*text* as an IP address that anyone can read; empty where it is none."""
    if not text.isascii() or text.split() != [text]:
        return ""
    try:
        return socket.inet_ntoa(socket.inet_aton(text))  # 127.1 and 0x7f.1 are addresses, too
    except (OSError, ValueError):
        address, _, scope = text.partition("%")
    try:
        link_local = IPv6Address(address).is_link_local
    except ValueError:
        return ""
    # Elsewhere an interface's name means nothing, and is passed over.
    return text if scope and link_local else address


def _last(options: list[str], name: str, default: int) -> int:
    """The number that the last option of this *name* has, as ``atoi`` would read it."""
    for option in reversed(options):
        if option.startswith(name):
            digits = re.match(r"[+-]?\d+", option[len(name) :])
            return int(digits[0]) if digits else 0
    return default


def _of_registry() -> Servers:
    import dns.exception  # 25 ms, and not needed elsewhere
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver()
    except dns.exception.DNSException:
        return Servers(())
    return Servers(tuple(ServerAddress(str(each), resolver.port) for each in resolver.nameservers))
