"""Whose VPC endpoint it is that a record names. Pure.

AWS's own services reach each other through endpoints of theirs, and records name those as well. So
one counts as ours where the policy declares it, where DescribeVpcEndpoints listed it, or where its
owner is an account of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ..discover.described import Endpoint
from ..policy.parsed import Parsed
from .grouping import Group

#: ``own`` is ours, interface or gateway; ``foreign`` is another's; ``unknown`` may be anybody's.
Path = Literal["interface", "gateway", "own", "foreign", "unknown", "none"]
#: Those that lead to AWS's services, by their ``VpcEndpointType``.
_TO_SERVICES: Mapping[str, Path] = {"Interface": "interface", "Gateway": "gateway"}


class OwnEndpoints(Struct, frozen=True):
    """Ours."""

    #: By id, the index in ``vpc_endpoints``.
    declared: Mapping[str, int] = {}
    #: By id, which way those are that EC2 described.
    listed: Mapping[str, Path] = {}
    #: Accounts whose endpoints are ours.
    accounts: frozenset[str] = frozenset()

    def with_accounts(self, groups: Iterable[Group]) -> OwnEndpoints:
        """The same where the accounts of *groups* are ours, too."""
        accounts = {group.account for group in groups} - {""}
        return replace(self, accounts=self.accounts | accounts)

    def is_anothers(self, group: Group) -> bool:
        """Did somebody of an account call that is none of ours, or is known to be none?"""
        return group.caller == "another-account" and group.principal not in self.accounts

    def path(self, group: Group) -> Path:
        """Which way the calls of *group* went, by what their records say."""
        endpoint = group.endpoint
        if not endpoint:
            return "none"
        if endpoint in self.declared:
            return "interface"
        if endpoint in self.listed:
            return self.listed[endpoint]
        if not endpoint.startswith("vpce-"):
            return "foreign"  # "AWS Internal", or a service's name
        if not group.endpoint_owner:
            return "unknown"
        return "own" if group.endpoint_owner in self.accounts else "foreign"


def own_endpoints(
    parsed: Parsed, described: Iterable[Endpoint], groups: Iterable[Group]
) -> OwnEndpoints:
    """Those of a policy, those that EC2 described, and those of the accounts of *groups*."""
    declared = {
        # ``vpce-0123456789abcdef0-abcdefgh``: what follows the id is the name's own.
        name.vpce.id.rpartition("-")[0]: endpoint.index
        for endpoint in parsed.interfaces
        for name in endpoint.names
        if name.vpce is not None
    }
    accounts = {group.account for group in groups}
    listed: dict[str, Path] = {}
    for each in described:
        # One to a load balancer of gateways, or to a resource, is no way to AWS.
        listed[each.VpcEndpointId] = _TO_SERVICES.get(each.VpcEndpointType, "foreign")
        accounts.add(each.OwnerId)
    return OwnEndpoints(declared, listed, frozenset(accounts - {""}))
