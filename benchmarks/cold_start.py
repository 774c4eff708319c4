"""From a fresh interpreter to the end of its first call: routed beside plain botocore.

``python -m benchmarks.cold_start [--pairs 10]``. Imports, a client, one real HTTPS call; the routed
one also loads its policy, imports dnspython and asks a real DNS server.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.pairs import compare
from benchmarks.real_calls import servers

#: Ratio of instructions. It holds what was reached; a third of what comes on top is dnspython.
BUDGET = 1.60


def main(arguments: list[str] | None = None) -> int:
    """Print both; 1 when the budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start")
    parser.add_argument("--pairs", type=int, default=10)
    chosen = parser.parse_args(arguments)
    with servers() as there:
        for side in ("plain", "routed"):
            there.seconds(side)  # files get into the page cache, and bytecode is written
        wall = compare(there.seconds, chosen.pairs)
        plain, routed = (there.instructions(side) for side in ("plain", "routed"))
    ratio = routed / plain
    print(f"wall, median of {chosen.pairs}: plain {wall.plain * 1000:.0f} ms,", end=" ")
    print(f"routed {wall.routed * 1000:.0f} ms, ratio {wall.ratio:.3f}")
    print(f"instructions: plain {plain:,}, routed {routed:,}, ratio {ratio:.3f}")
    print(f"budget {BUDGET} (instructions):", "EXCEEDED" if ratio > BUDGET else "kept")
    return int(ratio > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
