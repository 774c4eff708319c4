"""Which name of the lab's DNS does what: names, wildcards (RFC 4592), and what lies between them.

The behaviours are in :mod:`endpoint_router.lab.values`; what comes of one on the wire is
:mod:`endpoint_router.lab.dns_reply`. No packet and no socket here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from endpoint_router.lab.values import Absent, Addresses, Alias, Behaviour, Empty

NO_SUCH_TLD = Absent(apex=".")


class HostedZone:
    """Names and their behaviours. Safe to change while a server answers from it.

    A name is case-insensitive, without a trailing dot. ``*.example`` stands for everything below
    ``example`` that is not closer to a name of the zone (RFC 4592).

    :param names: name to behaviour.
    :param unknown: what any other name gets; NXDOMAIN from the root unless told.
    """

    def __init__(
        self,
        names: Mapping[str, Behaviour] | None = None,
        *,
        unknown: Behaviour = NO_SUCH_TLD,
    ) -> None:
        self._names = {plain(name): behaviour for name, behaviour in (names or {}).items()}
        self._unknown = unknown
        self._lock = threading.Lock()

    def set(self, name: str, behaviour: Behaviour) -> None:
        """From the next question on, *name* behaves like this."""
        with self._lock:
            self._names[plain(name)] = behaviour

    def remove(self, name: str) -> None:
        """Forget *name*; no error if it is not there."""
        with self._lock:
            self._names.pop(plain(name), None)

    def find(self, name: str) -> Behaviour:
        """What *name* does: its own behaviour, a wildcard's, NODATA above a name, or unknown."""
        name = plain(name)
        with self._lock:
            if name in self._names:
                return self._names[name]
            if self._has_below(name):
                return Empty()
            while name:
                name = name.partition(".")[2]
                if f"*.{name}" in self._names:
                    return self._names[f"*.{name}"]
                if name in self._names or self._has_below(name):
                    break
            return self._unknown

    def addresses(self, name: str) -> tuple[str, ...]:
        """Addresses of *name* at the end of its aliases, or none: a look-up without a server."""
        seen = set()
        while name not in seen:
            seen.add(name)
            behaviour = self.find(name)
            if isinstance(behaviour, Addresses):
                return behaviour.addresses
            if isinstance(behaviour, Alias):
                name = plain(behaviour.target)
        return ()

    def _has_below(self, name: str) -> bool:
        return bool(name) and any(other.endswith(f".{name}") for other in self._names)


def plain(name: str) -> str:
    """*name* as a zone keeps it: in lower case, without a trailing dot."""
    return name.lower().rstrip(".")
