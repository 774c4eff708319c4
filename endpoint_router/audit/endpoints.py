"""Whose VPC endpoint it is that a record names. Pure, but for reading the file that lists them.

AWS's own services reach each other through endpoints of theirs, and records name those as well. So
one counts as ours where the policy declares it, where DescribeVpcEndpoints listed it, or where its
owner is an account of ours.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from ..policy.parsed import Parsed
from ..process import decoding
from .grouping import Group

#: ``own`` is ours, interface or gateway; ``foreign`` is another's; ``unknown`` may be anybody's.
Path = Literal["interface", "gateway", "own", "foreign", "unknown", "none"]


class Listed(Struct, rename="pascal"):
    """One of DescribeVpcEndpoints' answer."""

    vpc_endpoint_id: str
    vpc_endpoint_type: str = "Interface"
    owner_id: str = ""


class _Listing(Struct, rename="pascal"):
    # Required, so that another file is not taken for one without endpoints.
    vpc_endpoints: list[Listed]


class OwnEndpoints(Struct, frozen=True):
    """Ours."""

    #: By id, the index in ``vpc_endpoints``.
    declared: Mapping[str, int] = {}
    #: By id, of which type it is.
    listed: Mapping[str, str] = {}
    #: Accounts whose endpoints are ours.
    accounts: frozenset[str] = frozenset()

    def path(self, group: Group) -> Path:
        """Which way the calls of *group* went, by what their records say."""
        endpoint = group.endpoint
        if not endpoint:
            return "none"
        if endpoint in self.declared:
            return "interface"
        if endpoint in self.listed:
            kind = self.listed[endpoint]
            return "gateway" if kind == "Gateway" else "interface"
        if not endpoint.startswith("vpce-"):
            return "foreign"  # "AWS Internal", or a service's name
        if not group.endpoint_owner:
            return "unknown"
        return "own" if group.endpoint_owner in self.accounts else "foreign"


def listed(listing: bytes) -> list[Listed]:
    """The endpoints that ``aws ec2 describe-vpc-endpoints`` printed.

    :raises msgspec.DecodeError: it is something else.
    """
    with decoding.here:
        return msgspec.json.decode(listing, type=_Listing).vpc_endpoints


def own_endpoints(
    parsed: Parsed, endpoints: Iterable[Listed], groups: Iterable[Group]
) -> OwnEndpoints:
    """Those of a policy, those that were listed, and those of the accounts of *groups*."""
    declared = {
        # ``vpce-0123456789abcdef0-abcdefgh``: what follows the id is the name's own.
        name.vpce.id.rpartition("-")[0]: endpoint.index
        for endpoint in parsed.interfaces
        for name in endpoint.names
        if name.vpce is not None
    }
    accounts = {group.account for group in groups}
    types: dict[str, str] = {}
    for endpoint in endpoints:
        types[endpoint.vpc_endpoint_id] = endpoint.vpc_endpoint_type
        accounts.add(endpoint.owner_id)
    return OwnEndpoints(declared, types, frozenset(accounts - {""}))
