"""``endpoint-router discover``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "write an account's VPC endpoints as a policy; uses your credentials"
EXAMPLES = (
    "--region us-gov-west-1 --output endpoints.toml",
    "--profile hub --profile app --policy policy.toml",
    "--from-file endpoints.json --json",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--region", action="append", metavar="REGION", help="may be repeated; default: as for boto3"
    )
    parser.add_argument(
        "--profile",
        action="append",
        metavar="NAME",
        help="whose credentials are used; may be repeated, for several accounts",
    )
    parser.add_argument(
        "--vpc", action="append", metavar="ID", help="of this VPC only; may be repeated"
    )
    parser.add_argument(
        "--from-file",
        action="append",
        metavar="FILE",
        help="ask nobody, use no credentials: JSON of aws ec2 describe-vpc-endpoints or "
        "describe-vpc-endpoint-services; - reads stdin; may be repeated",
    )
    parser.add_argument(
        "--policy", metavar="FILE", help="write the difference to this policy; - reads stdin"
    )
    parser.add_argument("--output", metavar="FILE", help="write to this file; default: stdout")
    parser.add_argument("--force", action="store_true", help="write over a file that exists")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(options: argparse.Namespace) -> int:
    from ..discover import discover

    return discover(
        regions=options.region or (),
        profiles=options.profile or (),
        files=options.from_file or (),
        vpcs=options.vpc or (),
        policy=options.policy,
        output=options.output,
        force=options.force,
        as_json=options.json,
    )
