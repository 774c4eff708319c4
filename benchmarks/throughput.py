"""Calls per second of one client that 64 threads share: routed and logged beside plain botocore.

``python -m benchmarks.throughput [--pairs 15]``. Answers come from where urllib3 would begin.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.httpsession import URLLib3Session

from benchmarks.pairs import compare
from benchmarks.subject import CALLS, REGION, arguments_for, canned, session_for
from endpoint_router.lab.demo import isolated

THREADS = 64
#: Per thread, and for one of a pair.
EACH = 40
#: Least ratio of routed to plain; wall-clock cannot show a difference under 3%.
BUDGET = 0.95
SUBJECTS = {"plain": "plain-vpce", "routed": "router-logged"}


def calls_per_second(client: Any, operation: str, parameters: dict[str, Any]) -> float:
    """Of :data:`THREADS` threads that make :data:`EACH` calls."""
    method = getattr(client, operation)

    def work(_: int) -> None:
        for _ in range(EACH):
            method(**parameters)

    with ThreadPoolExecutor(THREADS) as pool:
        began = time.perf_counter()
        list(pool.map(work, range(THREADS)))
        return THREADS * EACH / (time.perf_counter() - began)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when the routed client is slower than the budget allows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput")
    parser.add_argument("--pairs", type=int, default=15)
    chosen = parser.parse_args(arguments)
    slow = False
    original = URLLib3Session.send
    with tempfile.TemporaryDirectory() as home, isolated(environment(home), os.environ):
        for service in ("sts", "s3", "dynamodb"):
            operation, parameters, body = CALLS[service]
            URLLib3Session.send = canned(body)
            clients = {
                side: session_for(subject).client(
                    service, REGION, **arguments_for(subject, service)
                )
                for side, subject in SUBJECTS.items()
            }
            for client in clients.values():
                calls_per_second(client, operation, parameters)
            found = compare(
                lambda side: calls_per_second(clients[side], operation, parameters),  # noqa: B023
                chosen.pairs,
            )
            slow |= found.ratio < BUDGET
            print(
                f"{service:10} plain {found.plain:6.0f}/s, routed {found.routed:6.0f}/s,", end=" "
            )
            print(f"ratio {found.ratio:.3f}", flush=True)
    URLLib3Session.send = original
    print(f"budget {BUDGET}:", "EXCEEDED" if slow else "kept")
    return int(slow)


def environment(home: str) -> dict[str, str]:
    """Credentials of nobody, and a place for the decision log."""
    return {
        "HOME": home,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret-of-nobody",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


if __name__ == "__main__":
    sys.exit(main())
