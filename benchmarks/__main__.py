"""Run every comparison and print ratios. Needs valgrind; peers are measured where installed.

Instruction counts agree to 0.01% between runs; wall-clock could not show a difference under 3%.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: Most that is allowed, as a ratio to plain botocore.
BUDGETS = {"call:sts": 1.010, "call:s3": 1.010, "call:dynamodb": 1.010, "client:kms": 1.020}
#: Few and many: the difference is free of start-up.
FEW, MANY = 20, 120

#: Peers, the module that each needs, and the plain botocore that it is compared with.
_PEERS = {
    "localstack": ("localstack_client", "plain-localstack"),
    "xray": ("aws_xray_sdk", "plain-vpce"),
    "opentelemetry": ("opentelemetry.instrumentation.botocore", "plain-vpce"),
}


def instructions(subject: str, scenario: str) -> float:
    """Instructions for one round of *scenario*."""
    few, many = (_count(subject, scenario, count) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def _count(subject: str, scenario: str, count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
            sys.executable, "-m", "benchmarks.subject", subject, scenario, str(count),
        ]  # fmt: skip
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise SystemExit(f"{subject} {scenario}: {done.stderr[-2000:]}")
    return int(found[1])


def import_cost(module: str, rounds: int = 7) -> float:
    """Milliseconds for ``import module`` after ``import boto3``: the least of some runs."""
    program = (
        "import boto3, time; start = time.perf_counter(); "
        f"import {module}; print((time.perf_counter() - start) * 1000)"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return min(
        float(subprocess.check_output([sys.executable, "-c", program], env=environ))
        for _ in range(rounds)
    )


def _found(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def baseline(subject: str, scenario: str) -> str:
    """The plain botocore that *subject* is compared with.

    A call goes to the same URL. A client is made by the same arguments: the router's takes no
    endpoint_url, and plain botocore with one would skip work that the application asked for.
    """
    if subject in _PEERS:
        return _PEERS[subject][1]
    if scenario.startswith("client:"):
        return "plain"
    return subject.replace("router", "plain")


def main() -> int:
    """Print the table; 1 when a budget is exceeded."""
    subjects = ["router-fips", "router-vpce"]
    subjects += [peer for peer, (module, _) in _PEERS.items() if _found(module)]
    pairs = {
        (subject, scenario): (baseline(subject, scenario), scenario)
        for subject in subjects
        for scenario in BUDGETS
    }
    work = list(dict.fromkeys([*pairs, *pairs.values()]))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(work, pool.map(lambda item: instructions(*item), work), strict=True))
    over = False
    print(f"{'':16}" + "".join(f"{scenario:>14}" for scenario in BUDGETS))
    for subject in subjects:
        row = ""
        for scenario, budget in BUDGETS.items():
            ratio = counts[subject, scenario] / counts[pairs[subject, scenario]]
            row += f"{ratio:14.4f}"
            over |= subject.startswith("router") and ratio > budget
        print(f"{subject:16}{row}", flush=True)
    cost = import_cost("endpoint_router")
    print(f"import endpoint_router after boto3: {cost:.2f} ms")
    print(f"budgets {BUDGETS}, import 5 ms:", "EXCEEDED" if over else "kept")
    return int(over or cost > 5)


if __name__ == "__main__":
    sys.exit(main())
