"""``--policy FILE``, which most commands take: a file, inline JSON, or ``-`` for stdin."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["add_policy_option", "policy_named"]


def add_policy_option(parser: argparse.ArgumentParser) -> None:
    """``--policy``, with the meaning that :func:`policy_named` gives it."""
    parser.add_argument(
        "--policy", metavar="FILE", help="default: the environment's; - reads stdin"
    )


@contextlib.contextmanager
def policy_named(name: str | None, option: str = "--policy") -> Iterator[str | None]:
    """What :func:`endpoint_router.install` takes for the policy that was given.

    :param name: inline JSON, a file, ``-``, or ``None`` for what the environment says.
    :param option: how it was given, for the error.
    :raises PolicyError: the file cannot be read.
    """
    from ..policy.document import MAX_BYTES, is_inline
    from ..policy.files import read

    if name == "-":
        with tempfile.TemporaryDirectory(prefix="endpoint-router-") as directory:
            file = Path(directory, "stdin")
            # One more than there may be, so that it is refused.
            file.write_bytes(sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin else b"")
            yield str(file)
        return
    if name is not None and not is_inline(name):
        read(name, option)
    yield name
