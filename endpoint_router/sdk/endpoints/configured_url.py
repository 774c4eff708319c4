"""What a client's endpoint URL turns out to be. Decides nothing about a call.

Whoever gave it, code, a variable, a profile, or a handler for one call: AWS's own hosts count as
not given, an endpoint that the policy declares is what the application chose, and of any other each
call finds out who declares its host.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import astuple

from ...aws.hosts import has_own_port, host_of, origin_of
from ...policy.custom_endpoints import CustomHost
from ...process import importing
from ...router import Router
from ...routing.variants import Variant
from .rulesets import Rulesets


class ConfiguredUrl(Struct, frozen=True):
    """The URL of one client, or of one call; empty fields where there is none."""

    #: The flavour that the application asked for, by its settings or by naming such a host.
    native: Variant
    custom: CustomHost | None = None
    #: Index of the declared VPC endpoint that it names.
    endpoint: int | None = None
    #: Does it stay in force while botocore resolves?
    is_kept: bool = False
    #: Is it one of AWS's own for this service, and so as if it were not given?
    is_own: bool = False
    url: str = ""


def configured_url(rulesets: Rulesets, router: Router, url: str, region: str = "") -> ConfiguredUrl:
    """Judge the *url* that *rulesets*' client, or one call of it, was given.

    :param region: of the call, where that is another than the client's.
    """
    native = rulesets.native
    if not url:
        return ConfiguredUrl(native)
    custom = custom_for(router, rulesets.service, origin_of(url))
    if custom:
        return ConfiguredUrl(native, custom=custom, is_kept=True, url=url)
    if not _is_bare(url):
        return ConfiguredUrl(native, is_kept=True, url=url)
    host = host_of(url)
    endpoint = router.table.index_of(host)
    if endpoint is not None:
        return ConfiguredUrl(native, endpoint=endpoint, url=url)
    with importing:  # few clients are given such a URL
        from .identify import identify

    known = identify(rulesets, host, fips_first=False, region=region)
    if known and known.host == host and not has_own_port(url):
        # Naming AWS's FIPS, dual-stack or regional host is asking for that variant.
        pairs = zip(astuple(native), astuple(known.variant), strict=True)
        variant = Variant(*(ours or theirs for ours, theirs in pairs))
        return ConfiguredUrl(variant, is_own=True, url=url)
    return ConfiguredUrl(native, is_kept=True, url=url)


def custom_for(router: Router, service: str, origin: str) -> CustomHost | None:
    """The ``[[custom_endpoints]]`` entry that declares *origin* for *service*."""
    return next((custom for custom in router.customs if custom.matches(service, origin)), None)


def _is_bare(url: str) -> bool:
    """Is *url* only scheme, host and port?"""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
