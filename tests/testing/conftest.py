"""Every test here leaves botocore as it found it, and so does what it puts in force."""

from __future__ import annotations

from collections.abc import Iterator

import botocore
import pytest

import endpoint_router
from endpoint_router.sdk.activation import install


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    """Nothing is registered with botocore, installed or in force afterwards that was not before."""
    initializers = list(botocore._INITIALIZERS)  # type: ignore[attr-defined]
    yield
    assert install.installations() == [], "the test left something in force"
    assert initializers == botocore._INITIALIZERS  # type: ignore[attr-defined]


@pytest.fixture
def uninstalled_at_the_end() -> Iterator[None]:
    """For tests that install, as applications do."""
    yield
    endpoint_router.uninstall()
