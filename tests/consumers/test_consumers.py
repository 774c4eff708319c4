"""Other people's software, unchanged: what works without us works with us, and arrives."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support.namespace import needs_namespaces

from .consumers import CONSUMERS
from .policies import REGION, WANTED
from .running import PROGRAMS, Ran, run
from .table import POLICIES, WAYS, Broken, Consumer, Refused, Result, Routed, Unrouted, Unsupported

__all__ = ["needs_namespaces"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of this run of the tests, whichever of its processes asks."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture
def alone(shared: Path) -> Iterator[None]:
    """Nothing else that is to be alone runs now."""
    with (shared / "alone").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def frozen(shared: Path, how: str) -> Path:
    """Where the program is that PyInstaller made; it takes a quarter of a minute, once."""
    there = shared / how
    if not there.exists():
        command = [sys.executable, "-m", "PyInstaller", "--log-level=ERROR", PROGRAMS / "calls.py"]
        # What it finds and does not need.
        without = ["awscrt", "numpy", "pandas", "pyarrow"]
        for name in [*without, *(["endpoint_router"] if how == "BARE" else [])]:
            command += ["--exclude-module", name]
        for name in ("dist", "work", "spec"):
            command += [f"--{name}path", there / name]
        made = subprocess.run(command, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
    return there / "dist" / "calls"


Row = tuple[Consumer, str, str]


def _rows() -> Iterator[Row]:
    """Rows of one consumer lie far apart: those that are to be alone seldom wait."""
    under = [("plain", ""), *product(POLICIES, WAYS)]
    for (policy, way), consumer in product(under, CONSUMERS):
        yield consumer, policy, way


def _few_rows() -> Iterator[Row]:
    """Each consumer by both ways, under two policies: a private one, which asks for the most."""
    others = [policy for policy in POLICIES if policy != "private"]
    for turn in range(2):
        for number, consumer in enumerate(CONSUMERS):
            own = others[number // 2 % len(others)]
            yield consumer, ("private", own)[turn], WAYS[(number + turn) % len(WAYS)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    rows = _few_rows() if metafunc.config.getoption("--few-rows") else _rows()
    metafunc.parametrize(("consumer", "policy", "way"), [_marked(*row) for row in rows])


def _marked(consumer: Consumer, policy: str, way: str) -> Any:
    result = _expected(consumer, policy, way)
    marks = []
    if isinstance(result, Broken):
        marks.append(pytest.mark.xfail(reason=result.why, strict=True))
    row_id = "-".join(filter(None, [consumer.name, policy, way]))
    return pytest.param(consumer, policy, way, marks=marks, id=row_id)


def _expected(consumer: Consumer, policy: str, way: str) -> Result:
    return Routed() if policy == "plain" else consumer.result(policy, way)


def test_works(
    consumer: Consumer, policy: str, way: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    try:
        version(consumer.package)
    except PackageNotFoundError:
        pytest.skip(f"{consumer.package} is not installed")
    command = consumer.command
    if consumer.alone:
        request.getfixturevalue("alone")
    how, slash, _ = command[0].partition("/")
    if slash:
        there = frozen(request.getfixturevalue("shared"), how)
        command = (command[0].replace(how, str(there)), *command[1:])
    ran = run(command, policy, way, tmp_path)
    _check(ran, consumer, policy, _expected(consumer, policy, way))


def _check(ran: Ran, consumer: Consumer, policy: str, result: Result) -> None:
    shown = f"{ran.seen}\n{ran.said}"
    strayed = ran.arrived - {WANTED[policy]}
    for request in ran.seen:
        assert (request.sni, request.region) == (request.host, REGION), shown
    if isinstance(result, Refused):
        assert ran.status != 0, shown
        assert f"[{result.code}]" in ran.said, shown
        assert not strayed, shown
    elif isinstance(result, Unsupported):
        assert ran.status != 0, shown
        assert result.says in ran.said, shown
        assert not strayed, shown
    elif isinstance(result, Unrouted):
        assert (ran.status, ran.sent) == (0, consumer.sends), shown
        assert strayed or policy == "report", shown
        assert not ran.logged, shown
    else:
        assert (ran.status, ran.sent) == (0, consumer.sends), shown
        assert not strayed, shown
        if consumer.requests:
            assert len(ran.seen) == consumer.requests, shown
        if policy == "report":
            assert bool(ran.logged) == bool(consumer.sends), shown
