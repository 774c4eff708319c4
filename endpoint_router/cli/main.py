"""The command line: reads arguments, calls the package, sets the exit status. Nothing else.

0: allowed, or done. 1: refused, something is missing, or the demo did not go as the policy says.
2: bad input, told in a line. 130: interrupted.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from .._version import __version__
from ..policy.nearest_name import did_you_mean
from ..printable import printable
from .commands import COMMANDS, name_of
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
    try:
        options = _options(arguments)
        return _version(options) if options.version else _answer(options)
    finally:
        sys.stdout.flush()


def _answer(options: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError

    try:
        status: int = options.run(options)
    except BotoCoreError as error:  # PolicyError is one, and so is "no such region"
        raise BadInput(str(error)) from None
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
        self.commands: Mapping[str, _Parser] = {}

    def add_subparsers(self, **options: Any) -> Any:
        action = super().add_subparsers(**options)
        self.commands = action.choices
        return action

    def asked(self, options: argparse.Namespace) -> _Parser:
        """The parser of the innermost command that *options* name."""
        parser = self
        for name in (options.command, getattr(options, "subcommand", "")):
            parser = parser.commands.get(name or "", parser)
        return parser

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {printable(message)[:_LONGEST]}", file=sys.stderr)
        raise SystemExit(2)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = make_parser()
    options, unknown = parser.parse_known_args(arguments)
    if options.version:
        return options
    if options.version_as_json:
        parser.error("--json: of which command? (Or --version --json.)")
    if options.command is None:
        parser.error("the following arguments are required: COMMAND")
    if _has_dashes_for_value(parser.commands[options.command], options):
        raise BadInput("an option has -- for its value")
    if unknown:
        # By the command's own parser: what it takes is what its user has to know.
        command = parser.asked(options)
        known = re.findall(r"--[a-z-]+", command.format_usage())
        close = did_you_mean(unknown[0].partition("=")[0], known)
        command.error(f"unrecognized arguments: {' '.join(unknown)}. {close}".rstrip(" ."))
    return options


def _has_dashes_for_value(command: _Parser, options: argparse.Namespace) -> bool:
    """argparse before Python 3.13 drops them, and leaves an empty list."""
    for action in command._actions:
        value = getattr(options, action.dest, None)
        if not action.option_strings or not isinstance(value, list):
            continue
        if [] in value or (value == [] and action.default != []):
            return True
    return False


def make_parser() -> _Parser:
    """The one of all commands."""
    parser = _Parser(
        prog="endpoint-router",
        description="Route boto3 and botocore calls to the endpoints that a policy allows.",
    )
    parser.add_argument(
        "--version", action="store_true", help="tell the versions of this, botocore and Python"
    )
    parser.add_argument(
        "--json", dest="version_as_json", action="store_true", help="the versions, as JSON"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        name, what = name_of(command), command.WHAT
        lines = "\n".join(f"  endpoint-router {name} {example}" for example in command.EXAMPLES)
        made: _Parser = commands.add_parser(
            name,
            help=what,
            description=f"{what[0].upper()}{what[1:]}.",
            epilog=f"examples:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(made)
        made.set_defaults(run=command.run)
    return parser


def _version(options: argparse.Namespace) -> int:
    import botocore

    versions = {
        "endpoint_router": __version__,
        "botocore": botocore.__version__,
        "python": platform.python_version(),
    }
    if options.version_as_json:
        print(json.dumps(versions, indent=2))
    else:
        ours, *others = versions.values()
        print(f"endpoint-router {ours} (botocore {others[0]}, Python {others[1]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
