"""Which endpoints a call could use, in the order of the policy's preference.

Pure. What botocore's rulesets yield comes in as :class:`Resolved`; what the policy declares, as a
:class:`~endpoint_router.aws.hosts.HostTable`. They are joined by host, never by service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from .. import codes
from ..aws.hosts import netloc
from ..aws.zone import UNKNOWN, Zone
from ..policy.custom_endpoints import CustomHost
from ..policy.model import Basis
from ..policy.rules import Demands, weaker
from .declared import HostTable, Serving
from .discreet import Discreet
from .gateways import Gateway
from .variants import Variant


class Resolved(Discreet, frozen=True):
    """What botocore's ruleset yields for one variant of one call."""

    #: An application's URL may hold a password.
    unshown = ("origin", "bare_origin")

    variant: Variant
    #: ``scheme://host[:port]`` with the operation's host prefix, as it will be requested.
    origin: str = ""
    #: The same before botocore prepends the host prefix.
    bare_origin: str = ""
    host: str = ""
    #: The name that DNS is asked for: without bucket, access point and account labels.
    probe_name: str = ""
    signing_name: str = ""
    signing_region: str = ""
    fips_basis: Literal["listed", "ruleset"] | None = None
    #: Why there is no basis.
    no_basis: str = ""
    no_basis_code: str = codes.FIPS_NO_BASIS
    #: False for a global STS or S3 host.
    is_regional: bool = True
    #: Only there for the sake of a declared endpoint that serves it, never to be called itself.
    only_served: bool = False
    #: The ruleset's refusal, if it refused.
    error: str = ""
    #: The front of *host* that came from the call's parameters, beside what the host itself shows
    #: (:func:`.hosts.mask`): labels of a host prefix, a bucket in front of an application's URL.
    veil: str = ""
    #: The file that names *host* in the place of botocore's own data; empty for none.
    overridden_by: str = ""


class Candidate(Discreet, frozen=True):
    """One endpoint that the call could go to."""

    #: As of :class:`Resolved`.
    unshown = ("origin",)

    kind: Literal["standard", "interface", "custom", "own", "undeclared"]
    resolved: Resolved
    #: Host to request, and its origin.
    host: str
    origin: str
    probe_name: str
    fips_basis: Basis | None = None
    #: Place in the policy (``vpc_endpoints[0]``), empty for AWS's own hosts.
    place: str = ""
    #: The policy itself says that it is private (custom endpoints).
    private_attested: bool = False
    #: Of an interface endpoint, how the declared one serves the call.
    serving: Serving | None = None
    #: The gateway endpoint through which it is reached, as the policy says.
    gateway: Gateway | None = None
    #: The proxy that would carry a request to it, without credentials; empty for none.
    proxy: str = ""

    @property
    def dials(self) -> str:
        """Of an interface endpoint, the name whose addresses are dialled."""
        return self.serving.dials if self.serving else ""

    @property
    def by_address(self) -> bool:
        """``connect = "address"``: the URL keeps the standard host, only the connection moves."""
        return self.serving is not None and self.serving.by_address

    @property
    def lost(self) -> str:
        """Labels of the resolved host for which its name has no place: a bucket, an account."""
        return self.serving.lost if self.serving else ""

    @property
    def zone(self) -> str:
        """Availability zone of its name, by name or id; empty for a regional one."""
        return self.serving.zone if self.serving else ""

    def __str__(self) -> str:
        at = f" ({self.place})" if self.place else ""
        return f"{self.host}{at}"


def accepts(demands: Demands, basis: Basis | None) -> bool:
    """Is *basis* at least as strong as the policy wants?"""
    return basis is not None and not weaker("fips_basis", basis, demands.settings.fips_basis)


