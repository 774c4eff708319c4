"""``endpoint-router probe``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "ask DNS whether what a policy demands of services can be met here"
EXAMPLES = (
    "kms s3.GetObject sqs --region us-gov-west-1 --connect",
    "--policy policy.toml --wait 60 --json",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "calls",
        metavar="SERVICE[.OPERATION]",
        nargs="*",
        help="boto3 client names, such as kms, or kms.Encrypt; default: those that the policy "
        "names, or all where it wants something of all",
    )
    parser.add_argument(
        "--region", action="append", metavar="REGION", help="may be repeated; default: as for boto3"
    )
    add_policy_option(parser)
    parser.add_argument(
        "--connect", action="store_true", help="open connections, too: TCP and TLS, no request"
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="look again for so long, until all demands are met",
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(options: argparse.Namespace) -> int:
    from ..policy_option import policy_named
    from ..probe import probe

    with policy_named(options.policy) as policy:
        return probe(
            options.calls,
            policy=policy,
            regions=options.region or (),
            connect=options.connect,
            wait=options.wait,
            as_json=options.json,
        )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:  # nor what is no number
        raise argparse.ArgumentTypeError(f"found {text!r}, expected seconds, 0 to 86400")
    return seconds
