"""``endpoint-router explain``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "tell where a call would go and why; nothing is sent"
EXAMPLES = (
    "kms.Encrypt --region us-gov-west-1",
    "s3.PutObject --param Bucket=example -v",
    "kms sts s3 --policy policy.toml",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "calls", nargs="+", metavar="SERVICE[.OPERATION]", help="boto3 client name, as kms.Encrypt"
    )
    parser.add_argument("--operation", metavar="NAME", help="of one service: Encrypt or encrypt")
    parser.add_argument("--region", metavar="REGION", help="default: as for boto3")
    parser.add_argument(
        "--params", metavar="JSON", default="{}", help="the call's parameters, as JSON"
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one of the call's parameters; may be repeated",
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="as given to boto3.client")
    parser.add_argument("--profile", metavar="NAME", help="profile of ~/.aws/config")
    add_policy_option(parser)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="settings, candidates and DNS, too"
    )
    parser.add_argument("--json", action="store_true", help="print the decision as JSON")


def run(options: argparse.Namespace) -> int:
    from ..explain import run_explain

    return run_explain(options)
