"""Which name of the lab's zone does what, wildcards and names between included."""

from __future__ import annotations

import dns.name
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.lab import Absent, Addresses, Empty
from endpoint_router.lab.hosted_zone import HostedZone
from tests.support.examples import examples

LABELS = st.lists(st.sampled_from(["a", "b", "s3", "com"]), min_size=1, max_size=5)


@settings(max_examples=examples(200), deadline=None)
@given(st.sets(LABELS.map(".".join), max_size=6), LABELS.map(".".join))
def test_the_zone_agrees_with_rfc_4592(owners: set[str], name: str) -> None:
    names = {owner: Addresses(("10.0.0.1",)) for owner in owners}
    wild = {f"*.{owner}": Addresses(("10.0.0.2",)) for owner in owners}
    found = HostedZone({**names, **wild}).find(name)
    asked = dns.name.from_text(name)
    absolute = {dns.name.from_text(owner) for owner in owners}
    if asked in absolute:
        assert found == Addresses(("10.0.0.1",))
    elif any(owner.is_subdomain(asked) for owner in absolute):
        assert found == Empty()
    else:
        nodes = {owner.split(depth)[1] for owner in absolute for depth in range(2, len(owner) + 1)}
        closest = max(
            (node for node in nodes | {dns.name.root} if asked.is_subdomain(node)), key=len
        )
        expected = Addresses(("10.0.0.2",)) if closest in absolute else Absent(apex=".")
        assert found == expected
