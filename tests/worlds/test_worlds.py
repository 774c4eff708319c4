"""Some 140 worlds in each run of the tests; ``python -m tests.worlds`` lives through more."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from .edges import replaced
from .generator import world_of
from .search import Explored, Tally, explore

#: Of this many worlds each: what one costs is mostly two clients.
_PART = 25
_SEEDS = range(41, 141)
#: Those that are also looked at together.
_FIRST = range(1, _SEEDS.start)
_PARTS = [range(at, at + _PART) for at in range(_SEEDS.start, _SEEDS.stop, _PART)]


@pytest.fixture
def edges() -> Iterator[None]:
    with replaced():
        yield
    gc.collect()


@pytest.mark.usefixtures("edges")
@pytest.mark.parametrize("seeds", _PARTS, ids=lambda seeds: f"from {seeds.start}")
def test_the_policy_is_kept_and_nothing_else_is_refused(seeds: range) -> None:
    assert _wrong([explore(world_of(seed)) for seed in seeds]) == ""


def _wrong(explored: list[Explored]) -> str:
    return "\n".join(
        f"python -m tests.worlds --world {finding.seed}\n    {finding}\n    {case.world}"
        for case in explored
        for finding in case.findings
    )


@pytest.mark.usefixtures("edges")
def test_the_worlds_are_neither_all_refused_nor_all_allowed() -> None:
    tally = Tally()
    explored = [explore(world_of(seed)) for seed in _FIRST]
    assert _wrong(explored) == ""
    for case in explored:
        tally.add(case)
    counts = tally.counts
    assert counts["sent by the routed client"] > 15
    assert sum(tally.refusals.values()) > 10
    assert len(tally.refusals) > 4


def test_a_seed_is_a_world() -> None:
    assert str(world_of(7)) == str(world_of(7))
    assert len({str(world_of(seed)) for seed in range(100)}) == 100


def test_without_awscrt() -> None:
    """botocore looks for awscrt when it is imported, so this takes a process of its own."""
    environ = {**os.environ, "BOTO_DISABLE_CRT": "true"}
    command = [sys.executable, "-m", "tests.worlds", "--count", "40", "--seed", "1001"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "without awscrt" in ended.stdout
