"""Which services AWS has in one's own region, as ``describe-vpc-endpoint-services`` tells. Pure.

With it nothing has to be guessed: a host is joined to the service whose private DNS names hold it,
and where there is none, that is known before Terraform runs.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from ..aws.host_names import is_host, is_suffix
from ..aws.privatelink import PrivateLink, privatelink


class _Name(msgspec.Struct, frozen=True):
    PrivateDnsName: str


class _Type(msgspec.Struct, frozen=True):
    ServiceType: str


class _Detail(msgspec.Struct, frozen=True):
    ServiceName: str
    ServiceType: list[_Type] = []
    PrivateDnsNames: list[_Name] = []


class _Document(msgspec.Struct, frozen=True):
    ServiceDetails: list[_Detail]


class Available(msgspec.Struct, frozen=True):
    """The interface endpoint services of a region, or of several.

    :ivar services: name to private DNS names.
    """

    services: Mapping[str, frozenset[str]] = {}

    def serving(self, host: str, region: str) -> PrivateLink:
        """As :func:`~endpoint_router.aws.privatelink.privatelink`, by what is there."""
        link = privatelink(host, region)
        if not any(f".{link.region}." in name for name in self.services):
            return link  # nothing is known about this region
        for name, private in sorted(self.services.items()):
            if f".{link.region}." in name and _covers(private, link.host):
                return replace(link, name=name, basis="available", private_dns=True)
        if link.name in self.services:
            named = bool(self.services[link.name])
            return replace(link, basis="available", private_dns=link.private_dns and named)
        note = f"{link.name or link.host} is not among the services that the region has"
        return replace(link, name="", basis="none", note=note)


def _covers(private: frozenset[str], host: str) -> bool:
    """A wildcard in DNS covers any number of labels, but not the name behind it."""
    labels = host.split(".")
    above = {f"*.{'.'.join(labels[cut:])}" for cut in range(1, len(labels))}
    return host in private or bool(above & private)


def available(document: bytes) -> Available:
    """What the JSON *document* of ``aws ec2 describe-vpc-endpoint-services`` says.

    :raises ValueError: it is none.
    """
    try:
        answer = msgspec.json.decode(document, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no answer of describe-vpc-endpoint-services: {error}") from None
    for service in answer.ServiceDetails:
        # They go into a policy and into Terraform, whoever wrote the file.
        hosts = (name.PrivateDnsName for name in service.PrivateDnsNames)
        if not (is_host(service.ServiceName) and all(map(is_suffix, hosts))):
            raise ValueError(f"{service.ServiceName[:80]}: it, or a DNS name of it, is no name")
    return Available(
        {
            service.ServiceName: frozenset(name.PrivateDnsName for name in service.PrivateDnsNames)
            for service in answer.ServiceDetails
            # S3 and DynamoDB are there twice; a gateway is never private.
            if any(kind.ServiceType == "Interface" for kind in service.ServiceType)
        }
    )
