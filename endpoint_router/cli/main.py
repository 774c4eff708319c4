"""The command line: reads arguments, calls the package, sets the exit status. Nothing else.

0: allowed, or done. 1: refused, something is missing, or the demo did not go as the policy says.
2: bad input, told in a line. 130: interrupted.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from .._version import __version__
from ..policy.nearest_name import did_you_mean
from ..printable import printable
from .output import BadInput, outputs

#: Characters of an error.
_LONGEST = 2000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: without the program's name; ``None`` means ``sys.argv``.
    """
    with outputs(sys.stdout, sys.stderr):
        try:
            return _main(arguments)
        except BadInput as error:
            return _bad_input(str(error))
        except KeyboardInterrupt:
            return 130  # as a shell has it of a program that SIGINT ended


def _main(arguments: Sequence[str] | None) -> int:
    from botocore.exceptions import BotoCoreError

    try:
        options = _options(arguments)
        status = _COMMANDS[options.command](options)
    except BotoCoreError as error:  # PolicyError is one, and so is "no such region"
        raise BadInput(str(error)) from None
    finally:
        sys.stdout.flush()
    return status


def _bad_input(why: str) -> int:
    text = printable(" ".join(why.split("\n")))  # what was given may be long
    print(f"endpoint-router: {text[:_LONGEST]}{'...' * (len(text) > _LONGEST)}", file=sys.stderr)
    return 2


# --- arguments


class _Parser(argparse.ArgumentParser):
    """The program's, or one command's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands: dict[str, _Parser] = {}

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {printable(message)[:_LONGEST]}", file=sys.stderr)
        raise SystemExit(2)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        # By the command's own parser: what it takes is what its user has to know.
        command = parser.commands[options.command]
        known = re.findall(r"--[a-z-]+", command.format_usage())
        close = did_you_mean(unknown[0].partition("=")[0], known)
        command.error(f"unrecognized arguments: {' '.join(unknown)}. {close}".rstrip(" ."))
    return options


def _parser() -> _Parser:
    parser = _Parser(
        prog="endpoint-router",
        description="Route boto3 and botocore calls to the endpoints that a policy allows.",
    )
    parser.add_argument("--version", action="version", version=f"endpoint-router {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, what: str, *examples: str) -> _Parser:
        lines = "\n".join(f"  endpoint-router {name} {example}" for example in examples)
        made: _Parser = commands.add_parser(
            name,
            help=what,
            description=f"{what[0].upper()}{what[1:]}.",
            epilog=f"examples:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.commands[name] = made
        return made

    explain = command(
        "explain",
        "tell where a call would go and why; nothing is sent",
        "kms --operation Encrypt --region us-gov-west-1",
        's3 --operation PutObject --params \'{"Bucket": "b"}\'',
    )
    explain.add_argument("service", metavar="SERVICE", help="boto3 client name, such as kms")
    explain.add_argument("--operation", metavar="NAME", help="such as Encrypt or encrypt")
    explain.add_argument("--region", metavar="REGION", help="default: as for boto3")
    explain.add_argument(
        "--params", metavar="JSON", default="{}", help="the call's parameters, as JSON"
    )
    explain.add_argument("--endpoint-url", metavar="URL", help="as given to boto3.client")
    explain.add_argument("--profile", metavar="NAME", help="profile of ~/.aws/config")
    explain.add_argument(
        "--policy", metavar="FILE", help="default: the environment's; - reads stdin"
    )
    explain.add_argument("--json", action="store_true", help="print the decision as JSON")

    run = command(
        "run",
        "run a program with its boto3 calls routed",
        "-- python app.py --its-own-option",
        "app.py",
    )
    run.add_argument(
        "program", metavar="...", nargs=argparse.REMAINDER, help="-- and a command, or a .py file"
    )

    plan = command(
        "plan",
        "tell from decision logs which endpoints and waivers are missing",
        "decisions.jsonl --policy policy.toml --terraform vpc.tf",
        "- --json < decisions.jsonl",
    )
    plan.add_argument("logs", nargs="+", metavar="LOG", help="decision log; - reads stdin")
    plan.add_argument(
        "--policy", metavar="FILE", help="write the policy to this file (TOML); - is stdout"
    )
    plan.add_argument(
        "--terraform",
        metavar="FILE",
        help="write the missing endpoints to this file; - is stdout",
    )
    plan.add_argument(
        "--services",
        metavar="FILE",
        help="JSON of aws ec2 describe-vpc-endpoint-services; - reads stdin",
    )
    plan.add_argument("--force", action="store_true", help="write over files that exist")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")

    export = command(
        "export",
        "write the part of a policy that software without botocore can carry",
        "--format aws-config --region us-gov-west-1",
        "--format hosts --policy policy.toml",
    )
    export.add_argument(
        "--format", required=True, choices=("aws-config", "env", "terraform-route53", "hosts")
    )
    export.add_argument("--policy", metavar="FILE", help="default: the environment's")
    export.add_argument(
        "--region", action="append", metavar="REGION", help="may be repeated; default: as for boto3"
    )

    demo = command("demo", "see it work on this machine, without AWS", "", "--json")
    demo.add_argument("--json", action="store_true", help="print the table as JSON")
    return parser


# --- commands: what one does not need is not imported for it


def _explain(options: argparse.Namespace) -> int:
    from .explain import run_explain

    return run_explain(options)


def _run(options: argparse.Namespace) -> int:
    from .run import run

    return run(options.program)


def _plan(options: argparse.Namespace) -> int:
    from .plan import plan

    return plan(
        options.logs,
        policy_file=options.policy,
        terraform_file=options.terraform,
        services=options.services,
        force=options.force,
        as_json=options.json,
    )


def _export(options: argparse.Namespace) -> int:
    from .export import export

    return export(options.format, policy=options.policy, regions=options.region or ())


def _demo(options: argparse.Namespace) -> int:
    try:
        from ..lab.demo import demo
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "trustme"):
            raise
        raise BadInput("the demo needs the extra: pip install 'endpoint-router[lab]'") from None
    return demo(as_json=options.json)


_COMMANDS = {
    "explain": _explain,
    "run": _run,
    "plan": _plan,
    "export": _export,
    "demo": _demo,
}


if __name__ == "__main__":
    sys.exit(main())
