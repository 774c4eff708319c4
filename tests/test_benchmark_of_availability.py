"""The routed client is at least as available as plain botocore beside it, under the same faults.

A small version of ``python -m benchmarks.availability``, which says how it is measured.
"""

from __future__ import annotations

import pytest

from benchmarks.availability import FAULTS, Fault, Load, Result, both, row
from tests.support import namespace

#: glibc waits a second at least, so the outage of 3 s outlasts one attempt of plain botocore.
SMALL = Load(calls=200, threads=16, span=5.0, compression=40.0, connect_timeout=0.5)


@pytest.fixture(autouse=True)
def _needs_namespaces() -> None:
    namespace.require()


def shown(fault: Fault, plain: Result, routed: Result) -> str:
    return f"\n{row(fault, 'plain', plain)}\n{row(fault, 'routed', routed)}"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_succeeds_at_least_as_often_as_plain_botocore(fault: Fault) -> None:
    plain, routed = both(fault, SMALL)
    table = shown(fault, plain, routed)
    assert routed.calls == plain.calls == SMALL.calls
    # Otherwise nothing would have been measured: a connection for each call, and a look-up for
    # each connection of plain botocore.
    assert routed.connections >= SMALL.calls * routed.rate
    assert plain.questions >= SMALL.calls, table
    assert routed.rate >= plain.rate, table
