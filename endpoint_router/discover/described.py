"""What EC2 says of endpoints and of the services behind them, in its own words. Pure.

The shapes are those of ``DescribeVpcEndpoints`` and ``DescribeVpcEndpointServices``, from botocore
or from a file of the AWS command line's; what is not read here may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from ..process import decoding

__all__ = ["Description", "Endpoint", "Service", "decode", "private_names"]


class _DnsEntry(Struct, frozen=True):
    DnsName: str = ""


class _DnsOptions(Struct, frozen=True):
    PrivateDnsOnlyForInboundResolverEndpoint: bool = False


class _LastError(Struct, frozen=True):
    Message: str = ""


class Endpoint(Struct, frozen=True):
    """An endpoint, of any type and in any state."""

    VpcEndpointId: str
    ServiceName: str = ""
    #: Of old it was left out, when there were gateways only.
    VpcEndpointType: str = "Gateway"
    State: str = ""
    VpcId: str = ""
    OwnerId: str = ""
    ServiceRegion: str = ""
    FailureReason: str = ""
    PrivateDnsEnabled: bool = False
    RouteTableIds: tuple[str, ...] = ()
    DnsEntries: tuple[_DnsEntry, ...] = ()
    DnsOptions: _DnsOptions = _DnsOptions()
    LastError: _LastError = _LastError()


class _ServiceType(Struct, frozen=True):
    ServiceType: str = ""


class _PrivateDnsName(Struct, frozen=True):
    PrivateDnsName: str = ""


class Service(Struct, frozen=True):
    """A service that endpoints may be made for."""

    ServiceName: str
    ServiceType: tuple[_ServiceType, ...] = ()
    PrivateDnsNames: tuple[_PrivateDnsName, ...] = ()


class Description(Struct, frozen=True):
    """An answer, or a page of one: of either question, or of both."""

    VpcEndpoints: tuple[Endpoint, ...] | None = None
    ServiceDetails: tuple[Service, ...] | None = None
    NextToken: str = ""


def decode(answer: bytes | Mapping[str, object]) -> Description:
    """What *answer* says: JSON, or what botocore makes of a response.

    :raises ValueError: it is no such answer.
    """
    try:
        with decoding.here:
            if isinstance(answer, bytes):
                description = msgspec.json.decode(answer, type=Description)
            else:
                description = msgspec.convert(answer, Description)
    # RecursionError: brackets nested by the thousand.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if description.VpcEndpoints is None and description.ServiceDetails is None:
        raise ValueError("neither VpcEndpoints nor ServiceDetails is in it")
    return description


def private_names(services: Iterable[Service]) -> dict[str, tuple[str, ...]]:
    """The private DNS names of interface endpoints, by the service's name.

    S3 and DynamoDB are there twice; a gateway has no names of its own.
    """
    return {
        service.ServiceName: tuple(name.PrivateDnsName.lower() for name in service.PrivateDnsNames)
        for service in services
        if any(kind.ServiceType == "Interface" for kind in service.ServiceType)
    }
