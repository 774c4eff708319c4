"""Which names are to lead to which declared endpoint, for whoever can say that of a name.

An endpoint counts where the policy chooses it for some call without a waiver. The name in the URL
stays, and so does its certificate: what private DNS of AWS's own does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ..aws.hosts import is_aws
from ..aws.vpce_names import parse_vpce
from ..policy.declared_endpoints import DeclaredEndpoint
from ..routing.candidates import accepts
from ..routing.declared import HostTable, Serving
from ..survey.values import Service
from .values import Loss, Record


def weighed(services: Iterable[Service]) -> set[int]:
    """Indexes of the endpoints that were a candidate for some call."""
    return {
        considered.candidate.serving.index
        for service in services
        for decision in service.decisions
        for considered in decision.candidates
        if considered.candidate.serving
    }


def records(
    table: HostTable, services: Sequence[Service], regions: Collection[str], *, fips: bool
) -> tuple[tuple[Record, ...], tuple[Loss, ...]]:
    """A record for each name that a chosen endpoint serves, and what none may be made for.

    :param fips: is FIPS demanded of all, but for waivers?
    """
    endpoints = {endpoint.index: endpoint for endpoint in table.endpoints}
    chosen, waived = _indexes(services, fips=fips)
    made: dict[str, Record] = {}
    losses: dict[Loss, None] = {}
    for pattern, serving in table.patterns:
        host = pattern.partition(":")[0]
        if serving.beside or parse_vpce(host):
            continue  # one zone's name is not for all callers, and its own name leads there already
        place = f"vpc_endpoints[{serving.index}]"
        region = _region(endpoints[serving.index])
        why = ""
        if region and region not in regions:
            why = f"it is in {region}, which was not asked for"
        elif serving.index not in chosen:
            why = "under the policy no call uses it"
            if serving.index in waived:
                why = "it is not FIPS, and waivers are left out"
        elif not (is_aws(host) or serving.by_address):
            why = f"{pattern} would show the certificate of another name"
        if why:
            losses[Loss(place, why)] = None
        elif host not in made:
            made[host] = _record(host, serving, endpoints[serving.index], place)
    return tuple(made.values()), tuple(losses)


def _indexes(services: Iterable[Service], *, fips: bool) -> tuple[set[int], set[int]]:
    """Indexes of the endpoints that calls use, and of those that a waiver lets them use."""
    used: tuple[set[int], set[int]] = (set(), set())
    for service in services:
        for decision in service.decisions:
            candidate = decision.chosen
            if candidate is not None and candidate.serving is not None:
                is_waived = fips and not accepts(decision.demands, candidate.fips_basis)
                used[is_waived].add(candidate.serving.index)
    return used


def _region(endpoint: DeclaredEndpoint) -> str:
    vpce = endpoint.names[0].vpce
    return vpce.region if vpce else ""


def _record(host: str, serving: Serving, endpoint: DeclaredEndpoint, place: str) -> Record:
    vpce = endpoint.names[0].vpce
    endpoint_id = "-".join(vpce.id.split("-")[:2]) if vpce else ""
    dials = serving.dials.removeprefix("*.")
    return Record(host, dials, endpoint_id, _region(endpoint), place)
