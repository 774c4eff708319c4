"""What routing costs a call and a client, against plain botocore on the same URL.

``python -m benchmarks.overhead [--no-peers]``. Instruction counts; peers are measured where they
are installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.callgrind import measure

#: Most that is allowed, as a ratio to plain botocore.
BUDGETS = {
    "call:sts": 1.008,
    "call:s3": 1.008,
    "call:dynamodb": 1.008,
    "client:kms": 1.020,
    # With proxies in the environment.
    "proxied:kms": 1.020,
}
#: Connections of the last two are pinned; report mode is told, not held to the budget.
HELD = ("router-fips", "router-vpce", "router-logged")
TOLD = ("router-report",)
#: Milliseconds.
IMPORT_BUDGET = 5.0

#: Peers, the module that each needs, and the plain botocore that it is compared with.
_PEERS = {
    "localstack": ("localstack_client", "plain-localstack"),
    "xray": ("aws_xray_sdk", "plain-vpce"),
    "opentelemetry": ("opentelemetry.instrumentation.botocore", "plain-vpce"),
}
_SAME_URL = {"router-fips": "plain-fips", "router-report": "plain"}


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
    if not scenario.startswith("call:"):
        return "plain"
    return _SAME_URL.get(subject, "plain-vpce")


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead")
    parser.add_argument("--no-peers", action="store_true")
    chosen = parser.parse_args(arguments)
    subjects = [*HELD, *TOLD]
    if not chosen.no_peers:
        subjects += [peer for peer, (module, _) in _PEERS.items() if _found(module)]
    pairs = {
        (subject, scenario): (baseline(subject, scenario), scenario)
        for subject in subjects
        for scenario in BUDGETS
    }
    counts = measure([*pairs, *pairs.values()])
    over = False
    print(f"{'':16}" + "".join(f"{scenario:>14}" for scenario in BUDGETS))
    for subject in subjects:
        row = ""
        for scenario, budget in BUDGETS.items():
            ratio = counts[subject, scenario] / counts[pairs[subject, scenario]]
            row += f"{ratio:14.4f}"
            over |= subject in HELD and ratio > budget
        print(f"{subject:16}{row}", flush=True)
    cost = import_cost("endpoint_router")
    over |= cost > IMPORT_BUDGET
    print(f"import endpoint_router after boto3: {cost:.2f} ms")
    print(f"budgets {BUDGETS}, import {IMPORT_BUDGET} ms:", "EXCEEDED" if over else "kept")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
