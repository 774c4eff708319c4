"""``--policy FILE``, which most commands take: a file, inline JSON, or ``-`` for stdin."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..policy.document import PolicyText

__all__ = ["STDIN", "add_policy_option", "policy_named", "policy_on_stdin"]

#: What messages call it.
STDIN = "stdin"


def add_policy_option(parser: argparse.ArgumentParser) -> None:
    """``--policy``, with the meaning that :func:`policy_named` gives it."""
    parser.add_argument(
        "--policy", metavar="FILE", help="default: the environment's; - reads stdin"
    )


@contextlib.contextmanager
def policy_named(name: str | None, option: str = "--policy") -> Iterator[str | PolicyText | None]:
    """What :func:`endpoint_router.install` takes for the policy that was given.

    :param name: inline JSON, a file, ``-``, or ``None`` for what the environment says.
    :param option: how it was given, for the error.
    :raises PolicyError: the file cannot be read.
    """
    from ..policy.document import is_inline
    from ..policy.files import read

    if name == "-":
        yield policy_on_stdin()
        return
    if name is not None and not is_inline(name):
        read(name, option)
    yield name


def policy_on_stdin() -> PolicyText:
    """What stdin holds; :raises PolicyError: that is no text, or nothing."""
    from ..policy.document import MAX_BYTES
    from ..policy.files import of_bytes

    # One more than there may be, so that it is refused.
    return of_bytes(sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin else b"", STDIN)
