"""Every test here is one of another folder, with asynchronous clients.

aiohttp dials for itself. So whoever wants the lab runs in a network of its own, where the lab's
addresses are real: in a child from set-up to tear-down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from endpoint_router.lab.network import Lab
from tests.support.caught_calls import no_network
from tests.support.lab_client import declare
from tests.support.namespace import NAMESERVER, available, run_isolated

from .blocking import blocking

__all__ = ["no_network"]

#: Every address that the tests give to hosts.
_ADDRESSES = [
    f"{network}.{third}.{last}"
    for network in ("52.94", "10.20")
    for third in range(4)
    for last in range(45)
]


@pytest.fixture(autouse=True)
def asynchronous() -> Iterator[None]:
    with blocking():
        yield


@pytest.fixture
def lab() -> Iterator[Lab]:
    """The lab of the other tests, where its addresses are."""
    if available():
        pytest.skip(f"REAL NETWORK TEST NOT RUN: {available()}")
    with Lab(dns=(NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        declare(lab)
        yield lab


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if "lab" not in getattr(item, "fixturenames", ()) or available():
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for data in run_isolated(_reports, item, nextitem, addresses=_ADDRESSES):
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _reports(item: pytest.Item, nextitem: pytest.Item | None) -> list[Any]:
    made = runtestprotocol(item, log=False, nextitem=nextitem)
    hook = item.config.hook.pytest_report_to_serializable
    return [hook(config=item.config, report=report) for report in made]
