from __future__ import annotations

from collections.abc import Iterator

import pytest

from .dns_server import DnsServer, serving


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with serving() as one:
        yield one
