"""A call on a new connection: a pinned one beside plain botocore's. Real TLS on loopback.

``python -m benchmarks.connects [--pairs 40]``. The server closes each connection. Plain botocore
looks ``localhost`` up in the hosts file, the cheapest look-up that there is: with a real resolver
it does worse. Instructions are told as well; they leave out what the kernel does.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.pairs import compare
from benchmarks.real_calls import servers

#: Ratio of wall time: not slower, as far as wall-clock can show that.
BUDGET = 1.03
FEW, MANY = 10, 60
#: Calls of one of a pair.
CALLS = 25


def main(arguments: list[str] | None = None) -> int:
    """Print both; 1 when the budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.connects")
    parser.add_argument("--pairs", type=int, default=40)
    chosen = parser.parse_args(arguments)
    with servers() as there:
        clients = {side: there.client(side) for side in ("plain", "routed")}

        def call(side: str) -> float:
            began = time.perf_counter()
            for _ in range(CALLS):
                clients[side].list_keys()
            return (time.perf_counter() - began) / CALLS

        for side in clients:
            call(side)
        wall = compare(call, chosen.pairs)
        plain, routed = (
            (there.instructions(side, MANY) - there.instructions(side, FEW)) / (MANY - FEW)
            for side in clients
        )
    print(f"wall, median of {chosen.pairs}: plain {wall.plain * 1000:.2f} ms,", end=" ")
    print(f"routed {wall.routed * 1000:.2f} ms, ratio {wall.ratio:.3f}")
    print(f"instructions: plain {plain:,.0f}, routed {routed:,.0f}, ratio {routed / plain:.4f}")
    print(f"budget {BUDGET} (wall):", "EXCEEDED" if wall.ratio > BUDGET else "kept")
    return int(wall.ratio > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
