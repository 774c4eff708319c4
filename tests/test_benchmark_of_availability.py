"""The routed client is at least as available as plain botocore beside it, under the same faults.

A small version of ``python -m benchmarks.availability``, which says how it is measured.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.availability import Load, Result, both, row
from benchmarks.faults import FAULTS, Fault
from tests.support.namespace import needs_namespaces

__all__ = ["needs_namespaces"]

#: The connect timeout is that of the TLS handshake, too, which takes a busy machine its time.
SMALL = Load(calls=120, threads=16, span=2.5, compression=40.0, connect_timeout=5.0)
#: Seconds in which the calls begin where time is not compressed, or an outage is to be outlived:
#: glibc waits a second at least, so one of 3 s outlasts one attempt of plain botocore.
SLOW_SPAN, OUTAGE_SPAN = 4.0, 5.0
#: What is tried unless ``--all-faults`` is said: each kind that a network was seen to have.
SAMPLE = (
    "resolver silent for 120 s",
    "one of three addresses resets TLS",
    "AAAA filtered, first calls",
    "EDNS dropped, first calls",
    "odd lines in resolv.conf",
    "resolv.conf rewritten",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = [fault for fault in FAULTS if fault.name in SAMPLE]
    assert len(chosen) == len(SAMPLE)
    if metafunc.config.getoption("--all-faults"):
        chosen = list(FAULTS)
    metafunc.parametrize("fault", chosen, ids=lambda fault: fault.name)


def small(fault: Fault) -> Load:
    load = SMALL.of(fault)
    if "calls" in fault.load:  # fewer than others, because each takes long
        load = replace(load, calls=max(8, int(fault.load["calls"]) // 10))
    if fault.outage:
        return replace(load, span=OUTAGE_SPAN)
    return replace(load, span=SLOW_SPAN) if load.compression == 1 else load


def shown(fault: Fault, plain: Result, routed: Result) -> str:
    return f"\n{row(fault, 'plain', plain)}\n{row(fault, 'routed', routed)}"


def test_it_succeeds_at_least_as_often_as_plain_botocore(fault: Fault) -> None:
    load = small(fault)
    plain, routed = both(fault, load)
    table = shown(fault, plain, routed)
    assert routed.calls == plain.calls == load.calls
    # Otherwise nothing would have been measured: a connection for each call, and a look-up for
    # each connection of plain botocore, unless the hosts file knows the name.
    assert routed.connections >= load.calls * routed.rate
    assert plain.questions >= load.calls or "hosts" in fault.name or "empty" in fault.name, table
    assert routed.rate >= plain.rate, table
