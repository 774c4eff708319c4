"""Run every benchmark, or those that are named: ``python -m benchmarks [--list] [NAME ...]``.

Each is a module of its own, whose options ``python -m benchmarks.NAME --help`` tells. The exit
status is 1 when any budget is exceeded.
"""

from __future__ import annotations

import argparse
import importlib
import sys

#: What takes the shortest time comes first.
NAMES = (
    "lookups",
    "connects",
    "cold_start",
    "throughput",
    "overhead",
    "audit",
    "availability",
    "memory",
)


def main(arguments: list[str] | None = None) -> int:
    """1 when a budget is exceeded."""
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in NAMES}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--list", action="store_true", help="tell what each one measures")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if chosen.list:
        for name, module in modules.items():
            print(f"{name:14}{(module.__doc__ or '').splitlines()[0]}")
        return 0
    over = []
    for name in chosen.names or NAMES:
        print(f"\n== {name}", flush=True)
        if modules[name].main([]):
            over.append(name)
    print("\nover budget:", ", ".join(over) or "none")
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
