"""``endpoint-router completion``: its line of help, its options, and where it starts."""

from __future__ import annotations

import argparse

WHAT = "print what makes a shell complete this program's arguments"
EXAMPLES = (
    "bash > ~/.bash_completion",
    "zsh > ~/.zfunc/_endpoint-router",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(options: argparse.Namespace) -> int:
    from ..completion import script

    print(script(options.shell), end="")
    return 0
