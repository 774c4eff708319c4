"""The cheap ones among the benchmarks: what they measure, on a small scale."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from benchmarks import audit_files, lookups, memory
from benchmarks.__main__ import NAMES
from benchmarks.pairs import compare
from endpoint_router.audit.reading import read
from endpoint_router.audit.sources import Period, find


def test_first_calls_of_many_clients_wait_for_their_look_ups_together() -> None:
    delay, clients = 1.0, 30
    assert lookups.first_calls(clients, delay).calling < clients * delay / 2


def test_a_name_is_asked_for_once_and_when_a_renewal_falls_due() -> None:
    asked, lives = lookups.questions(lives=2, clients=5)
    assert asked["A"] >= 2
    assert set(asked) == {"A", "AAAA"}
    assert max(asked.values()) <= lookups.most(lives)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_calls_leave_nothing_behind() -> None:
    # A call's own objects are tens of kilobytes. One arena of Python's allocator is 1 MiB, which
    # so few calls may or may not need anew. In a process of its own: this one has other threads.
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        assert alone.submit(memory.growth, 1500).result() < 2000


def test_files_for_the_audit_are_read_whole(tmp_path: Path) -> None:
    path = Path(audit_files.write(str(tmp_path), 7, each=200))
    content = path.read_bytes()
    result = read(find([str(tmp_path)], Period()), Period())
    assert (result.bad, result.records, result.duplicates) == ((), 200, 0)
    assert {group.caller for group, _ in result.groups} == {"application", "aws", "on-behalf"}
    assert Path(audit_files.write(str(tmp_path), 7, each=200)).read_bytes() == content


def test_the_median_of_pairs() -> None:
    values = {"plain": iter([1.0, 2.0, 4.0]), "routed": iter([2.0, 2.0, 12.0])}
    assert compare(lambda side: next(values[side]), pairs=3) == (2.0, 2.0, 2.0)


def test_every_benchmark_is_listed_and_documented() -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "benchmarks", "--list"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    contributing = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [line.split()[0] for line in listed.splitlines()] == list(NAMES)
    assert all(f"| `{name}` |" in contributing for name in NAMES)
