"""Networks as a policy writes them, in CIDR notation. Pure.

Which addresses count as private is :mod:`endpoint_router.routing.networks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from ..aws.bad_name import BadName

Network = IPv4Network | IPv6Network


def parse_network(text: str) -> Network:
    """The network *text*; :raises BadName: where it is none, or has host bits set.

    ``10.20.0.1/16`` is as likely a single address as a network, and the wider reading must not win
    by accident.
    """
    expected = 'a network in CIDR notation, as "10.0.0.0/8"'
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        whole = ip_network(text, strict=False)
    except ValueError:
        raise BadName(text, expected) from None
    raise BadName(text, f"{expected}, without host bits", f"Did you mean '{whole}'?")


def covers(networks: Iterable[Network], others: Iterable[Network]) -> bool:
    """Does each of *others* lie in one of *networks*? Two that only together hold it do not."""
    known = tuple(networks)
    return all(any(_holds(network, other) for network in known) for other in others)


def _holds(outer: Network, inner: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.network_address in outer
        and inner.prefixlen >= outer.prefixlen
    )
