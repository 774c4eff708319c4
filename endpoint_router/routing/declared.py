"""The table from standard hosts to the VPC endpoints that serve them. Pure.

What a private hosted zone does for a network, done in the client. Which of several endpoints a call
then uses is :mod:`.candidates` and :mod:`.judging`.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from ..aws import s3_endpoint_names
from ..aws.hosts import is_aws
from ..aws.vpce_names import VpceName, parse_vpce
from ..aws.zone import UNKNOWN, Zone
from ..policy.declared_endpoints import DeclaredEndpoint, EndpointName
from .gateways import Gateway

__all__ = ["DeclaredEndpoint", "HostTable", "Serving"]


class Serving(Struct, frozen=True):
    """One declared endpoint that serves a host."""

    #: Index in ``vpc_endpoints``.
    index: int
    #: Host to request instead; the standard host itself where only the connection moves.
    target: str
    #: The endpoint's DNS name: it is looked up, and its addresses are dialled.
    dials: str
    #: Does the PrivateLink label carry FIPS?
    named_fips: bool
    #: Does the policy attest FIPS?
    attested_fips: bool
    #: Availability zone of a zonal name, by name or id; empty for a regional one.
    zone: str = ""
    #: ``connect = "address"``: the URL keeps the standard host.
    by_address: bool = False
    #: A zonal name beside the endpoint's first one: only for callers in that zone.
    beside: bool = False
    #: What stands in front of the served suffix, where the target has no place for it.
    lost: str = ""


class HostTable:
    """What a private hosted zone does, done in the client: standard host to endpoint name."""

    def __init__(
        self,
        endpoints: tuple[DeclaredEndpoint, ...] = (),
        gateways: tuple[Gateway, ...] = (),
    ) -> None:
        self.endpoints, self.gateways = endpoints, gateways
        self._exact: dict[str, tuple[Serving, ...]] = {}
        self._suffix: dict[str, tuple[Serving, ...]] = {}
        self._by_name: dict[str, int] = {}
        for endpoint in endpoints:
            servings = [*_all_servings(endpoint)]
            # Who names another's endpoint means that service, never a host of AWS's.
            if any(_is_aws(pattern) for pattern, _ in servings):
                for name in endpoint.names:
                    self._by_name.setdefault(name.text.removeprefix("*."), endpoint.index)
            for pattern, serving in servings:
                table = self._suffix if pattern.startswith("*.") else self._exact
                key = pattern.removeprefix("*.")
                table[key] = (*table.get(key, ()), serving)

    def __bool__(self) -> bool:
        return bool(self.endpoints or self.gateways)

    def gateway(self, host: str) -> Gateway | None:
        """The gateway endpoint through which *host* is reached, as the policy says."""
        return next((gateway for gateway in self.gateways if gateway.serves(host)), None)

    @property
    def has_zones(self) -> bool:
        """Is there any zonal name, so that the caller's own zone matters?"""
        tables = (*self._exact.values(), *self._suffix.values())
        return any(serving.zone for servings in tables for serving in servings)

    @property
    def patterns(self) -> tuple[tuple[str, Serving], ...]:
        """Each host or ``*.suffix`` that is served, and how, in the policy's order."""
        return tuple(pair for endpoint in self.endpoints for pair in _all_servings(endpoint))

    @property
    def idle(self) -> tuple[tuple[int, str], ...]:
        """Index of an endpoint and a host in its ``serves`` for which its name has no place."""
        return tuple(
            (endpoint.index, pattern)
            for endpoint in self.endpoints
            for pattern in endpoint.serves
            if pattern not in {served for served, _ in _all_servings(endpoint)}
        )

    def serving(self, host: str, zone: Zone = UNKNOWN) -> tuple[Serving, ...]:
        """Endpoints that serve *host*, in the policy's order. Wildcards cover several labels.

        :param host: with ``:port`` where that is not 443 (:func:`.hosts.netloc`).
        :param zone: the caller's own.
        """
        servings = list(self._exact.get(host, ()))
        if self._suffix:
            labels = host.split(".")
            for cut in range(1, len(labels)):
                left = ".".join(labels[:cut])
                wild = self._suffix.get(".".join(labels[cut:]), ())
                servings += [_below(serving, left) for serving in wild]
        servings = [each for each in servings if not each.beside or zone.matches(each.zone)]
        if any(serving.by_address for serving in servings):
            bare = host.partition(":")[0]
            servings = [replace(s, target=bare) if s.by_address else s for s in servings]
        return tuple(sorted(servings, key=lambda serving: serving.index))

    def index_of(self, host: str) -> int | None:
        """Index of the endpoint of AWS's one of whose DNS names *host* is (or lies below: S3)."""
        labels = host.lower().split(".")
        for cut in range(min(3, len(labels))):
            index = self._by_name.get(".".join(labels[cut:]))
            if index is not None:
                return index
        return None