def from_rulesets(
    resolved: Iterable[Resolved],
    table: HostTable,
    only_endpoint: int | None = None,
    *,
    zone: Zone = UNKNOWN,
) -> list[Candidate]:
    """AWS's own hosts, and the declared endpoints that serve them.

    *only_endpoint* is the declared endpoint that the application named itself; where it serves the
    call, nothing else is a candidate.
    """
    standard: dict[str, Candidate] = {}
    served: list[Candidate] = []
    for host in resolved:
        if host.error:
            continue
        served += interfaces(host, table, zone)
        gateway = table.gateway(host.host)
        if host.only_served and not gateway:
            continue
        known = standard.get(host.host)
        # In GovCloud the FIPS host may be the standard one: keep the resolution that has a basis.
        if known is None or (known.fips_basis is None and host.fips_basis is not None):
            standard[host.host] = Candidate(
                "standard",
                host,
                host.host,
                host.origin,
                host.probe_name,
                host.fips_basis,
                place=str(gateway or ""),
                gateway=gateway,
            )
    chosen = [each for each in served if each.serving and each.serving.index == only_endpoint]
    return chosen or [*served, *standard.values()]


def interfaces(resolved: Resolved, table: HostTable, zone: Zone = UNKNOWN) -> list[Candidate]:
    """The declared interface endpoints that serve the resolved host, for a caller in *zone*."""
    servings = table.serving(netloc(resolved.origin), zone)
    return [_interface(resolved, serving) for serving in servings]


def _interface(resolved: Resolved, serving: Serving) -> Candidate:
    """The candidate for a declared endpoint that serves the resolved host."""
    basis: Basis | None = None
    if serving.by_address and resolved.fips_basis:
        # The name that TLS is verified against is AWS's FIPS host, whatever the endpoint is called:
        # a combined service such as ``monitoring`` has a vpce name that hides it.
        basis = resolved.fips_basis
    elif serving.named_fips:
        basis = "named"
    elif serving.attested_fips:
        basis = "attested"
    origin = resolved.origin
    if not serving.by_address:
        scheme, _, rest = origin.partition("://")
        # PrivateLink forwards the port that is asked for.
        _, colon, port = rest.rpartition(":")
        origin = f"{scheme}://{serving.target}{colon}{port if colon else ''}"
    return Candidate(
        "interface",
        resolved,
        serving.target,
        origin,
        serving.dials,
        basis,
        f"vpc_endpoints[{serving.index}]",
        serving=serving,
    )


def from_custom(resolved: Resolved, custom: CustomHost) -> Candidate:
    """The candidate for a host that ``[[custom_endpoints]]`` declares."""
    return Candidate(
        "custom",
        resolved,
        resolved.host,
        resolved.origin,
        resolved.host,
        "attested" if custom.fips else None,
        f"custom_endpoints[{custom.index}]",
        private_attested=custom.private,
    )


def foreign(
    resolved: Resolved,
    custom: CustomHost | None,
    table: HostTable,
    *,
    wants_endpoints: bool,
    zone: Zone = UNKNOWN,
) -> tuple[list[Candidate], str]:
    """The candidates for a host that no ruleset yields; its origin, where nobody declares it.

    :param custom: the ``[[custom_endpoints]]`` entry that declares it.
    :param wants_endpoints: may declared interface endpoints take its calls?
    """
    declared = interfaces(resolved, table, zone)
    served = declared if wants_endpoints else []
    if custom:
        return [*served, from_custom(resolved, custom)], ""
    kind: Literal["own", "undeclared"] = "own" if declared else "undeclared"
    itself = Candidate(kind, resolved, resolved.host, resolved.origin, resolved.host)
    return [*served, itself], "" if declared else resolved.origin


def ordered(
    candidates: Sequence[Candidate], demands: Demands, zone: Zone = UNKNOWN
) -> tuple[Candidate, ...]:
    """By FIPS, then private, then dual-stack, then zone, then the policy's order.

    ``off`` has no opinion. A name of the caller's own *zone* comes before regional ones, and one of
    another zone after them: it may cost money, and stands or falls with that zone. Where the own
    zone is unknown, the policy's order stands.
    """

    def rank(item: tuple[int, Candidate]) -> tuple[bool, int, bool, int, int]:
        position, candidate = item
        privacy = 0 if candidate.kind != "standard" else 1 if candidate.gateway else 2
        own = candidate.zone
        return (
            demands.settings.fips != "off" and not accepts(demands, candidate.fips_basis),
            privacy if demands.settings.private != "off" else 0,
            demands.settings.dual_stack != "off" and not candidate.resolved.variant.dual_stack,
            1 if not (zone and own) else 0 if zone.matches(own) else 2,
            position,
        )

    return tuple(candidate for _, candidate in sorted(enumerate(candidates), key=rank))
