"""Which host stands for all that the policy may use: one name to ask resolvers for.

Hosts come out of botocore's rulesets and the policy, never out of a format string.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from ..aws.hosts import host_of, names_region
from ..policy.loaded import LoadedPolicy
from ..router import table_of
from ..sdk.seams_rulesets import url_of_ruleset

__all__ = ["endpoint_name", "public_host", "region_of"]

#: Every account has it, and every region.
_SERVICE = "sts"
#: Where nobody says which region.
_REGION = "us-east-1"


def region_of(session: Any, environ: Mapping[str, str] = os.environ) -> str:
    """The region that clients of *session* would have, or what the platform says; or nothing."""
    try:
        region = session.get_config_variable("region")
    except BotoCoreError:  # no such profile
        region = None
    return str(region or environ.get("AWS_REGION") or "")


def endpoint_name(loaded: LoadedPolicy, region: str) -> str:
    """The name of a declared VPC endpoint of *region*; empty where there is none.

    Where nobody says which region, of any.
    """
    names = []
    for _pattern, serving in table_of(loaded.parsed).patterns:
        name = serving.dials
        # Such a name is one for each bucket, and any will do.
        names.append(name.replace("*.", "bucket.", 1) if name.startswith("*.") else name)
    return next((name for name in names if not region or names_region(name, region)), "")


def public_host(loaded: LoadedPolicy, region: str, *, fips: bool) -> str:
    """The host of STS in *region*, as the policy's defaults would have it.

    :param fips: is FIPS demanded?
    """
    region = region or _REGION
    own = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    provider = EndpointProvider(
        own.load_service_model(_SERVICE, "endpoint-rule-set-1"), own.load_data("partitions")
    )
    dual_stack = loaded.policy.defaults.dual_stack == "require"
    for flags in ((fips, dual_stack), (fips, False), (False, False)):
        try:
            inputs = {"Region": region, "UseFIPS": flags[0], "UseDualStack": flags[1]}
            url = url_of_ruleset(provider, {**inputs, "UseGlobalEndpoint": False})
        except BotoCoreError:  # no such variant there
            continue
        return host_of(url)
    return public_host(loaded, _REGION, fips=fips) if region != _REGION else ""
