"""DNS as a test says: names to addresses, or to the ways in which a look-up fails.

No packet is sent and nobody waits, not even for what is called ``timeout``. For real packets there
is :mod:`endpoint_router.lab.dns`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ..policy.globs import Globs, parse_glob
from ..routing.answer import Answer

__all__ = ["FakeDns"]

#: What a name may do besides having addresses.
_WORDS: dict[str, dict[str, Any]] = {
    "NXDOMAIN": {"status": "absent", "detail": "NXDOMAIN"},
    "NODATA": {"status": "absent", "detail": "NODATA"},
    "SERVFAIL": {"status": "failed", "detail": "SERVFAIL"},
    "REFUSED": {"status": "failed", "detail": "REFUSED"},
    "timeout": {"status": "failed", "detail": "timeout"},
}
#: Of what nothing is said: AWS's own hosts, and names that only VPC endpoints have.
_PUBLIC, _PRIVATE = "52.94.0.10", "10.0.0.10"


class FakeDns:
    """Answers look-ups in a block of :func:`~endpoint_router.testing.policy_in_force`.

    :param names: host, or glob of hosts, to an IP address, several, or one of ``NXDOMAIN``,
        ``NODATA``, ``SERVFAIL``, ``REFUSED`` and ``timeout``. A host speaks before globs, and of
        those the first that matches.
    :param otherwise: the same for every other name. Unless told, all is well: names of VPC
        endpoints (``*.vpce.*``) have an address in the policy's private networks, others a public
        one.
    :param ttl: of all answers, seconds.
    :raises ValueError: what a name is to answer is neither an address nor one of these words.
    """

    def __init__(
        self,
        names: Mapping[str, str | Sequence[str]] | None = None,
        *,
        otherwise: str | Sequence[str] | None = None,
        ttl: float = 60.0,
    ) -> None:
        self._ttl = ttl
        self._answers: dict[str, Answer] = {}
        self._otherwise = None if otherwise is None else self._answer("otherwise", otherwise)
        self._private = self._answer("private", _PRIVATE)
        self._public = self._answer("public", _PUBLIC)
        self._questions: list[str] = []
        for name, says in (names or {}).items():
            self.set(name, says)

    def set(self, name: str, says: str | Sequence[str]) -> None:
        """From the next look-up on, *name* (or glob) answers this."""
        self._answers[parse_glob(name.rstrip("."))] = self._answer(name, says)

    @property
    def questions(self) -> tuple[str, ...]:
        """The names that were looked up, in order; again where the answer's TTL was over."""
        return tuple(self._questions)

    def look_up(self, name: str, timeout: float) -> Answer:
        """What DNS says of *name*; *timeout* seconds are never waited for."""
        self._questions.append(name)
        return replace(self._says(name), name=name)

    def _says(self, name: str) -> Answer:
        if name in self._answers:
            return self._answers[name]
        for glob, answer in list(self._answers.items()):
            if Globs((glob,)).match(name):
                return answer
        if self._otherwise is not None:
            return self._otherwise
        return self._private if ".vpce." in name else self._public

    def in_networks(self, private: str) -> None:
        """From the next look-up on, unnamed VPC endpoints are at *private*, an IP address."""
        self._private = self._answer("private", private)

    def _answer(self, name: str, says: str | Sequence[str]) -> Answer:
        if isinstance(says, str) and says in _WORDS:
            return Answer(name, ttl=self._ttl, server="fake", **_WORDS[says])
        addresses = (says,) if isinstance(says, str) else tuple(says)
        for address in addresses:
            try:
                ipaddress.ip_address(address)
            except ValueError:
                raise ValueError(
                    f"{name}: {address!r} is neither an IP address nor one of {', '.join(_WORDS)}"
                ) from None
        if not addresses:
            raise ValueError(f"{name}: no address; of a name without any, say NODATA")
        # A first, then AAAA, as a resolver tells them.
        ordered = tuple(sorted(addresses, key=lambda address: ":" in address))
        return Answer(name, "answered", ordered, ttl=self._ttl, server="fake")
