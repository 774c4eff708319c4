"""Route every botocore call to the host that the policy allows: FIPS, VPC endpoint or regional.

The public names. Importing this package does no work and imports no botocore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .errors import EndpointDenied, EndpointRouterError, EndpointUnverified, PolicyError
    from .policy.model import Policy
    from .routing.case import Decision
    from .sdk.explain import explain
    from .sdk.install import attach, install, uninstall
    from .sdk.resolve import resolve

__all__ = [
    "Decision",
    "EndpointDenied",
    "EndpointRouterError",
    "EndpointUnverified",
    "Policy",
    "PolicyError",
    "__version__",
    "attach",
    "explain",
    "install",
    "resolve",
    "uninstall",
]

_WHERE = {
    "Decision": ".routing.case",
    "EndpointDenied": ".errors",
    "EndpointRouterError": ".errors",
    "EndpointUnverified": ".errors",
    "Policy": ".policy.model",
    "PolicyError": ".errors",
    "attach": ".sdk.install",
    "explain": ".sdk.explain",
    "install": ".sdk.install",
    "resolve": ".sdk.resolve",
    "uninstall": ".sdk.install",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_WHERE[name], __name__), name)
    globals()[name] = value
    return value
