"""Other people's software, unchanged: what works without us works with us, and arrives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from tests.support import namespace

from .consumers import CONSUMERS
from .policies import WANTED
from .running import PROGRAMS, Ran, run
from .table import POLICIES, WAYS, Broken, Consumer, Refused, Routed, Unrouted, Unsupported


@pytest.fixture(autouse=True)
def _needs_namespaces() -> None:
    namespace.require()


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the programs are that PyInstaller made: it takes a quarter of a minute."""
    there = tmp_path_factory.mktemp("frozen")
    command = [sys.executable, "-m", "PyInstaller", "--log-level=ERROR", "--distpath", there]
    for name in ("numpy", "pandas", "pyarrow", "moto"):
        command += ["--exclude-module", name]
    made = subprocess.run(
        [*command, "--workpath", there / "work", "--specpath", there, PROGRAMS / "calls.py"],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    yield there / "calls"


def _rows() -> Iterator[Any]:
    for consumer in CONSUMERS:
        # PyInstaller's work is done once, in the process that has all of its rows.
        marks = [pytest.mark.xdist_group("frozen")] if "FROZEN" in consumer.command[0] else []
        yield pytest.param(consumer, "plain", "", marks=marks, id=f"{consumer.name}-plain")
        for policy in POLICIES:
            for way in WAYS:
                result = consumer.result(policy, way)
                known = []
                if isinstance(result, Broken):
                    known.append(pytest.mark.xfail(reason=result.why, strict=result.always))
                name = f"{consumer.name}-{policy}-{way}"
                yield pytest.param(consumer, policy, way, marks=marks + known, id=name)


@pytest.mark.parametrize(("consumer", "policy", "way"), [*_rows()])
def test_works(
    consumer: Consumer, policy: str, way: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    try:
        version(consumer.package)
    except PackageNotFoundError:
        pytest.skip(f"{consumer.package} is not installed")
    command = consumer.command
    if "FROZEN" in command[0]:
        there = request.getfixturevalue("frozen")
        command = (command[0].replace("FROZEN", str(there)), *command[1:])
    ran = run(command, policy, way, tmp_path)
    result = Routed() if policy == "plain" else consumer.result(policy, way)
    _check(ran, consumer, policy, result)


def _check(ran: Ran, consumer: Consumer, policy: str, result: Any) -> None:
    shown = f"{ran.seen}\n{ran.said}"
    strayed = ran.arrived - {WANTED[policy]}
    assert [one for one in ran.seen if one.sni != one.host] == [], shown
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
        assert (strayed or policy == "report"), shown
        assert not ran.logged, shown
    else:
        assert (ran.status, ran.sent) == (0, consumer.sends), shown
        assert not strayed, shown
        if consumer.name == "vcrpy":  # the second and third time from the cassette
            assert len(ran.seen) == 1, shown
        if policy == "report":
            assert bool(ran.logged) == bool(consumer.sends), shown
