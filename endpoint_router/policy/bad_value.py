"""A text of a policy that cannot become a value; reading texts so that the error has a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ..aws.bad_name import BadName
from .paths import Path
from .quoting import quote

T = TypeVar("T")


class BadValue(ValueError):
    """A value that fits the model and still is none.

    :ivar path: of the value, in its policy.
    :ivar found: as an error shows it.
    """

    def __init__(self, path: Path, *, found: str, expected: str, hint: str = "") -> None:
        super().__init__(path, found, expected, hint)
        self.path, self.found, self.expected, self.hint = path, found, expected, hint


def read(path: Path, parse: Callable[[str], T], text: str) -> T:
    """What *parse* makes of *text*, which stands at *path*; :raises BadValue: where it refuses."""
    try:
        return parse(text)
    except BadName as error:
        raise BadValue(
            path, found=quote(error.found), expected=error.expected, hint=error.hint
        ) from None


def read_all(path: Path, parse: Callable[[str], T], texts: Iterable[str]) -> tuple[T, ...]:
    """The same of each item of the list at *path*."""
    return tuple(read((*path, index), parse, text) for index, text in enumerate(texts))
