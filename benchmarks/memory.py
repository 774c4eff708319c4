"""Growth of a process that makes a million routed calls, pinned and logged.

``python -m benchmarks.memory [--calls 1000000]``. Resident memory at the end less that after a
tenth of the calls, as bytes per call. Linux. Answers come from where urllib3 would begin.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from pathlib import Path

from botocore.httpsession import URLLib3Session

from benchmarks.subject import CALLS, REGION, canned, session_for
from benchmarks.throughput import environment
from endpoint_router.lab.demo import isolated

#: Bytes per call: one object that each call leaves behind has 16 at least.
BUDGET = 4.0


def resident() -> int:
    """Bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def growth(calls: int, subject: str = "router-logged", service: str = "sts") -> float:
    """Bytes that each call leaves behind."""
    operation, parameters, body = CALLS[service]
    original, URLLib3Session.send = URLLib3Session.send, canned(body)
    try:
        with tempfile.TemporaryDirectory() as home, isolated(environment(home), os.environ):
            method = getattr(session_for(subject).client(service, REGION), operation)
            first, before = calls // 10, 0
            for number in range(calls):
                if number == first:
                    gc.collect()
                    before = resident()
                method(**parameters)
            gc.collect()
            return (resident() - before) / (calls - first)
    finally:
        URLLib3Session.send = original


def main(arguments: list[str] | None = None) -> int:
    """Print the growth; 1 when the budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--calls", type=int, default=1_000_000)
    chosen = parser.parse_args(arguments)
    found = growth(chosen.calls)
    print(f"{found:.2f} bytes per call over {chosen.calls:,} calls")
    print(f"budget {BUDGET}:", "EXCEEDED" if found > BUDGET else "kept")
    return int(found > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