def _below(serving: Serving, labels: str) -> Serving:
    """*serving* of a wildcard, for the host that has these *labels* in its place."""

    def put(name: str) -> str:
        return f"{labels}.{name[2:]}" if name.startswith("*.") else name

    lost = "" if serving.by_address or serving.target.startswith("*.") else labels
    return replace(serving, target=put(serving.target), dials=put(serving.dials), lost=lost)


def _all_servings(endpoint: DeclaredEndpoint) -> Iterable[tuple[str, Serving]]:
    """Pairs of host pattern and serving: of the endpoint's first name, and of its zonal ones."""
    first, *others = endpoint.names
    servings = [*_servings(endpoint, first, beside=False)]
    yield from servings
    # An endpoint of a service of one's own also serves its own names, at the ports of its hosts.
    known = [pattern for pattern, _ in servings]
    ports = {"".join(pattern.partition(":")[1:]) for pattern in known if not _is_aws(pattern)}
    for name in endpoint.names:
        for own in (f"{name.text}{port}" for port in sorted(ports)):
            if own not in known:
                yield own, replace(servings[0][1], target=name.text, dials=name.text)
    for name in others:
        if name.vpce is not None and name.vpce.zone:
            yield from _servings(endpoint, name, beside=True)


def _is_aws(pattern: str) -> bool:
    """Is it a host of AWS's? The names of endpoints end alike, whoever's service they lead to."""
    host = pattern.partition(":")[0]
    return is_aws(host) and parse_vpce(host) is None


def _servings(
    endpoint: DeclaredEndpoint, name: EndpointName, *, beside: bool
) -> Iterable[tuple[str, Serving]]:
    """The same of one of its names. :param beside: it is not the first."""
    vpce = name.vpce
    of_name = vpce.zone if vpce is not None else ""

    def serving(target: str, dials: str) -> Serving:
        return Serving(
            endpoint.index,
            target,
            dials,
            named_fips=vpce is not None and vpce.carries_fips,
            attested_fips=endpoint.attested_fips,
            # What the policy says of an endpoint's zone is about the first of its names.
            zone=of_name if beside else endpoint.zone or of_name,
            by_address=endpoint.by_address,
            beside=beside,
        )

    if vpce is not None and vpce.is_s3:
        for pattern, target in _s3_names(endpoint, vpce):
            yield pattern, serving(target, target.removeprefix("*."))
        return
    patterns = endpoint.serves or ((vpce.standard_host,) if vpce is not None else ())
    for pattern in patterns:
        target = name.text if pattern.startswith("*.") else name.text.removeprefix("*.")
        yield pattern, serving(target, target)


def _s3_names(endpoint: DeclaredEndpoint, vpce: VpceName) -> Iterable[tuple[str, str]]:
    """Pairs of host pattern and the name for it, below the name of an S3 endpoint."""
    own = dict(s3_endpoint_names.own_hosts(vpce))
    for pattern, target in own.items():
        if not endpoint.serves or pattern in endpoint.serves:
            yield pattern, target
    for pattern in endpoint.serves:
        if pattern not in own:
            target = s3_endpoint_names.name_for(vpce, pattern, any_family=endpoint.by_address)
            if target:
                yield pattern, target
