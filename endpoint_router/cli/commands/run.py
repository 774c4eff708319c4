"""``endpoint-router run``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "run a program with its boto3 calls routed"
EXAMPLES = ("-- python app.py --its-own-option", "app.py")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "program", metavar="...", nargs=argparse.REMAINDER, help="-- and a command, or a .py file"
    )


def run(options: argparse.Namespace) -> int:
    from ..run import run as start

    return start(options.program)
