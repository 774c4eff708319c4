"""Which team somebody belongs to: CloudTrail knows accounts and roles, people know teams.

A file says so, in TOML: each team's name, and patterns of what is theirs. A pattern is held against
the account's id, the principal (the ARN of a role, the name of a user) and the application's name;
the first team in the file that has one which fits is it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from msgspec import Struct

from ..policy.plain_words import in_plain_words
from ..policy.toml import loads
from .foreign import as_utf8

__all__ = ["NO_TEAMS", "Teams", "decode"]


class Teams(Struct, frozen=True):
    """In the order of the file, each with its patterns."""

    patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, account: str, principal: str, application: str) -> str:
        """The team's name; empty where no pattern fits."""
        for name, patterns in self.patterns:
            for pattern in patterns:
                if any(fnmatchcase(each, pattern) for each in (account, principal, application)):
                    return name
        return ""


NO_TEAMS = Teams()


def decode(text: bytes) -> Teams:
    """The teams of a file.

    :raises ValueError: it is none; the text says why.
    """
    try:
        said = loads(as_utf8(text).decode())
    except UnicodeDecodeError:
        raise ValueError("no UTF-8") from None
    except RecursionError as error:
        raise ValueError(in_plain_words(error)) from None
    teams = []
    for name, patterns in said.items():
        right = isinstance(patterns, list) and all(isinstance(each, str) for each in patterns)
        if not right or not name or not all(patterns):
            raise ValueError(f'of {name!r} expected a list of patterns, as ["111122223333"]')
        teams.append((name, tuple(patterns)))
    return Teams(tuple(teams))
