"""Every test here is one of another folder, with asynchronous clients."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from tests.kinds.conftest import lab, no_network

__all__ = ["lab", "no_network"]

#: What needs aiobotocore is skipped where nobody has it.
collect_ignore_glob = [] if importlib.util.find_spec("aiobotocore") else ["test_*.py"]


@pytest.fixture(autouse=True)
def asynchronous() -> Iterator[None]:
    from tests.support.blocking import blocking

    with blocking():
        yield
