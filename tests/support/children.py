"""Children of a test: forked, or in an interpreter of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

#: How long a child may take, if something is wrong.
_PLENTY = 60.0

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def forks(test: Any) -> Any:
    """Mark of a test that leaves a child."""
    warning = "ignore:.*multi-threaded.*fork:DeprecationWarning"
    return needs_fork(pytest.mark.filterwarnings(warning)(test))


def in_child(work: Callable[[], bool]) -> bool:
    """Does *work* succeed after a fork, and without hanging?"""
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = 0 if work() else 1
        finally:
            os._exit(code)
    # The parent keeps the time: a child may hang before a line of this file runs in it.
    limit = time.monotonic() + _PLENTY
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        if time.monotonic() > limit:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(0.002)


def output_of(script: str) -> str:
    """What *script* prints in an interpreter of its own, which must say nothing else and end."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr == ""
    return done.stdout
