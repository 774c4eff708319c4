"""``python -m tests.worlds``: the search at length, or one world of it.

Exits with 1 when it finds something.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections import Counter

import botocore
from botocore.compat import HAS_CRT

from .at_length import search
from .edges import replaced
from .generator import world_of
from .search import Explored, Finding, Tally, explore, kind, smallest, told
from .world import World


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.worlds", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many worlds")
    parser.add_argument("--seed", type=int, default=1, help="of the first one")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--examples", type=int, default=3, help="worlds told of each kind of finding"
    )
    parser.add_argument("--world", type=int, help="tell all about the one with this seed")
    parser.add_argument("--merge", action="store_true", help="tell the smallest world of each kind")
    parser.add_argument("--json", help="write each finding to this file, one line each")
    return parser


def describe(explored: Explored) -> str:
    """All about one world."""
    lines = [f"world {explored.world.seed}: {explored.world}"]
    for name, lived in (("plain", explored.plain), ("routed", explored.routed)):
        lines += [f"{name}:", *(f"  {told(sent)}" for sent in lived.sent)]
        lines += [f"  raised {error}" for error in lived.errors if error]
        lines += [f"  looked up {', '.join(lived.looked_up)}"] if lived.looked_up else []
    return "\n".join([*lines, *(f"FOUND {found}" for found in explored.findings)])


def _one(seed: int) -> int:
    with replaced():
        explored = explore(world_of(seed))
        print(describe(explored))
        for found in {(f.question, f.code): f for f in explored.findings}.values():
            print(f"smallest with {found.code}: {smallest(explored.world, found)}")
    return bool(explored.findings)


def _merged(findings: list[Finding]) -> None:
    """Print what is left of *findings* when each world is as small as it can be: takes its time."""
    kinds: Counter[str] = Counter()
    examples: dict[str, World] = {}
    for seed, question, code in dict.fromkeys((f.seed, f.question, f.code) for f in findings):
        finding = Finding(seed, question, code, "")
        world = smallest(world_of(seed), finding)
        kinds[kind(world, finding)] += 1
        examples.setdefault(kind(world, finding), world)
        gc.collect()
    for name, number in kinds.most_common():
        print(
            f"{number} times {name}\n    --world {examples[name].seed}, smallest: {examples[name]}"
        )


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.world is not None:
        return _one(options.world)
    began = time.perf_counter()
    total, findings = Tally(), []
    for tally, found in search(options.seed, options.count, options.jobs):
        findings += found
        for name in ("counts", "refusals", "kinds"):
            getattr(total, name).update(getattr(tally, name))
        print(
            f"\r{total.counts['worlds']} worlds, {len(findings)} findings", end="", file=sys.stderr
        )
    print(file=sys.stderr)
    with_crt = "with" if HAS_CRT else "without"
    print(f"botocore {botocore.__version__} {with_crt} awscrt, {time.perf_counter() - began:.0f} s")
    for name, number in total.counts.items():
        print(f"{number:>9,} {name}")
    print("refusals:", dict(total.refusals.most_common()))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            for one in findings:
                print(json.dumps([one.seed, one.question, one.code, one.text]), file=file)
    for (question, code), number in total.kinds.most_common():
        print(f"question {question}, {code}: {number}")
        examples = [one for one in findings if (one.question, one.code) == (question, code)]
        for one in examples[: options.examples]:
            print(f"  --world {one.seed}: {one.text[:400]}")
    if options.merge:
        with replaced():
            _merged(findings)
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
