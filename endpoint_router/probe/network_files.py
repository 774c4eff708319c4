"""The files that say how names are looked up here, and whether they have changed.

A VPN that comes up, a DHCP lease, an entry in the hosts file: what was learnt before may be wrong
from then on. Nothing here reads them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["HOSTS", "RESOLV_CONF", "fingerprint"]

HOSTS = "/etc/hosts" if os.name != "nt" else r"C:\Windows\System32\drivers\etc\hosts"
RESOLV_CONF = "/etc/resolv.conf"


def fingerprint(
    paths: Sequence[str | os.PathLike[str]] = (RESOLV_CONF, HOSTS),
) -> tuple[object, ...]:
    """Another one whenever a file is another one, or was written to: what glibc goes by, too."""
    return tuple(map(_state, paths))


def _state(path: str | os.PathLike[str]) -> tuple[int, ...]:
    try:
        seen = os.stat(path)
    except OSError:
        return ()
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
