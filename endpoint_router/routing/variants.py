"""Which variants of an endpoint botocore's ruleset is asked for, by what a policy demands. Pure.

Here too: when account-id hosts are off, and when a global host's regional twin comes in.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict

from ..policy.rules import Demands

_CHOICES = {"require": (True,), "prefer": (True, False)}


class Variant(Struct, frozen=True):
    """Which flavour of an endpoint was asked of botocore's ruleset."""

    #: The FIPS host.
    fips: bool = False
    #: The host with IPv6 addresses, too.
    dual_stack: bool = False
    #: The regional twin of a global STS or S3 host.
    regional: bool = False
    #: The host without the account id that would be its first label (``account_id_hosts = "off"``).
    without_account_id: bool = False

    def __str__(self) -> str:
        return "+".join(name for name, on in asdict(self).items() if on) or "standard"


def wanted(
    demands: Demands,
    native: Variant,
    *,
    has_endpoints: bool,
    twin: bool,
    plain: bool,
    names_endpoint: bool = False,
) -> list[tuple[Variant, bool]]:
    """Variants that the policy may choose, and whether each is only there to be served.

    :param native: what the application asked for; it stands where the policy has no opinion.
    :param has_endpoints: does the policy declare any?
    :param twin: would botocore use a global host of STS or S3, beside which is a regional one?
    :param plain: would it use a host with an account id, beside which is one without?
    :param names_endpoint: does the application name a declared endpoint itself? That one may serve
        the FIPS host only.
    """
    regional = [(native.regional or demands.settings.regional == "require", False)]
    without_account = [(demands.settings.account_id_hosts == "off", False)]
    # A twin of botocore's own choice is there for endpoints that serve it; and where nothing but
    # private will do, also for private DNS, which often covers the twin only.
    only_served = demands.settings.private != "require"
    # It may be where calls are allowed to go, and the global host is not.
    twin_served = only_served and not demands.settings.allowed_regions
    if twin and not regional[0][0] and (has_endpoints or not twin_served):
        regional.append((True, twin_served))
    counts = has_endpoints and demands.settings.private != "off"
    if plain and not without_account[0][0] and (counts or not only_served):
        without_account.append((True, only_served))
    fips = [(each, False) for each in _CHOICES.get(demands.settings.fips, (native.fips,))]
    if names_endpoint and not any(with_fips for with_fips, _ in fips):
        fips.append((True, True))
    dual_stack: Sequence[bool] = _CHOICES.get(demands.settings.dual_stack, (native.dual_stack,))
    return [
        (Variant(with_fips, with_both, is_regional, without), only_twin or only_plain or only_fips)
        for without, only_plain in without_account
        for with_fips, only_fips in fips
        for with_both in dual_stack
        for is_regional, only_twin in regional
    ]
