"""Gateway endpoints: routes change, while names and addresses stay public. Pure.

Nothing that a client can see proves that one is in the way, so a call through it is
``gateway-declared``: what the policy says, checked as far as DNS shows it, and never private.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ..aws.dns_suffixes import AWS_SUFFIXES
from ..policy.declared_endpoints import DeclaredGateway
from .networks import Trusted

#: What stands before the region in the hosts that a gateway carries. The control planes of S3 and
#: DynamoDB Streams are not among them (VPC guide, "Gateway endpoints").
_HOSTS = {
    "s3": r"(?:.+\.)?s3(?:-accesspoint)?(?:-fips)?(?:\.dualstack)?",
    "s3express": r"(?:.+\.)?s3express-[a-z0-9-]+(?:\.dualstack)?",
    "dynamodb": r"(?:\d{12}\.ddb|dynamodb(?:-fips)?)",
}
_SUFFIX = "|".join(re.escape(suffix) for suffix in AWS_SUFFIXES)


class Gateway(Struct, frozen=True):
    """A gateway endpoint that the policy declares."""

    #: Index in ``vpc_endpoints``.
    index: int
    #: ``s3``, ``s3express`` or ``dynamodb``.
    service: str
    region: str
    #: Where the addresses must lie; ``None`` where the policy does not say.
    prefix_list: Trusted | None = None

    @classmethod
    def of(cls, declared: DeclaredGateway) -> Gateway:
        """The gateway as it is asked about calls."""
        trusted = Trusted(declared.prefix_list) if declared.prefix_list else None
        return cls(declared.index, declared.service, declared.region, trusted)

    def serves(self, host: str) -> bool:
        """Would requests to *host* take its route? Only those to its own region do."""
        pattern = rf"{_HOSTS[self.service]}\.{re.escape(self.region)}\.(?:{_SUFFIX})"
        return re.fullmatch(pattern, host) is not None

    def holds(self, addresses: tuple[str, ...]) -> bool:
        """Do all *addresses* lie in the prefix list, as far as one is given?"""
        known = self.prefix_list
        return known is None or all(address in known for address in addresses)

    def __str__(self) -> str:
        return f"vpc_endpoints[{self.index}]"
