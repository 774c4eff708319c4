"""What stands above an export, as comment lines: what it is, and what it does not carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..printable import printable
from .values import Loss

#: Of a file that is read by programs which know no other comment.
_MARK = "# "


def head(origins: Iterable[str], *lines: str) -> Iterator[str]:
    """What the text is, and whence."""
    yield f"{_MARK}Written by `endpoint-router export` from {printable(', '.join(origins))}."
    for line in lines:
        yield f"{_MARK}{line}"


def lost(losses: Iterable[Loss]) -> Iterator[str]:
    """A line for each of *losses*."""
    for loss in losses:
        yield f"{_MARK}not carried: {printable(str(loss))}"
