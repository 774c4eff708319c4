"""STS and S3: the services that have a global host beside their regional ones.

Which host botocore uses is an input of its rulesets. The regional host is the *twin* of the global
one: the same service, and the only one of the two that an interface endpoint serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.regions import EndpointResolverBuiltins as Builtin

from ...aws.hosts import is_aws, names_region

#: By service: the input that asks its ruleset for the global host.
_ASKS = {
    "sts": Builtin.AWS_STS_USE_GLOBAL_ENDPOINT,
    "s3": Builtin.AWS_S3_USE_GLOBAL_ENDPOINT,
}


def uses_global_host(service: str, builtins: Mapping[Any, Any]) -> bool:
    """Would botocore use the global host, with these inputs?"""
    return service in _ASKS and bool(builtins.get(_ASKS[service]))


def regional_inputs() -> dict[Any, bool]:
    """What makes any ruleset yield the regional twin."""
    return dict.fromkeys(_ASKS.values(), False)


def is_regional(service: str, host: str, region: str) -> bool:
    """Is *host* no global one? A host of one's own is where it is, and no twin of anything."""
    return service not in _ASKS or not is_aws(host) or names_region(host, region)
