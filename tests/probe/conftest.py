from __future__ import annotations

from collections.abc import Iterator

import pytest

from .dns_server import DnsServer, serving
from .names import Clock, Names, begin


@pytest.fixture(autouse=True)
def _what_others_left_behind() -> None:
    begin()


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with serving() as one:
        yield one


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def clock() -> Clock:
    return Clock()
