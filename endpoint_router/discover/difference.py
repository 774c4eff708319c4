"""What a policy declares, held against what EC2 describes. Pure.

Only what is the same by its id is compared, and of that only what EC2 knows: which hosts an entry
serves, and how, is its owner's word. What lies in a region that nobody looked at is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from ..aws.vpce_names import VpceName
from ..policy.declared_endpoints import DeclaredEndpoint
from ..policy.loaded import LoadedPolicy
from .found import Found

__all__ = ["Difference", "Doubt", "difference"]

_NOT_DESCRIBED = "not described: it is deleted, or another account's, as a hub's"


class Doubt(Struct, frozen=True):
    """An entry of the policy that is not as it was.

    :ivar place: ``vpc_endpoints[2]``, and where that was written.
    :ivar what: the endpoint's id, or a gateway's service and region.
    """

    place: str
    origin: str
    what: str
    why: str


class Difference(Struct, frozen=True):
    """Between a policy and what is there.

    :ivar added: usable, and not in the policy.
    :ivar gone: in the policy, and of no use.
    :ivar changed: in the policy by names that are not all right.
    :ivar same: entries that are as they were.
    :ivar unseen: entries of regions at which nobody looked, or with names of their owner's.
    """

    added: tuple[Found, ...] = ()
    gone: tuple[Doubt, ...] = ()
    changed: tuple[Doubt, ...] = ()
    same: int = 0
    unseen: int = 0

    @property
    def is_none(self) -> bool:
        return not (self.added or self.gone or self.changed)


def difference(
    found: Sequence[Found], loaded: LoadedPolicy, regions: Collection[str]
) -> Difference:
    """Between *loaded* and *found*, which is everything in *regions*."""
    by_id = {each.id: each for each in found if each.type != "Gateway"}
    # Of several gateways of a service, in several VPCs, one that can be used.
    gateways = {
        _gateway(each): each
        for each in sorted(found, key=lambda each: bool(each.entries))
        if each.type == "Gateway"
    }
    declared: set[object] = set()
    gone: list[Doubt] = []
    changed: list[Doubt] = []
    same = unseen = 0
    for endpoint in loaded.parsed.interfaces:
        names = [name.vpce for name in endpoint.names if name.vpce is not None]
        if not names or names[0].region not in regions:
            unseen += 1
            declared.update(map(_id, names))
            continue
        id = _id(names[0])
        declared.add(id)
        match = by_id.get(id)
        why = _NOT_DESCRIBED if match is None else match.why
        doubt = Doubt(f"vpc_endpoints[{endpoint.index}]", str(endpoint.origin), id, why)
        if match is None or match.why:
            gone.append(doubt)
        elif why := _other_names(endpoint, names, match):
            changed.append(Doubt(doubt.place, doubt.origin, id, why))
        else:
            same += 1
    for gateway in loaded.parsed.gateways:
        key = (gateway.service, gateway.region)
        declared.add(key)
        if gateway.region not in regions:
            unseen += 1
            continue
        there = gateways.get(key)
        if there is not None and there.entries:
            same += 1
            continue
        why = there.why if there is not None else _NOT_DESCRIBED
        place = f"vpc_endpoints[{gateway.index}]"
        gone.append(Doubt(place, str(gateway.origin), " ".join(key), why))
    added = tuple(
        each
        for each in found
        if each.entries and (_gateway(each) if each.type == "Gateway" else each.id) not in declared
    )
    return Difference(added, tuple(gone), tuple(changed), same, unseen)


def _id(vpce: VpceName) -> str:
    """``vpce-0123456789abcdef0``, without what stands behind it in its DNS names."""
    return vpce.id.rpartition("-")[0]


def _gateway(found: Found) -> tuple[str, str]:
    return found.service_name.rpartition(".")[2], found.region


def _other_names(endpoint: DeclaredEndpoint, names: list[VpceName], there: Found) -> str:
    known = {name.removeprefix("*.") for name in there.dns_names}
    lost = [vpce.bare for vpce in names if vpce.bare not in known]
    why = [f"has no name {', '.join(lost)} any more"] if lost else []
    if any(vpce.zone for vpce in names):  # who names zones wants all of them
        listed = {vpce.bare for vpce in names}
        more = [name for name in there.dns_names if name.removeprefix("*.") not in listed]
        why += [f"is also called {', '.join(more)}"] if more else []
    return "; ".join(why)
