"""What the texts of a policy stand for: networks, servers, names and globs as values. Pure.

Every text becomes a value here. Whoever holds a :class:`Parsed` need not check or read any again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from ..aws.zone import UNKNOWN, Zone, stated
from .bad_value import BadValue, read, read_all
from .custom_endpoints import CustomHost, parse_custom_url
from .declared_endpoints import DeclaredEndpoint, DeclaredGateway, parse_gateway, parse_interface
from .dns_servers import ServerAddress, parse_dns_server
from .globs import Globs, Selectors, parse_glob
from .model import CustomEndpoint, InterfaceEndpoint, Policy, Rule
from .networks import Network, parse_network
from .origins import DEFAULT, Origin
from .paths import Path


class Parsed(Struct, frozen=True):
    """The values of one policy."""

    #: Which calls each of ``rules`` is about.
    selectors: tuple[Selectors, ...] = ()
    #: ``vpc_endpoints`` of each type.
    interfaces: tuple[DeclaredEndpoint, ...] = ()
    gateways: tuple[DeclaredGateway, ...] = ()
    custom_endpoints: tuple[CustomHost, ...] = ()
    #: ``network.private``: the networks that count as private.
    networks: tuple[Network, ...] = ()
    #: ``network.zone``, where it is stated.
    zone: Zone = UNKNOWN
    dns_servers: tuple[ServerAddress, ...] = ()


def parse(policy: Policy, origin: Callable[[Path], Origin] = lambda _path: DEFAULT) -> Parsed:
    """The values of *policy*.

    :param origin: where the value at a path was written.
    :raises BadValue: where a text is none of its kind.
    """
    read_all(("defaults", "allowed_regions"), parse_glob, policy.defaults.allowed_regions)
    interfaces: list[DeclaredEndpoint] = []
    gateways: list[DeclaredGateway] = []
    for index, endpoint in enumerate(policy.vpc_endpoints):
        written = origin(("vpc_endpoints", index))
        if isinstance(endpoint, InterfaceEndpoint):
            interfaces.append(parse_interface(endpoint, index, written))
        else:
            gateways.append(parse_gateway(endpoint, index, written))
    return Parsed(
        tuple(_selectors(rule, index) for index, rule in enumerate(policy.rules)),
        tuple(interfaces),
        tuple(gateways),
        tuple(
            _custom(endpoint, index, origin(("custom_endpoints", index)))
            for index, endpoint in enumerate(policy.custom_endpoints)
        ),
        _networks(policy.network.private),
        read(("network", "zone"), stated, policy.network.zone),
        read_all(("dns", "servers"), parse_dns_server, policy.dns.servers),
    )


@lru_cache(maxsize=16)  # the same in each layer that does not write them
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return read_all(("network", "private"), parse_network, texts)


def _selectors(rule: Rule, index: int) -> Selectors:
    def globs(key: str, texts: tuple[str, ...]) -> Globs:
        return Globs(read_all(("rules", index, key), parse_glob, texts))

    globs("allowed_regions", rule.own("allowed_regions") or ())
    return Selectors(
        globs("services", rule.services),
        globs("operations", rule.operations),
        globs("regions", rule.regions),
        globs("partitions", rule.partitions),
    )


def _custom(endpoint: CustomEndpoint, index: int, origin: Origin) -> CustomHost:
    path: Path = ("custom_endpoints", index)
    url = read((*path, "url"), parse_custom_url, endpoint.url)
    services = Globs(read_all((*path, "services"), parse_glob, endpoint.services))
    if not services.texts:
        expected = "at least one boto3 client name or glob"
        raise BadValue((*path, "services"), found="an empty list", expected=expected)
    return CustomHost(index, url, services, endpoint.fips, endpoint.private, origin)
