"""``endpoint-router audit``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "tell from CloudTrail which calls went where the policy allows"
EXAMPLES = (
    "trail/ --policy policy.toml --endpoints endpoints.json",
    "trail/ --from 2026-10-01 --html > audit.html",
    "trail/ --policy policy.toml --decisions logs/*.jsonl",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="directory or file of CloudTrail's"
    )
    add_policy_option(parser)
    parser.add_argument(
        "--from", dest="first", metavar="DAY", help="first day, as 2026-10-01 (UTC)"
    )
    parser.add_argument("--to", dest="last", metavar="DAY", help="last day (UTC)")
    parser.add_argument(
        "--endpoints",
        action="append",
        default=[],
        metavar="FILE",
        help="JSON of aws ec2 describe-vpc-endpoints: yours; may be repeated",
    )
    parser.add_argument(
        "--require-evidence",
        metavar="SHARE",
        help="less evidence is status 1: as 0.9 or 90%%",
    )
    parser.add_argument(
        "--decisions",
        action="extend",
        nargs="+",
        default=[],
        metavar="LOG",
        help="decision logs (.gz too), behind SOURCE: what only they or only CloudTrail has",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="all violations, gaps and bad files"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the report as JSON")
    form.add_argument("--csv", action="store_true", help="print the calls as CSV")
    form.add_argument("--html", action="store_true", help="print the report as an HTML page")


def run(options: argparse.Namespace) -> int:
    from ..audit import run_audit

    return run_audit(options)
