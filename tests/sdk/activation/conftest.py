"""Nothing is installed before a test here, nor after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import endpoint_router


@pytest.fixture(autouse=True)
def nothing_is_installed() -> Iterator[None]:
    endpoint_router.uninstall()
    yield
    endpoint_router.uninstall()
