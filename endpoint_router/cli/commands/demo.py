"""``endpoint-router demo``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..output import BadInput

WHAT = "see it work on this machine, without AWS"
EXAMPLES = ("", "-v", "--json")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="what the servers saw, and why"
    )
    parser.add_argument("--json", action="store_true", help="print the scenes as JSON")


def run(options: argparse.Namespace) -> int:
    try:
        from ..demo import demo
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "trustme"):
            raise
        raise BadInput("the demo needs the extra: pip install 'endpoint-router[lab]'") from None
    return demo(as_json=options.json, verbose=options.verbose)
