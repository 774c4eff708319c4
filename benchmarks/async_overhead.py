"""What routing costs an asynchronous call, against plain aiobotocore on the same URL.

``python -m benchmarks.async_overhead``. Instruction counts. Needs aiobotocore, whose botocore is an
older one; so it is not among those that ``python -m benchmarks`` runs.
"""

from __future__ import annotations

import sys

from benchmarks.callgrind import measure

SCENARIOS = ("call:kms", "call:s3", "call:dynamodb")
#: Most that is allowed, as a ratio to plain aiobotocore. Connections of the second are pinned.
BUDGET = 1.010
HELD = {"router-fips": "plain-fips", "router-vpce": "plain-vpce"}
#: Told, not held to the budget.
TOLD = {"router-report": "plain"}


def main() -> int:
    """Print the table; 1 when the budget is exceeded."""
    subjects = {**HELD, **TOLD}
    pairs = [(one, scenario) for pair in subjects.items() for one in pair for scenario in SCENARIOS]
    counts = measure(pairs, "benchmarks.async_subject")
    over = False
    print(f"{'':16}" + "".join(f"{scenario:>26}" for scenario in SCENARIOS))
    for subject, plain in subjects.items():
        row = ""
        for scenario in SCENARIOS:
            ours, theirs = counts[subject, scenario], counts[plain, scenario]
            row += f"{ours:14,.0f} ({ours / theirs:.4f})".rjust(26)
            over |= subject in HELD and ours / theirs > BUDGET
        print(f"{subject:16}{row}", flush=True)
    print(f"budget {BUDGET}:", "EXCEEDED" if over else "kept")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
