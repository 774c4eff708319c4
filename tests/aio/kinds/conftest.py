"""Every test here is one of another folder, with asynchronous clients."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kinds.conftest import lab, no_network

__all__ = ["lab", "no_network"]

HERE = Path(__file__).parent
#: Of how many services, with both tests, one is tried.
_EACH = 12

#: What needs aiobotocore is skipped where nobody has it.
collect_ignore_glob = [] if importlib.util.find_spec("aiobotocore") else ["test_*.py"]


@pytest.fixture(autouse=True)
def asynchronous() -> Iterator[None]:
    from tests.support.blocking import blocking

    with blocking():
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of all of AWS a sample, unless all regions are asked for: what differs is no service."""
    if config.getoption("--all-regions"):
        return
    swept = [item for item in items if item.path == HERE / "test_all_of_aws.py"]
    left_out = {item for number, item in enumerate(swept) if number // 2 % _EACH}
    config.hook.pytest_deselected(items=sorted(left_out, key=items.index))
    items[:] = [item for item in items if item not in left_out]
