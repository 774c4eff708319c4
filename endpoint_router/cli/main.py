"""The command line: reads arguments, calls the package, sets the exit status. Nothing else.

0: allowed, or done. 1: refused, something is missing, or the demo did not go as the policy says.
2: bad input.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence

from ..printable import printable

#: Characters of an error.
_LONGEST = 2000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: without the program's name; ``None`` means ``sys.argv``.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal of few letters cannot show is spelled out, as stderr does it by itself.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    commands = {
        "explain": _explain,
        "run": _run,
        "plan": _plan,
        "export": _export,
        "demo": _demo,
    }
    command = commands[options.command]
    from botocore.exceptions import BotoCoreError

    try:
        return command(options)
    except BotoCoreError as error:  # PolicyError is one, and so is "no such region"
        return _bad_input(str(error))


def _bad_input(why: str) -> int:
    text = printable(why)  # what was given may be long, and botocore lists all that may stand there
    print(f"endpoint-router: {text[:_LONGEST]}{'...' * (len(text) > _LONGEST)}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="endpoint-router",
        description="Route boto3 and botocore calls to the endpoints that a policy allows.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    explain = commands.add_parser(
        "explain", help="tell where a call would go and why; nothing is sent"
    )
    explain.add_argument("service", help="boto3 client name, such as kms")
    explain.add_argument("--operation", help="such as Encrypt or encrypt")
    explain.add_argument("--region", help="default: as for boto3")
    explain.add_argument("--params", default="{}", help="the call's parameters, as JSON")
    explain.add_argument("--endpoint-url", help="as given to boto3.client")
    explain.add_argument("--profile", help="profile of ~/.aws/config")
    explain.add_argument("--policy", help="policy file; default: the environment's")
    explain.add_argument("--json", action="store_true", help="print the decision as JSON")

    run = commands.add_parser("run", help="run a program with its boto3 calls routed")
    run.add_argument("program", nargs=argparse.REMAINDER, help="-- python app.py ...")

    plan = commands.add_parser(
        "plan", help="tell from decision logs which endpoints and waivers are missing"
    )
    plan.add_argument("logs", nargs="+", metavar="LOG", help="decision log; - reads stdin")
    plan.add_argument("--policy", help="write the policy to this file (TOML)")
    plan.add_argument("--terraform", help="write the missing endpoints to this file")
    plan.add_argument("--services", help="JSON of aws ec2 describe-vpc-endpoint-services")
    plan.add_argument("--force", action="store_true", help="write over files that exist")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")

    export = commands.add_parser(
        "export",
        help="write the part of a policy that software without botocore can carry",
        description="Write the part of a policy that software without botocore can carry, and say "
        "what it cannot.",
        epilog="for example: endpoint-router export --format aws-config --region us-gov-west-1 "
        ">> ~/.aws/config",
    )
    export.add_argument(
        "--format", required=True, choices=("aws-config", "env", "terraform-route53", "hosts")
    )
    export.add_argument("--policy", help="policy file; default: the environment's")
    export.add_argument(
        "--region", action="append", metavar="REGION", help="may be repeated; default: as for boto3"
    )

    demo = commands.add_parser("demo", help="see it work on this machine, without AWS")
    demo.add_argument("--json", action="store_true", help="print the table as JSON")
    return parser


def _explain(options: argparse.Namespace) -> int:
    from botocore.session import Session

    from ..router import World
    from ..routing.rendering import as_data, as_text
    from ..sdk.explain import explain

    if any(isinstance(value, list) for value in vars(options).values()):
        return _bad_input("an option has -- for its value")  # argparse before 3.13 drops it
    try:
        params = json.loads(options.params)
    except (ValueError, RecursionError) as error:
        return _bad_input(f"--params is not JSON: {error}")
    if not isinstance(params, dict):
        return _bad_input("--params is no JSON object")
    try:
        decision = explain(
            options.service,
            options.operation,
            region=options.region,
            params=params,
            endpoint_url=options.endpoint_url,
            session=Session(profile=options.profile),
            policy=options.policy,
        )
    except ValueError as error:  # botocore's, for a URL that is none
        return _bad_input(str(error))
    except RecursionError:
        return _bad_input("--params is nested too deeply")
    today = World().today()
    if options.json:
        print(json.dumps(as_data(decision, today=today), indent=2))
    else:
        print(_lit(as_text(decision, today)))
    return 0 if decision.allowed else 1


def _lit(text: str) -> str:
    """*text* with its word AMBER in that colour, on a terminal (https://no-color.org)."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return text.replace("  AMBER  ", "  \033[33mAMBER\033[0m  ")


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
        print("endpoint-router: the demo needs the extra: pip install 'endpoint-router[lab]'")
        return 2
    return demo(as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
