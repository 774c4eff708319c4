"""Route every botocore call to the host that the policy allows: FIPS, VPC endpoint or regional.

The public names. Importing this package does no work and imports no botocore.
"""

from __future__ import annotations

import typing as _typing

from ._version import __version__

if _typing.TYPE_CHECKING:
    from .aws.zone import Zone
    from .errors import EndpointDenied, EndpointRouterError, EndpointUnverified, PolicyError
    from .policy.load import PolicySource
    from .policy.model import Policy, Settings
    from .policy.origins import Origin
    from .policy.rules import Demands, SpokenRule
    from .routing.answer import Answer, Question
    from .routing.candidates import Candidate, Resolved
    from .routing.case import ApiCall, Considered, Decision, Finding
    from .routing.declared import Serving
    from .routing.gateways import Gateway
    from .routing.variants import Variant
    from .sdk.activation.install import attach, install, uninstall
    from .sdk.explain import explain
    from .sdk.metrics import (
        CallCount,
        LookUpCount,
        Metrics,
        RenewalCount,
        WaiverLeft,
        metrics,
    )
    from .sdk.other_clients import resolve

__all__ = [
    "Answer",
    "ApiCall",
    "CallCount",
    "Candidate",
    "Considered",
    "Decision",
    "Demands",
    "EndpointDenied",
    "EndpointRouterError",
    "EndpointUnverified",
    "Finding",
    "Gateway",
    "LookUpCount",
    "Metrics",
    "Origin",
    "Policy",
    "PolicyError",
    "PolicySource",
    "Question",
    "RenewalCount",
    "Resolved",
    "Serving",
    "Settings",
    "SpokenRule",
    "Variant",
    "WaiverLeft",
    "Zone",
    "__version__",
    "attach",
    "explain",
    "install",
    "metrics",
    "resolve",
    "uninstall",
]

_WHERE = {
    "Answer": ".routing.answer",
    "ApiCall": ".routing.case",
    "CallCount": ".sdk.metrics",
    "Candidate": ".routing.candidates",
    "Considered": ".routing.case",
    "Decision": ".routing.case",
    "Demands": ".policy.rules",
    "EndpointDenied": ".errors",
    "EndpointRouterError": ".errors",
    "EndpointUnverified": ".errors",
    "Finding": ".routing.case",
    "Gateway": ".routing.gateways",
    "LookUpCount": ".sdk.metrics",
    "Metrics": ".sdk.metrics",
    "Origin": ".policy.origins",
    "Policy": ".policy.model",
    "PolicyError": ".errors",
    "PolicySource": ".policy.load",
    "Question": ".routing.answer",
    "RenewalCount": ".sdk.metrics",
    "Resolved": ".routing.candidates",
    "Serving": ".routing.declared",
    "Settings": ".policy.model",
    "SpokenRule": ".policy.rules",
    "Variant": ".routing.variants",
    "WaiverLeft": ".sdk.metrics",
    "Zone": ".aws.zone",
    "attach": ".sdk.activation.install",
    "explain": ".sdk.explain",
    "install": ".sdk.activation.install",
    "metrics": ".sdk.metrics",
    "resolve": ".sdk.other_clients",
    "uninstall": ".sdk.activation.install",
}


def __getattr__(name: str) -> _typing.Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if _WHERE[name].startswith(".sdk."):
        # Whole and first, as the application's other threads import it: modules that import each
        # other, begun at two ends by two threads, may be seen half made (CPython's import locks).
        import_module("botocore.session")
    value = getattr(import_module(_WHERE[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
