"""The table from standard hosts to the VPC endpoints that serve them. Pure.

What a private hosted zone does for a network, done in the client. Which of several endpoints a call
then uses is :mod:`.candidates` and :mod:`.judging`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..aws.hosts import is_aws, parse_vpce
from ..aws.zone import UNKNOWN, Zone
from .gateways import Gateway

#: First label of an S3 interface endpoint, by family (domain name ``*.vpce-….s3.REGION…``).
_S3_VPCE_LABEL = {"s3": "bucket", "s3-accesspoint": "accesspoint", "s3-control": "control"}
#: Families of S3 for which its name has none: Express, Object Lambda, several regions, ...
_S3_WITHOUT_LABEL = re.compile(r"(?:^|\.)s3(?:-[a-z-]+|express-[a-z0-9-]+)\.")


@dataclass(frozen=True, slots=True)
class Serving:
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


@dataclass(frozen=True, slots=True)
class DeclaredEndpoint:
    """An interface endpoint. ``serves`` empty: the standard host that its own name says."""

    index: int
    dns_names: tuple[str, ...]
    serves: tuple[str, ...] = ()
    attested_fips: bool = False
    zone: str = ""
    #: ``connect = "address"``.
    by_address: bool = False


@dataclass(frozen=True)
class HostTable:
    """What a private hosted zone does, done in the client: standard host to endpoint name."""

    endpoints: tuple[DeclaredEndpoint, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    _exact: dict[str, tuple[Serving, ...]] = field(default_factory=dict, init=False, repr=False)
    _suffix: dict[str, tuple[Serving, ...]] = field(default_factory=dict, init=False, repr=False)
    _by_name: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for endpoint in self.endpoints:
            servings = [*_all_servings(endpoint)]
            # Who names another's endpoint means that service, never a host of AWS's.
            if any(_is_aws(pattern) for pattern, _ in servings):
                for name in endpoint.dns_names:
                    self._by_name.setdefault(name.lower().removeprefix("*."), endpoint.index)
            for pattern, serving in servings:
                table = self._suffix if pattern.startswith("*.") else self._exact
                key = pattern.removeprefix("*.")
                table[key] = (*table.get(key, ()), serving)

    def __bool__(self) -> bool:
        return bool(self.endpoints or self.gateways)

    def gateway(self, host: str) -> Gateway | None:
        """The gateway endpoint through which *host* is reached, as the policy says."""
        return next((one for one in self.gateways if one.serves(host)), None)

    @property
    def has_zones(self) -> bool:
        """Is there any zonal name, so that the caller's own zone matters?"""
        tables = (*self._exact.values(), *self._suffix.values())
        return any(one.zone for servings in tables for one in servings)

    @property
    def idle(self) -> tuple[tuple[int, str], ...]:
        """Index of an endpoint and a host in its ``serves`` for which its name has no place."""
        return tuple(
            (one.index, pattern)
            for one in self.endpoints
            for pattern in _patterns(one)
            if pattern not in {served for served, _ in _all_servings(one)}
        )

    def serving(self, host: str, zone: Zone = UNKNOWN) -> tuple[Serving, ...]:
        """Endpoints that serve *host*, in the policy's order. Wildcards cover several labels.

        :param host: with ``:port`` where that is not 443 (:func:`.hosts.netloc`).
        :param zone: the caller's own.
        """
        found = list(self._exact.get(host, ()))
        if self._suffix:
            labels = host.split(".")
            for cut in range(1, len(labels)):
                left = ".".join(labels[:cut])
                for one in self._suffix.get(".".join(labels[cut:]), ()):
                    found.append(_below(one, left))
        found = [one for one in found if not one.beside or zone.matches(one.zone)]
        if any(one.by_address for one in found):
            bare = host.partition(":")[0]
            found = [replace(one, target=bare) if one.by_address else one for one in found]
        return tuple(sorted(found, key=lambda one: one.index))

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
    first, *others = (name.lower().rstrip(".") for name in endpoint.dns_names)
    servings = [*_servings(endpoint, first, beside=False)]
    yield from servings
    # An endpoint of a service of one's own also serves its own names, at the ports of its hosts.
    known = [pattern for pattern, _ in servings]
    ports = {"".join(one.partition(":")[1:]) for one in known if not _is_aws(one)}
    for own in (f"{name}{port}" for name in (first, *others) for port in sorted(ports)):
        if own not in known:
            name = own.partition(":")[0]
            yield own, replace(servings[0][1], target=name, dials=name)
    for name in others:
        vpce = parse_vpce(name)
        if vpce is not None and vpce.zone:
            yield from _servings(endpoint, name, beside=True)


def _is_aws(pattern: str) -> bool:
    """Is it a host of AWS's? The names of endpoints end alike, whoever's service they lead to."""
    host = pattern.partition(":")[0]
    return is_aws(host) and parse_vpce(host) is None


def _patterns(endpoint: DeclaredEndpoint) -> tuple[str, ...]:
    """What the policy says that it serves, as hosts are looked up here."""
    return tuple(host.lower().removesuffix(":443").rstrip(".") for host in endpoint.serves)


def _servings(
    endpoint: DeclaredEndpoint, name: str, *, beside: bool
) -> Iterable[tuple[str, Serving]]:
    vpce = parse_vpce(name)
    named = vpce is not None and vpce.carries_fips
    patterns = _patterns(endpoint)
    of_name = vpce.zone if vpce is not None else ""
    # What the policy says of an endpoint's zone is about the first of its names.
    zone = of_name if beside else endpoint.zone or of_name

    def serving(target: str, dials: str = "") -> Serving:
        return Serving(
            endpoint.index,
            target,
            dials or target,
            named,
            endpoint.attested_fips,
            zone,
            endpoint.by_address,
            beside,
        )

    if vpce is not None and vpce.service in ("s3", "s3-fips"):
        # bucket. / accesspoint. / control. below the endpoint's name, chosen by the S3 family.
        bare = name.removeprefix("*.")
        fips = vpce.service.removeprefix("s3")
        derived: set[str] = set()
        for family, label in _S3_VPCE_LABEL.items():
            host = f"{family}{fips}.{vpce.region}.{vpce.suffix}"
            for pattern, target in ((host, f"{label}.{bare}"), (f"*.{host}", f"*.{label}.{bare}")):
                derived.add(pattern)
                if not patterns or pattern in patterns:
                    # One name for all buckets: AWS's own record is a wildcard above them, and what
                    # is dialled are the addresses of this name, whatever a bucket's would say.
                    yield pattern, serving(target, f"{label}.{bare}")
        for pattern in patterns:
            if pattern not in derived:  # dual-stack hosts, FIPS hosts of a plain endpoint, ...
                family = pattern.removeprefix("*.").partition(".")[0].replace("-fips", "")
                label = _S3_VPCE_LABEL.get(family, "")
                if not (label or endpoint.by_address) and _S3_WITHOUT_LABEL.search(pattern):
                    continue  # whatever name were made of it, nothing would answer there
                label = label or "bucket"
                star = "*." if pattern.startswith("*.") else ""
                yield pattern, serving(f"{star}{label}.{bare}", f"{label}.{bare}")
        return
    if not patterns and vpce is not None:
        patterns = (vpce.standard_host,)
    for pattern in patterns:
        yield pattern, serving(name if pattern.startswith("*.") else name.removeprefix("*."))
