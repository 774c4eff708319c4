"""From a fresh interpreter to the end of its first call: routed beside plain botocore.

``python -m benchmarks.cold_start``. Instructions of :mod:`benchmarks.first_call`: imports,
``install()``, a client, a call whose answer is canned. Beside the whole, what ``import`` of this
package and ``install()`` alone add.
"""

from __future__ import annotations

import sys

from benchmarks.callgrind import counts

#: Most that is allowed, as a ratio to the plain process. What a private host adds to that is mostly
#: dnspython, which is imported when a name is asked for.
BUDGETS = {"empty": 1.15, "fips": 1.18, "private": 1.29}
_PLAIN = {"empty": "plain", "fips": "plain-fips", "private": "plain"}


def main(arguments: list[str] | None = None) -> int:
    """Print both; 1 when a budget is exceeded."""
    from endpoint_router.lab.network import Lab

    with Lab() as lab:
        lab.host("kms.us-east-1.amazonaws.com", "10.20.0.10", ttl=3600)
        sides = sorted({*BUDGETS, *_PLAIN.values()})
        found = counts("benchmarks.first_call", [(side, lab.dns_server) for side in sides])
    instructions = dict(zip(sides, found, strict=True))
    over = False
    for side, budget in BUDGETS.items():
        plain, routed = instructions[_PLAIN[side]], instructions[side]
        ratio = routed / plain
        over |= ratio > budget
        print(f"{side}: plain {plain:,}, routed {routed:,}, ratio {ratio:.3f} (budget {budget})")
    print("budgets:", "EXCEEDED" if over else "kept")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
