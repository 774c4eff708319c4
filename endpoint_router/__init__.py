"""Route every botocore call to the host that the policy allows: FIPS, VPC endpoint or regional.

The public names. Importing this package does no work and imports no botocore.
"""

from __future__ import annotations

import typing as _typing

from ._version import __version__

if _typing.TYPE_CHECKING:
    from .errors import EndpointDenied, EndpointRouterError, EndpointUnverified, PolicyError
    from .policy.model import Policy
    from .routing.case import Decision
    from .sdk.activation.install import attach, install, uninstall
    from .sdk.explain import explain
    from .sdk.other_clients import resolve

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
    "attach": ".sdk.activation.install",
    "explain": ".sdk.explain",
    "install": ".sdk.activation.install",
    "resolve": ".sdk.other_clients",
    "uninstall": ".sdk.activation.install",
}


def __getattr__(name: str) -> _typing.Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_WHERE[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
