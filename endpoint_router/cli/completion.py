"""Completion for shells: scripts that shtab drew from the parser when the package was made.

They are shipped, so that the command needs nothing but the package. ``python -m
tests.cli.completions`` draws them, and a test holds them against the parser.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["SCRIPTS", "script"]

#: Where they are, each named for its shell.
SCRIPTS = Path(__file__).with_name("completions")


def script(shell: str) -> str:
    """The one for *shell*: ``bash``, ``zsh`` or ``fish``."""
    return (SCRIPTS / shell).read_text(encoding="utf-8")
