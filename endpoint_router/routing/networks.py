"""Which addresses are private: the policy's networks, and nothing else.

Pure: no look-up, no clock. ``ipaddress.is_private`` never speaks here: it calls 100.64.0.0/10 and
IPv6 subnets of a VPC public, documentation networks private, and differs between Python versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal

from msgspec import Struct

from ..policy.networks import Network
from .answer import Answer

__all__ = ["Trusted", "Verdict", "judge", "unwrap"]

#: ``private-address`` says what DNS shows; that it is PrivateLink, only CloudTrail can prove.
#: ``gateway-declared`` is a public address whose way leads, as the policy says, through a gateway.
Verdict = Literal["private-address", "gateway-declared", "public", "mixed", "absent", "failed"]

#: RFC 6052 and RFC 8215; the IPv4 address is the last 32 bits, as in every /96.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class Trusted(Struct, frozen=True):
    """The networks that count as private."""

    networks: tuple[Network, ...]

    def __contains__(self, address: str) -> bool:
        """Does *address*, unwrapped, lie in a trusted network? What is no address does not."""
        try:
            parsed = unwrap(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)


def unwrap(address: str) -> IPv4Address | IPv6Address:
    """The IPv4 address inside a mapped, NAT64, 6to4 or Teredo address; any other as it is.

    That is where the packets end up, so that is the address to judge.

    :raises ValueError: not an IP address.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return parsed
    if parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    if parsed.sixtofour is not None:
        return parsed.sixtofour
    if parsed.teredo is not None:
        _server, client = parsed.teredo
        return client
    if any(parsed in network for network in _NAT64):
        return IPv4Address(int(parsed) & 0xFFFF_FFFF)
    return parsed


def judge(answer: Answer, trusted: Trusted, *, pinned: bool = False) -> Verdict:
    """Judge *answer* by the networks of the policy.

    :param pinned: connections dial the addresses of this answer and no others. Without that, an
        answer of which one family is unknown is ``failed``: the connection may use the address
        that nobody saw.
    """
    if answer.status != "answered":
        return answer.status
    if not answer.addresses or (answer.unanswered and not pinned):
        return "failed"
    inside = sum(address in trusted for address in answer.addresses)
    if inside == len(answer.addresses):
        return "private-address"
    return "mixed" if inside else "public"
