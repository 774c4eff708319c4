"""A policy that a command writes, held to what its reader will: its sources may be anybody's."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..errors import PolicyError
from .output import BadInput

__all__ = ["check_written"]


def check_written(text: str, what: str) -> None:
    """Would *text* load, and stand the checks at the start?

    :param what: its name, for the error.
    :raises BadInput: it would not.
    """
    from ..policy.load import load
    from ..sdk.activation.check import check_policy

    with tempfile.TemporaryDirectory(prefix="endpoint-router-") as directory:
        file = Path(directory, "policy.toml")
        file.write_text(text, encoding="utf-8", newline="\n")
        try:
            check_policy(load(file, environ={}, system_policy=""))
        except PolicyError as error:
            _, comma, key = error.where.rpartition(", ")
            said = f"found {error.found}, expected {error.expected}"
            raise BadInput(
                f"nothing is written, because {what} would not load: "
                f"{key + ': ' if comma else ''}{said}. {error.hint}".rstrip(". ")
            ) from None
