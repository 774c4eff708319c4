"""``endpoint-router check``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "tell what is wrong or doubtful in a policy, and what a change of it would do"
EXAMPLES = (
    "policy.toml --strict",
    "policy.toml --against old.toml --region us-gov-west-1",
    "- --json < policy.toml",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "policies",
        nargs="*",
        metavar="POLICY",
        help="policy file; - reads stdin; default: what the environment says",
    )
    parser.add_argument("--strict", action="store_true", help="status 1 for warnings, too")
    parser.add_argument(
        "--days",
        type=int,
        default=30,
        metavar="N",
        help="warn of waivers that end within so many days; default: 30",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="ID",
        help="leave out warnings with this id; may be repeated",
    )
    parser.add_argument(
        "--against",
        metavar="OLD",
        help="tell which calls the policy allows, refuses or sends elsewhere, and OLD does not",
    )
    parser.add_argument(
        "--region",
        action="append",
        metavar="REGION",
        help="compare in this one; may be repeated; default: those that the policies name",
    )
    parser.add_argument(
        "--private-dns",
        action="store_true",
        help="compare as if private DNS led each host to a VPC endpoint",
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(options: argparse.Namespace) -> int:
    from ..check import check

    return check(options)
