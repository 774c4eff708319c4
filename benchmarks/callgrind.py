"""Instruction counts of one round of a scenario, by valgrind's callgrind.

They agree to 0.01% between runs; wall-clock could not show a difference under 3%. Between versions
of the code they may differ by 0.1% for nothing: where objects lie in memory decides which methods
share a place in CPython's cache, and are looked up anew each time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: Few and many: the difference is free of start-up.
FEW, MANY = 10, 60

Work = tuple[str, str]


def measure(work: Iterable[Work], module: str = "benchmarks.subject") -> dict[Work, float]:
    """Instructions for one round of each (subject, scenario) of *module*."""
    distinct = list(dict.fromkeys(work))

    def round_of(one: Work) -> float:
        few, many = (count(module, *one, str(rounds)) for rounds in (FEW, MANY))
        return (many - few) / (MANY - FEW)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(distinct, pool.map(round_of, distinct), strict=True))


def counts(module: str, arguments: Iterable[Sequence[str]]) -> list[int]:
    """:func:`count` for each of *arguments*, side by side."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda given: count(module, *given), arguments))


def count(module: str, *arguments: str) -> int:
    """Instructions of ``python -m module arguments``, start-up and exit included.

    :raises SystemExit: it failed, or there is no valgrind.
    """
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [sys.executable, "-m", module, *arguments]
        # First without: whoever runs first may have to compile modules, which costs more than
        # everything that is to be compared.
        done = _run(command, environ)
        if not done.returncode:
            tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
            done = _run([*tool, *command], environ)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise SystemExit(f"{module} {arguments}: {done.stderr[-2000:]}")
    return int(found[1])


def _run(command: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SystemExit("this benchmark needs valgrind") from error
