"""``endpoint-router catalog``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "tell which services have FIPS, dual-stack and PrivateLink endpoints, and where"
EXAMPLES = (
    "kms --region us-gov-west-1",
    "--without fips --region us-gov-west-1",
    "--html catalog.html",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "services", nargs="*", metavar="SERVICE", help="boto3 client name, or a glob; default: all"
    )
    parser.add_argument(
        "--region",
        action="append",
        metavar="REGION",
        help="or a glob; may be repeated; default: all",
    )
    parser.add_argument(
        "--with",
        dest="having",
        action="append",
        metavar="VARIANT",
        help="only what has it: fips, dual-stack, fips-dual-stack, regional, privatelink, "
        "privatelink-fips, standard; fips=listed: on that basis or a stronger one; may be repeated",
    )
    parser.add_argument(
        "--without",
        dest="lacking",
        action="append",
        metavar="VARIANT",
        help="only what does not have it; as for --with",
    )
    parser.add_argument("--dns", action="store_true", help="ask DNS which of the names exist")
    parser.add_argument(
        "--dns-server",
        action="append",
        metavar="ADDRESS",
        help="ask this server, not the system's; may be repeated; implies --dns",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print all names as CSV")
    form.add_argument("--json", action="store_true", help="print all names as JSON")
    form.add_argument("--html", metavar="FILE", help="write one HTML page; - is stdout")
    parser.add_argument("--force", action="store_true", help="write over a file that exists")


def run(options: argparse.Namespace) -> int:
    from ..catalog import Wanted, catalog

    return catalog(
        Wanted(
            services=options.services,
            regions=options.region or (),
            having=options.having or (),
            lacking=options.lacking or (),
        ),
        dns=options.dns or bool(options.dns_server),
        dns_servers=options.dns_server or (),
        form="csv" if options.csv else "json" if options.json else "text",
        html_file=options.html,
        force=options.force,
    )
