"""From a host back to the endpoint that it is: which variant of a service's, and in which region.

For hosts that somebody else named: a configured URL, a handler, a service's own answer. No name is
taken apart for it: the rulesets are asked what they would yield. Imported with the first such host.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from botocore.exceptions import BotoCoreError
from msgspec.structs import replace

from ...aws.hosts import host_of, probe_name
from ...routing.candidates import Resolved
from ...routing.variants import Variant
from .. import seams_rulesets
from .rulesets import Rulesets
from .signing_scope import SigningScope

_VARIANTS = tuple(Variant(*flags) for flags in product((False, True), repeat=3))


def identify(
    rulesets: Rulesets,
    host: str,
    operation_model: Any = None,
    *,
    fips_first: bool,
    region: str = "",
) -> Resolved | None:
    """Which of the service's hosts *host* is; ``None`` when it is none of them.

    Looks in the client's own region, and for an operation also in the regions that *host* names, so
    that a nested presign for another region is recognised.

    :param fips_first: how to read a host that is plain and FIPS at once, as in GovCloud.
    :param region: in place of the client's.
    """
    if not rulesets.exist:
        return None
    regions = [region]
    if operation_model is not None:
        regions += [label for label in host.split(".") if rulesets.data.partition(label)]
    prefix = rulesets.prefix(operation_model, {})
    for region in regions:
        for variant in sorted(_VARIANTS, key=lambda variant: variant.fips is not fips_first):
            url = _url(rulesets, variant, region, operation_model)
            if not url:
                continue
            plain = _url(rulesets, replace(variant, fips=False), region, operation_model)
            own = rulesets.default_scope(variant)
            resolved = rulesets.describe(
                variant,
                url,
                prefix=prefix,
                scope=SigningScope(own.name, region or own.region),
                plain_host=f"{prefix}{host_of(plain)}",
            )
            if resolved.host in (host, probe_name(rulesets.service, host)) and (
                not variant.fips or resolved.fips_basis or plain != url
            ):
                return resolved
    return None


def counterpart(
    rulesets: Rulesets,
    known: Resolved,
    variant: Variant,
    operation_model: Any,
    *,
    only_served: bool = False,
) -> Resolved | None:
    """The *variant* of *known* in the same region; ``None`` when there is no such host."""
    region = known.signing_region
    url = _url(rulesets, variant, region, operation_model)
    if not url:
        return None
    prefix = rulesets.prefix(operation_model, {})
    plain = _url(rulesets, replace(variant, fips=False), region, operation_model)
    return rulesets.describe(
        variant,
        url,
        prefix=prefix,
        scope=SigningScope(known.signing_name, region),
        plain_host=f"{prefix}{host_of(plain)}",
        only_served=only_served,
    )


def _url(rulesets: Rulesets, variant: Variant, region: str, operation_model: Any) -> str:
    """What the ruleset yields; empty for nothing."""
    try:
        rulesets.default_scope(variant)
        return seams_rulesets.resolve_silently(
            rulesets.resolver(variant, region=region), operation_model
        )
    except BotoCoreError:
        return ""
