"""An endpoint as EC2 describes it, judged: what a policy says of it, or why it is of no use. Pure.

What it serves is told by the private DNS names of its service, where those are known, else by its
own name. Nothing is guessed: an endpoint of which neither is sure becomes no entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..aws.host_names import is_suffix
from ..aws.hosts import region_of
from ..aws.privatelink_services import EXCEPTIONS
from ..aws.vpce_names import VpceName, parse_vpce
from .described import Endpoint

__all__ = ["Entry", "Found", "Yields", "judge"]

#: Does botocore know a service whose host is the one that this name says?
Yields = Callable[[VpceName], bool]

_FIPS = re.compile(r"(?:^|[.-])fips(?:$|[.-])")
_GATEWAYS = ("s3", "s3express", "dynamodb")
#: A service of a customer's own.
_CUSTOMERS = re.compile(r"vpce-svc-[0-9a-f]+")

#: Types that are no way to AWS's APIs.
_TYPES = {
    "GatewayLoadBalancer": "carries packets to appliances, and no calls to AWS",
    "Resource": "leads to a resource of VPC Lattice, not to a service of AWS's",
    "ServiceNetwork": "leads to a service network of VPC Lattice, not to a service of AWS's",
}
_STATES = {
    "pendingacceptance": "waits for the owner of the service to accept it",
    "pending": "is being made: ask again in a few minutes",
    "rejected": "was rejected by the owner of the service",
    "failed": "could not be made",
    "expired": "expired before the owner of the service accepted it",
    "partial": "is there in part only",
    "deleting": "is being deleted",
    "deleted": "is deleted",
}


class Entry(Struct, frozen=True):
    """An entry of ``[[vpc_endpoints]]``, by the keys that it has there."""

    dns_names: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    by_address: bool = False
    #: Of a gateway.
    service: str = ""
    region: str = ""


class Found(Struct, frozen=True):
    """An endpoint, and what became of it.

    :ivar region: where it is; empty where nothing tells.
    :ivar dns_names: those that are its own, regional before zonal.
    :ivar entries: empty where it is of no use, and *why* says why.
    :ivar notes: what its owner should know.
    """

    id: str
    type: str
    state: str
    account: str
    region: str
    vpc: str
    service_name: str
    private_dns: bool
    dns_names: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    why: str = ""
    notes: tuple[str, ...] = ()


def judge(
    endpoint: Endpoint,
    private: Mapping[str, tuple[str, ...]],
    yields: Yields,
    region: str = "",
) -> Found:
    """What a policy says of *endpoint*.

    :param private: private DNS names by service, of the same region as far as they are known.
    :param region: that was asked, where one was.
    """
    entries = [entry.DnsName.lower().removesuffix(".") for entry in endpoint.DnsEntries]
    parsed = [vpce for name in entries if (vpce := parse_vpce(name)) is not None]
    names = sorted(parsed, key=lambda vpce: (vpce.zone, vpce.name))
    found = Found(
        id=endpoint.VpcEndpointId,
        type=endpoint.VpcEndpointType,
        state=endpoint.State.lower(),
        account=endpoint.OwnerId,
        region=region or _region(endpoint, names),
        vpc=endpoint.VpcId,
        service_name=endpoint.ServiceName,
        private_dns=endpoint.PrivateDnsEnabled,
        dns_names=tuple(vpce.name for vpce in names),
    )
    why = _TYPES.get(endpoint.VpcEndpointType) or _by_state(endpoint)
    if why:
        return replace(found, why=why)
    if endpoint.VpcEndpointType == "Gateway":
        return _gateway(found, endpoint)
    if endpoint.VpcEndpointType != "Interface":
        return replace(found, why="is of a type that is not known here")
    if not names:
        none = "none of its DNS names is a VPC endpoint's" if entries else "has no DNS names"
        return replace(found, why=none)
    others = [name for name in entries if parse_vpce(name) is None and is_suffix(name)]
    hosts = tuple(dict.fromkeys([*private.get(endpoint.ServiceName, ()), *others]))
    return _interface(found, endpoint, names, tuple(filter(is_suffix, hosts)), yields)


def _region(endpoint: Endpoint, names: list[VpceName]) -> str:
    if names:
        return names[0].region
    return region_of(endpoint.ServiceName)


def _by_state(endpoint: Endpoint) -> str:
    state = endpoint.State.lower()
    if state == "available":
        return ""
    why = _STATES.get(state, "is in a state that is not known here")
    said = endpoint.FailureReason or endpoint.LastError.Message
    return f"{why}: {said}" if said else why


def _gateway(found: Found, endpoint: Endpoint) -> Found:
    service = endpoint.ServiceName.rpartition(".")[2]
    if service not in _GATEWAYS:
        return replace(found, why="is a gateway of a service that is not known here")
    if not endpoint.RouteTableIds:
        return replace(found, why="no route table leads to it")
    tables = ", ".join(endpoint.RouteTableIds)
    note = f"for subnets of {tables} only, which no look-up shows; it counts as gateway-declared"
    entry = Entry(service=service, region=found.region)
    return replace(found, entries=(entry,), notes=(note,))


def _interface(
    found: Found,
    endpoint: Endpoint,
    names: list[VpceName],
    hosts: tuple[str, ...],
    yields: Yields,
) -> Found:
    first = names[0]
    if _CUSTOMERS.match(first.service):
        return replace(found, why="leads to a service that is not AWS's: name its hosts in serves")
    notes = tuple(_notes(found, endpoint, first))
    if first.is_s3:
        return replace(found, entries=(Entry(found.dns_names),), notes=notes)
    hosts = hosts or _hosts_of(first, yields)
    if not hosts:
        return replace(found, why="no service of botocore's is known to have a host that it serves")
    if not any(_is_known(host, yields) for host in hosts):
        notes += ("botocore's own data names no such host: for other software, perhaps",)
    # One name stands for the plain host and the FIPS host: it proves nothing, the host's own does.
    # Nor has it a place for what stands before a suffix.
    by_address = tuple(
        host
        for host in hosts
        if host.startswith("*.") or (_FIPS.search(host) and not first.carries_fips)
    )
    by_name = tuple(host for host in hosts if host not in by_address)
    entries = []
    if by_name:
        derived = by_name == (first.standard_host,) and yields(first)
        entries.append(Entry(found.dns_names, () if derived else by_name))
    if by_address:
        entries.append(Entry(found.dns_names, by_address, by_address=True))
    return replace(found, entries=tuple(entries), notes=notes)


def _notes(found: Found, endpoint: Endpoint, first: VpceName) -> list[str]:
    notes = []
    if not endpoint.PrivateDnsEnabled:
        notes.append("private DNS is off: only the entry leads there")
    elif endpoint.DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint:
        notes.append("private DNS is for inbound resolvers only: in the VPC the host stays public")
    if endpoint.ServiceRegion and endpoint.ServiceRegion != found.region:
        notes.append(f"it leads to another region, {endpoint.ServiceRegion}")
    return notes


def _hosts_of(first: VpceName, yields: Yields) -> tuple[str, ...]:
    """The hosts that the endpoint's own name tells; none where it tells none for sure."""
    if yields(first):
        return (first.standard_host,)
    service = ".".join(reversed(first.service.split(".")))
    exceptions = [
        labels for labels, named in EXCEPTIONS.items() if named in (service, first.service)
    ]
    return tuple(f"{labels}.{first.region}.{first.suffix}" for labels in exceptions)


def _is_known(host: str, yields: Yields) -> bool:
    """Does a client of botocore's call *host*, or one below it, without being told to?"""
    bare = host.removeprefix("*.")
    region = region_of(bare)
    if not region:
        return True  # a global host, of which there are few
    labels, _, suffix = bare.partition(f".{region}.")
    return yields(VpceName(bare, "", "", labels, region, suffix))
