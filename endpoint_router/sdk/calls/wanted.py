"""Which variants of an endpoint botocore's ruleset is asked for, by what a policy demands. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ...policy.rules import Demands
from ...routing.candidates import Variant

_CHOICES = {"require": (True,), "prefer": (True, False)}


def wanted(
    demands: Demands, native: Variant, *, has_endpoints: bool, twin: bool, plain: bool
) -> list[tuple[Variant, bool]]:
    """Variants that the policy may choose, and whether each is only there to be served.

    :param native: what the application asked for; it stands where the policy has no opinion.
    :param has_endpoints: does the policy declare any?
    :param twin: would botocore use a global host of STS or S3, beside which is a regional one?
    :param plain: would it use a host with an account id, beside which is one without?
    """
    regional = [(native.regional or demands.settings.regional == "require", False)]
    without_account = [(demands.settings.account_id_hosts == "off", False)]
    # A twin of botocore's own choice is there for endpoints that serve it; and where nothing but
    # private will do, also for private DNS, which often covers the twin only.
    only_served = demands.settings.private != "require"
    if twin and not regional[0][0] and (has_endpoints or not only_served):
        regional.append((True, only_served))
    if plain and not without_account[0][0] and demands.settings.private != "off":
        without_account.append((True, only_served))
    fips: Sequence[bool] = _CHOICES.get(demands.settings.fips, (native.fips,))
    dual_stack: Sequence[bool] = _CHOICES.get(demands.settings.dual_stack, (native.dual_stack,))
    return [
        (Variant(one_fips, one_dual, one_regional, without), only_twin or only_plain)
        for without, only_plain in without_account
        for one_fips in fips
        for one_dual in dual_stack
        for one_regional, only_twin in regional
    ]
