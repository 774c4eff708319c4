"""``endpoint-router policy``: its line of help, its three questions, and where they start."""

from __future__ import annotations

import argparse

from ..policy_option import add_policy_option

WHAT = "begin a policy, show the one in force, print the schema"
EXAMPLES = (
    "init govcloud-fips --output policy.toml",
    "show --json",
    "schema > policy.schema.json",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    questions = parser.add_subparsers(dest="subcommand", metavar="QUESTION", required=True)
    init = questions.add_parser(
        "init",
        help="write a commented policy to begin with; without NAME, list them",
        description="Write a commented policy to begin with; without NAME, list them.",
    )
    init.add_argument("name", nargs="?", metavar="NAME", help="such as govcloud-fips")
    init.add_argument("--output", metavar="FILE", help="write to this file; default: stdout")
    init.add_argument("--force", action="store_true", help="write over a file that exists")
    init.add_argument("--json", action="store_true", help="the list, or the policy, as JSON")
    show = questions.add_parser(
        "show",
        help="show the policy in force here, and where each value comes from",
        description="Show the policy in force here, and where each value comes from.",
    )
    add_policy_option(show)
    show.add_argument("--profile", metavar="NAME", help="profile of ~/.aws/config")
    show.add_argument("--json", action="store_true", help="print the policy as JSON")
    questions.add_parser(
        "schema",
        help="print the JSON Schema of a policy",
        description="Print the JSON Schema of a policy, for editors and validators.",
    )


def run(options: argparse.Namespace) -> int:
    from .. import policy

    answer = {"init": policy.init, "show": policy.show, "schema": policy.schema}
    return answer[options.subcommand](options)
