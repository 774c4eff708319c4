"""``endpoint-router plan``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "tell from decision logs which endpoints and waivers are missing"
EXAMPLES = (
    "decisions.jsonl --policy policy.toml --terraform vpc.tf",
    "- --json < decisions.jsonl",
    "/var/log/app/decisions.jsonl* --html plan.html",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "logs", nargs="+", metavar="LOG", help="decision log, also .gz; - reads stdin"
    )
    parser.add_argument(
        "--policy", metavar="FILE", help="write the policy to this file (TOML); - is stdout"
    )
    parser.add_argument(
        "--terraform",
        metavar="FILE",
        help="write the missing endpoints to this file; - is stdout",
    )
    parser.add_argument(
        "--html", metavar="FILE", help="write the plan as a page to this file; - is stdout"
    )
    parser.add_argument(
        "--services",
        metavar="FILE",
        help="JSON of aws ec2 describe-vpc-endpoint-services; - reads stdin",
    )
    parser.add_argument("--force", action="store_true", help="write over files that exist")
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def run(options: argparse.Namespace) -> int:
    from ..plan import plan

    return plan(
        options.logs,
        policy_file=options.policy,
        terraform_file=options.terraform,
        html_file=options.html,
        services=options.services,
        force=options.force,
        as_json=options.json,
    )
