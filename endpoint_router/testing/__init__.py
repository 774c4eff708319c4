"""For the tests of applications: a policy in force for a block, with DNS and clock that are fakes.

The public names. Importing this package does no work, and imports neither botocore nor pytest nor
moto. Nothing outside of tests ever imports any of it.
"""

from __future__ import annotations

import typing as _typing

if _typing.TYPE_CHECKING:
    from .calls import Refused, RoutedCall, assert_routed
    from .fake_clock import FakeClock
    from .fake_dns import FakeDns
    from .in_force import PolicyInForce, PutInForce, policy_in_force
    from .offline import NothingAnswered

__all__ = [
    "FakeClock",
    "FakeDns",
    "NothingAnswered",
    "PolicyInForce",
    "PutInForce",
    "Refused",
    "RoutedCall",
    "assert_routed",
    "policy_in_force",
]

_WHERE = {
    "FakeClock": ".fake_clock",
    "FakeDns": ".fake_dns",
    "NothingAnswered": ".offline",
    "PolicyInForce": ".in_force",
    "PutInForce": ".in_force",
    "Refused": ".calls",
    "RoutedCall": ".calls",
    "assert_routed": ".calls",
    "policy_in_force": ".in_force",
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
