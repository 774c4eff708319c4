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

CALLS = ("call:sts", "call:s3", "call:dynamodb")
#: Few and many: the difference is free of start-up.
FEW, MANY = 20, 120
BUDGET_CALL, BUDGET_CLIENT = 1.010, 1.02

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


def main() -> int:
    """Print the table; 1 when a budget is exceeded."""
    pairs = [("router-fips", "plain-fips"), ("router-vpce", "plain-vpce")]
    pairs += [(peer, base) for peer, (module, base) in _PEERS.items() if _found(module)]
    work = [
        (subject, scenario)
        for pair in pairs
        for subject in pair
        for scenario in (*CALLS, "client:kms")
    ]
    work = list(dict.fromkeys(work))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(work, pool.map(lambda item: instructions(*item), work), strict=True))
    over = False
    print(f"{'':16}" + "".join(f"{name:>14}" for name in (*CALLS, "client:kms")))
    for subject, base in pairs:
        ratios = {
            name: counts[subject, name] / counts[base, name] for name in (*CALLS, "client:kms")
        }
        print(f"{subject:16}" + "".join(f"{ratio:14.4f}" for ratio in ratios.values()))
        if subject.startswith("router"):
            limits = dict.fromkeys(CALLS, BUDGET_CALL) | {"client:kms": BUDGET_CLIENT}
            over |= any(ratios[name] > limit for name, limit in limits.items())
    cost = import_cost("endpoint_router")
    print(f"import endpoint_router after boto3: {cost:.2f} ms")
    print("budget: call 1.010, client 1.020, import 5 ms:", "EXCEEDED" if over else "kept")
    return int(over or cost > 5)


if __name__ == "__main__":
    sys.exit(main())
