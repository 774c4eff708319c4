"""Many worlds one after the other, in one process or several. Nothing is printed here."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.support.cheap_events import cheap_events
from tests.support.shipped_data import read_once

from .edges import replaced
from .generator import world_of
from .search import Finding, Tally, explore


def _part(seeds: range) -> tuple[Tally, list[Finding]]:
    tally, findings = Tally(), []
    with pytest.MonkeyPatch.context() as patch, replaced():
        read_once(patch)
        cheap_events(patch)
        # Clients are full of cycles: looking for them all the time costs a third.
        gc.disable()
        for number, seed in enumerate(seeds):
            explored = explore(world_of(seed))
            tally.add(explored)
            findings += explored.findings
            if number % 100 == 99:
                gc.collect()
    return tally, findings


def search(first: int, count: int, jobs: int) -> Iterator[tuple[Tally, list[Finding]]]:
    """Explore *count* worlds from seed *first* on, in *jobs* processes; part by part."""
    size = min(1000, -(-count // jobs))
    parts = [range(at, min(at + size, first + count)) for at in range(first, first + count, size)]
    if jobs == 1:
        yield from map(_part, parts)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(_part, parts)
