"""``[[vpc_endpoints]]`` as values: names taken apart, networks and regions read. Pure.

Which hosts they then serve is :mod:`endpoint_router.routing.declared`.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from ..aws.bad_name import BadName
from ..aws.host_names import is_host, is_port, is_suffix
from ..aws.vpce_names import VpceName, parse_vpce
from ..aws.zone import check_region, check_zone
from .bad_value import BadValue, read, read_all
from .model import GatewayEndpoint, InterfaceEndpoint
from .networks import Network, parse_network
from .origins import DEFAULT, Origin
from .paths import Path

_VPCE = 'the DNS name of a VPC endpoint, as "vpce-<id>-<id>.kms.us-east-1.vpce.amazonaws.com"'


class EndpointName(Struct, frozen=True):
    """A DNS name of an endpoint: AWS's own, or any host that its owner has given it."""

    #: In lower case, without the root's dot.
    text: str
    vpce: VpceName | None = None


class DeclaredEndpoint(Struct, frozen=True):
    """An interface endpoint. ``serves`` empty: the standard host that its own name says."""

    #: In ``vpc_endpoints``.
    index: int
    #: One at least.
    names: tuple[EndpointName, ...]
    #: Hosts or ``*.suffix``, in lower case, with ``:port`` where that is not 443.
    serves: tuple[str, ...] = ()
    attested_fips: bool = False
    zone: str = ""
    #: ``connect = "address"``.
    by_address: bool = False
    origin: Origin = DEFAULT


class DeclaredGateway(Struct, frozen=True):
    """A gateway endpoint."""

    #: In ``vpc_endpoints``.
    index: int
    #: ``s3``, ``s3express`` or ``dynamodb``.
    service: str
    region: str
    #: Empty where the policy does not say.
    prefix_list: tuple[Network, ...] = ()
    origin: Origin = DEFAULT


def parse_interface(
    endpoint: InterfaceEndpoint, index: int = 0, origin: Origin = DEFAULT
) -> DeclaredEndpoint:
    """What *endpoint* declares; :raises BadValue: where one of its texts is none of its kind."""
    path: Path = ("vpc_endpoints", index)
    if not endpoint.dns_names:
        raise BadValue((*path, "dns_names"), found="an empty list", expected=_VPCE)
    name = partial(_name, any_host=bool(endpoint.serves))
    return DeclaredEndpoint(
        index,
        read_all((*path, "dns_names"), name, endpoint.dns_names),
        read_all((*path, "serves"), _served, endpoint.serves),
        endpoint.fips is True,
        read((*path, "zone"), check_zone, endpoint.zone) if endpoint.zone else "",
        endpoint.connect == "address",
        origin,
    )


def parse_gateway(
    endpoint: GatewayEndpoint, index: int = 0, origin: Origin = DEFAULT
) -> DeclaredGateway:
    """What *endpoint* declares; :raises BadValue: where one of its texts is none of its kind."""
    path: Path = ("vpc_endpoints", index)
    return DeclaredGateway(
        index,
        endpoint.service,
        read((*path, "region"), check_region, endpoint.region),
        read_all((*path, "prefix_list"), parse_network, endpoint.prefix_list),
        origin,
    )


def _name(text: str, *, any_host: bool) -> EndpointName:
    """:param any_host: the policy says what it serves."""
    if vpce := parse_vpce(text):
        return EndpointName(vpce.name, vpce)
    if not is_host(text):
        raise BadName(text, f"{_VPCE}, or a host with serves given")
    if not any_host:
        raise BadName(text, _VPCE, "Any host may stand here where serves is given.")
    return EndpointName(text.lower())


def _served(text: str) -> str:
    host, colon, port = text.partition(":")
    if not is_suffix(host) or (colon and not is_port(port)):
        raise BadName(text, 'a host, or "*." and a host; with ":port" where it is not 443')
    return text.lower().removesuffix(":443")
