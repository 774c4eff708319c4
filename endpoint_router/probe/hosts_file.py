"""The hosts file: which addresses it gives a name, as ``getaddrinfo`` would read it.

One function, without a cache: a look-up happens once per TTL, and the file may change in between.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

from .network_files import HOSTS

__all__ = ["addresses"]


def addresses(name: str, path: str | os.PathLike[str] = HOSTS) -> tuple[str, ...]:
    """Addresses of *name*, IPv4 first; empty where the file is missing or does not know the name.

    A name that stands there at all is not asked of DNS for its other family: that is what glibc
    does, and hence what the application connects to.
    """
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace").lower()
    except OSError:  # Slim containers have none; unreadable, it is skipped by getaddrinfo as well.
        return ()
    if name not in text:
        return ()
    found = [
        address
        for line in text.splitlines()
        for address, *names in [line.partition("#")[0].split() or [""]]
        if name in (known.rstrip(".") for known in names) and _is_address(address)
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda address: ":" in address))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
