"""Wall-clock comparison of two things: interleaved, and the median of the pairs' ratios.

What disturbs the machine disturbs both of a pair. Single ratios still differ by several percent.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import NamedTuple


class Compared(NamedTuple):
    """Medians of what the two measured, and of their ratios."""

    plain: float
    routed: float
    ratio: float


def compare(measure: Callable[[str], float], pairs: int) -> Compared:
    """Measure ``plain`` and ``routed`` in turn, *pairs* times; who begins alternates."""
    found: dict[str, list[float]] = {"plain": [], "routed": []}
    for number in range(pairs):
        for side in sorted(found, reverse=number % 2 == 1):
            found[side].append(measure(side))
    ratios = [mine / theirs for theirs, mine in zip(*found.values(), strict=True)]
    plain, routed = (statistics.median(values) for values in found.values())
    return Compared(plain, routed, statistics.median(ratios))
