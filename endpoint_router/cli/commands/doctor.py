"""``endpoint-router doctor``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "tell whether calls are protected here, and what to do"
EXAMPLES = ("", "--json", "-- python app.py", "-- gunicorn app:server")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument(
        "program",
        metavar="...",
        nargs=argparse.REMAINDER,
        help="-- and a command: the checks are made in its place, by its own Python with its "
        "options and environment; the program itself is not run",
    )


def run(options: argparse.Namespace) -> int:
    from ..doctor import doctor

    return doctor(options.program, as_json=options.json)
