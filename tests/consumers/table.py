"""The words of the table: what runs, under what, and what comes of it.

Values only. What runs them is :mod:`.running`, the table itself is :mod:`.consumers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

#: What a user may have declared, and how the router came into the program.
POLICIES = ("fips", "private", "report")
WAYS = ("run", "variable")


class Routed(NamedTuple):
    """Every request arrives where the policy wants it, and the program ends well."""


class Refused(NamedTuple):
    """The policy forbids it: the program is told this code, and nothing arrives elsewhere."""

    code: str
    why: str


class Unrouted(NamedTuple):
    """Out of our reach: the program ends well, and what arrives is what it sends without us."""

    why: str


class Unsupported(NamedTuple):
    """The program cannot do with what the policy wants: it fails with these words of its own."""

    says: str
    why: str


class Broken(NamedTuple):
    """A defect of ours that is known: the row turns red as soon as it is routed."""

    why: str


Result: TypeAlias = Routed | Refused | Unrouted | Unsupported | Broken


class Consumer(NamedTuple):
    """Software of other people's, and a program that uses it.

    :ivar name: as the page shows it.
    :ivar package: as pip knows it; without it the rows are skipped.
    :ivar does: what the program does, in a few words.
    :ivar command: words; ``PROGRAMS/x`` is a file of the folder ``programs``, ``python`` the one
        that runs the tests, ``FROZEN/x`` a program that PyInstaller made of ``programs/x.py``,
        ``BARE/x`` one that it made without this package.
    :ivar sends: each operation that the servers see, as service:operation; none where all is faked.
    :ivar results: what comes of it where that is not routed, by policy and way ("fips run"), by
        policy, or by way.
    :ivar requests: how many arrive, where more would be a defect.
    :ivar alone: its rows run one after the other.
    """

    name: str
    package: str
    does: str
    command: tuple[str, ...]
    sends: frozenset[str]
    results: Mapping[str, Result] = {}
    requests: int = 0
    alone: bool = False

    def result(self, policy: str, way: str) -> Result:
        """What comes of it under *policy*, switched on by *way*."""
        keys = (f"{policy} {way}", policy, way)
        return next((self.results[key] for key in keys if key in self.results), Routed())
