"""Signing name and region of a client's calls, variant by variant.

A ruleset may name them; where it has no say, they are what botocore's legacy resolver gives the
signer of a client: us-east-1 for the global services of a partition (iam, route53), which is what
``endpoint_url=`` gets wrong for 31 services. Nothing here knows a call's parameters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, EndpointVariantError
from msgspec import Struct

from ...routing.variants import Variant
from .botocore_data import BotocoreData


class SigningScope(Struct, frozen=True):
    """What stands in the credential scope."""

    name: str
    region: str


def default_scope(
    data: BotocoreData, endpoint_prefix: str, signing_name: str, region: str, variant: Variant
) -> SigningScope | None:
    """What botocore's legacy resolver gives the signer of a client of *variant*.

    Follows ``ClientEndpointBridge._pick_region_values`` and ``_resolve_signing_name`` without
    an endpoint URL. ``None`` where that resolver knows nothing.

    :param region: of the client; empty where it has none.
    :raises EndpointVariantError: botocore makes no client of this variant (dual-stack in
        aws-iso-e), although the ruleset would yield a host.
    """
    scope = _scope(
        data, endpoint_prefix, signing_name, region or None, variant.dual_stack, variant.fips
    )
    if isinstance(scope, EndpointVariantError):
        raise scope
    return scope


@lru_cache(maxsize=4096)  # an application may name any region
def _scope(
    data: BotocoreData,
    endpoint_prefix: str,
    signing_name: str,
    region: str | None,
    dual_stack: bool,
    fips: bool,
) -> SigningScope | EndpointVariantError | None:
    flags: dict[str, Any] = {
        "use_dualstack_endpoint": dual_stack,
        "use_fips_endpoint": fips,
    }
    try:
        endpoint = data.legacy.construct_endpoint(endpoint_prefix, region, **flags)
        if not endpoint:
            endpoint = data.legacy.construct_endpoint(
                endpoint_prefix, region, partition_name="aws", **flags
            )
    except EndpointVariantError as error:
        return error
    except BotoCoreError:  # UnknownRegionError, NoRegionError
        return None
    if not endpoint:
        return None
    scope = endpoint.get("credentialScope", {})
    return SigningScope(
        scope.get("service", signing_name), scope.get("region", endpoint["endpointName"])
    )
