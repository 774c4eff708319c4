"""``endpoint-router export``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "write the part of a policy that software without botocore can carry"
EXAMPLES = ("--format aws-config --region us-gov-west-1", "--format hosts --policy policy.toml")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", required=True, choices=("aws-config", "env", "terraform-route53", "hosts")
    )
    add_policy_option(parser)
    parser.add_argument(
        "--region", action="append", metavar="REGION", help="may be repeated; default: as for boto3"
    )


def run(options: argparse.Namespace) -> int:
    from ..export import export
    from ..policy_option import policy_named

    with policy_named(options.policy) as policy:
        return export(options.format, policy=policy, regions=options.region or ())
