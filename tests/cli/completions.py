"""Draws the scripts for shells, by shtab: ``python -m tests.cli.completions``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from endpoint_router.cli.completion import SCRIPTS
from endpoint_router.cli.main import make_parser

SHELLS = ("bash", "zsh", "fish")
#: What options and arguments call a file.
FILES = {"FILE", "LOG", "POLICY", "OLD", "DIRECTORY", "SOURCE"}


def drawn(shell: str) -> str:
    """The script for *shell*."""
    import shtab

    parser = make_parser()
    for action in _actions(parser):
        if action.metavar in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    script: str = shtab.complete(parser, shell)
    return script.rstrip() + "\n"


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)


if __name__ == "__main__":
    for shell in SHELLS:
        (SCRIPTS / shell).write_text(drawn(shell), encoding="utf-8", newline="\n")
