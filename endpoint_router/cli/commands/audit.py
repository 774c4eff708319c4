"""``endpoint-router audit``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "tell from CloudTrail which calls went where the policy allows"
EXAMPLES = (
    "trail/ --policy policy.toml --endpoints endpoints.json",
    "trail/ --from 2026-10-01 --html > audit.html",
    "--athena primary --table logs.trail --from 2026-10-01",
    "trail/ --policy policy.toml --decisions logs/*.jsonl",
    "s3://example/AWSLogs/ --from 2026-10-01 --trail example",
    "trail/ --to 2026-10-31 --digests --public-keys keys.json",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="directory or file of CloudTrail's, s3://bucket/prefix, or - for standard input",
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
        "--trail",
        action="append",
        default=[],
        metavar="TRAIL",
        help="name or ARN, or JSON of get-event-selectors: tell what it records; may be repeated",
    )
    parser.add_argument(
        "--digests",
        action="store_true",
        help="verify that files are whole and unchanged, by CloudTrail's digests among them",
    )
    parser.add_argument(
        "--public-keys",
        action="append",
        default=[],
        metavar="FILE",
        help="JSON of aws cloudtrail list-public-keys, else AWS is asked; may be repeated",
    )
    parser.add_argument(
        "--teams", metavar="FILE", help="TOML that says which accounts and roles are whose"
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
    _at_scale(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the report as JSON")
    form.add_argument("--csv", action="store_true", help="print the calls as CSV")
    form.add_argument("--html", action="store_true", help="print the report as an HTML page")
    parser.add_argument(
        "--schema",
        action=_PrintSchema,
        nargs=0,
        default=argparse.SUPPRESS,
        help="print the JSON Schema of --json, and nothing else",
    )


class _PrintSchema(argparse.Action):
    """As --help, it needs no SOURCE."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from ...audit.schema import json_schema

        print(json_schema(), end="")
        parser.exit()


def _at_scale(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("at scale", "A query counts in the place of files.")
    way = group.add_mutually_exclusive_group()
    way.add_argument("--athena", metavar="GROUP", help="have Athena run it, in this work group")
    way.add_argument(
        "--results", metavar="FILE", help="CSV that somebody got of the query of --sql"
    )
    way.add_argument("--sql", action="store_true", help="print the query")
    way.add_argument("--ddl", action="store_true", help="print what makes tables in Athena")
    group.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="NAME",
        help="DATABASE.TABLE; may be repeated. Of CloudTrail Lake, an event data store's id",
    )
    group.add_argument(
        "--dialect", choices=("athena", "lake"), default="athena", help="of --sql; athena"
    )
    group.add_argument(
        "--account", action="append", default=[], help="only this one; may be repeated"
    )
    group.add_argument(
        "--region", action="append", default=[], help="only this one; may be repeated"
    )
    group.add_argument(
        "--day-column",
        default="day",
        metavar="NAME",
        help="partition with days as 2026/10/01: day; '' if there is none",
    )
    group.add_argument("--output", metavar="S3URI", help="where Athena is to write the result")
    group.add_argument("--location", metavar="S3URI", help="of --ddl: the trail's bucket")


def run(options: argparse.Namespace) -> int:
    from ..audit import run_audit

    return run_audit(options)
