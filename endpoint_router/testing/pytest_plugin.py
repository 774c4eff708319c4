"""Fixtures for pytest; the only module that imports it.

Named by those who want it, in the ``conftest.py`` at the root of their tests::

    pytest_plugins = ["endpoint_router.testing.pytest_plugin"]

It is no entry point: pytest would load it wherever this package is installed, and rewrite the
assertions of the whole package for it, that of the production code, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from .fake_clock import FakeClock
from .fake_dns import FakeDns

if TYPE_CHECKING:
    from ..policy.load import PolicySource
    from .in_force import PolicyInForce, PutInForce

__all__ = [
    "endpoint_router_clock",
    "endpoint_router_dns",
    "endpoint_router_policy",
]


@pytest.fixture
def endpoint_router_dns() -> FakeDns:
    """What names answer in this test: say it with ``set``."""
    return FakeDns()


@pytest.fixture
def endpoint_router_clock() -> FakeClock:
    """The time in this test: it stands still until it is moved."""
    return FakeClock()


@pytest.fixture
def endpoint_router_policy(
    endpoint_router_dns: FakeDns, endpoint_router_clock: FakeClock
) -> Iterator[PutInForce]:
    """Puts a policy in force for this test, with the DNS and the clock of the other fixtures."""
    from .in_force import policy_in_force

    with ExitStack() as until_over:

        def put(
            policy: PolicySource | None = None, *, zone: str = "", offline: bool = True
        ) -> PolicyInForce:
            block = policy_in_force(
                policy,
                dns=endpoint_router_dns,
                clock=endpoint_router_clock,
                zone=zone,
                offline=offline,
            )
            return until_over.enter_context(block)

        yield put
