"""Which addresses are private: the policy's networks, and nothing else.

Pure: no look-up, no clock. ``ipaddress.is_private`` never speaks here: it calls 100.64.0.0/10 and
IPv6 subnets of a VPC public, documentation networks private, and differs between Python versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ..policy.networks import Network
from .answer import Answer

__all__ = ["Translated", "Trusted", "Verdict", "judge", "translated", "without_images"]

#: ``private-address`` says what DNS shows; that it is PrivateLink, only CloudTrail can prove.
#: ``gateway-declared`` is a public address whose way leads, as the policy says, through a gateway.
Verdict = Literal["private-address", "gateway-declared", "public", "mixed", "absent", "failed"]

_6TO4, _TEREDO = IPv6Network("2002::/16"), IPv6Network("2001::/32")
#: RFC 6052 and RFC 8215; the IPv4 address is the last 32 bits, as in every /96.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class Trusted(Struct, frozen=True):
    """The networks that count as private."""

    networks: tuple[Network, ...]

    def __contains__(self, address: str) -> bool:
        """Does *address* lie in a trusted network? What is no address does not.

        Of a translated one both halves must: the kernel routes the outer address, to whoever
        translates, and the packets end up at the inner one.
        """
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address):
            if parsed.ipv4_mapped is not None:  # the same address: sockets dial the IPv4 one
                return self._has(parsed.ipv4_mapped)
            inside = translated(parsed)
            if inside and not self._has(inside.inner):
                return False
        return self._has(parsed)

    def _has(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks)


class Translated(Struct, frozen=True):
    """What is inside an IPv6 address that somebody on the way translates or unpacks."""

    #: ``NAT64``, ``6to4`` or ``Teredo``.
    kind: str
    #: The addresses that lead to the translator.
    outer: IPv6Network
    #: Where the packets end up.
    inner: IPv4Address


def translated(address: IPv6Address) -> Translated | None:
    """The IPv4 address inside a NAT64, 6to4 or Teredo *address*; ``None`` for any other."""
    if address.sixtofour is not None:
        return Translated("6to4", _6TO4, address.sixtofour)
    if address.teredo is not None:
        _server, client = address.teredo
        return Translated("Teredo", _TEREDO, client)
    for network in _NAT64:
        if address in network:
            return Translated("NAT64", network, IPv4Address(int(address) & 0xFFFF_FFFF))
    return None


def without_images(answer: Answer, trusted: Trusted) -> Answer:
    """*answer* without what a DNS64 made of its own IPv4 addresses: for who dials only the rest.

    Nothing is proven by an image that is not trusted itself, since the kernel would route it to the
    translator; but whoever never dials it may rely on the IPv4 addresses, where all are trusted.
    Any /96 may be the prefix (RFC 6052, section 2.2): that of a network has no mark.
    """
    inside = tuple(address for address in answer.addresses if address in trusted)
    images = tuple(address for address in answer.addresses if address not in trusted)
    if not images or not all(_original(image) in inside for image in images):
        return answer
    left_out = f"{', '.join(images)} left out: made by DNS64, never dialled"
    detail = f"{answer.detail}; {left_out}" if answer.detail else left_out
    return replace(answer, addresses=inside, detail=detail)


def _original(image: str) -> str:
    """The IPv4 address in the last 32 bits of an IPv6 one; empty for any other."""
    try:
        parsed = ip_address(image)
    except ValueError:
        return ""
    is_ipv6 = isinstance(parsed, IPv6Address)
    return str(IPv4Address(int(parsed) & 0xFFFF_FFFF)) if is_ipv6 else ""


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
