"""``endpoint-router explain``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "tell where a call would go and why; nothing is sent"
EXAMPLES = (
    "kms --operation Encrypt --region us-gov-west-1",
    's3 --operation PutObject --params \'{"Bucket": "b"}\'',
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", metavar="SERVICE", help="boto3 client name, such as kms")
    parser.add_argument("--operation", metavar="NAME", help="such as Encrypt or encrypt")
    parser.add_argument("--region", metavar="REGION", help="default: as for boto3")
    parser.add_argument(
        "--params", metavar="JSON", default="{}", help="the call's parameters, as JSON"
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="as given to boto3.client")
    parser.add_argument("--profile", metavar="NAME", help="profile of ~/.aws/config")
    add_policy_option(parser)
    parser.add_argument("--json", action="store_true", help="print the decision as JSON")


def run(options: argparse.Namespace) -> int:
    from ..explain import run_explain

    return run_explain(options)
