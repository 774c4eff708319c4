"""Records counted by their groups, a file at a time, millions of times.

Whatever the order of the records, and however they are spread over files, the groups are the same:
counts are added, of the examples the first one stands. What a group is, is :mod:`.grouping`'s.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import astuple

from .grouping import Group, bare_host, group_of, source_of
from .records import NOT_ALIKE, SELDOM_ALIKE, Record, Tls

if TYPE_CHECKING:
    from .ledger import Entries

#: Records after which their ids are handed on, and take a fourth of the memory.
_AT_ONCE = 8192


class Tally(Struct, gc=False):
    """How often, and since when; mutable."""

    count: int = 0
    #: Time and id of the first event.
    first: tuple[str, str] = ("~", "")
    last: str = ""

    def add(self, other: Tally) -> None:
        """*other* is about the same."""
        self.count += other.count
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)


class _Row(Struct, gc=False):
    """A tally of one group in one file; flat, because this is where the time goes."""

    #: Of the group; empty for days that nobody asks about.
    digest: bytes
    first: str
    last: str
    #: Id of the first event.
    example: str
    #: Of events that are not in the count yet; empty where one has none.
    ids: list[str]
    count: int = 0


class Added(NamedTuple):
    """How many records count, and of how many others nobody asks about the days."""

    counting: int
    others: int


class Grouped:
    """Groups of records, by their digest."""

    def __init__(self) -> None:
        self.groups: dict[bytes, Group] = {}
        self.tallies: dict[bytes, Tally] = {}
        self._known: dict[int, bytes] = {}
        self._hosts: dict[tuple[Tls | None, str | None], int] = {}

    def add(
        self,
        records: Iterable[Record],
        entries: Entries,
        is_asked_for: Callable[[str], bool] = lambda day: True,
    ) -> Added:
        """Count *records*; none of them if they raise what stops them.

        :param entries: take in those that count, and some of them also where something stops them.
        :param is_asked_for: do records of this day count?
        """
        rows: dict[int, _Row] = {}
        of_groups: dict[bytes, _Row] = {}
        rest = iter(records)
        while some := list(islice(rest, 1)):
            for record in chain(some, islice(rest, _AT_ONCE)):  # millions of times
                fields = astuple(record)
                time, own, tls = fields[0] or "", fields[1] or "", fields[2]
                host = self._hosts.get((tls, record.event_source))
                if host is None:
                    host = self._host(tls, record)
                # The hash alone: to compare twenty texts costs more than to read them did, and that
                # two of a million likenesses share one of 2^61 is as likely as a fault of the
                # memory.
                likeness = hash((time[:10], host, fields[NOT_ALIKE:]))
                row = rows.get(likeness)
                if row is not None:
                    row.ids.append(own)
                else:
                    digest = b""
                    if is_asked_for(time[:10]):
                        digest = self._digest(record, (time[:10], host, fields[SELDOM_ALIKE:]))
                    row = of_groups.get(digest)
                    if row is None:
                        row = of_groups[digest] = _Row(digest, time, time, own, [])
                    if record.addendum is None and not record.shared_event_id:
                        rows[likeness] = row
                        row.ids.append(own)
                    else:
                        row.count += 1
                        if row.digest:
                            entries.add(record, row.digest)
                if time <= row.first:
                    if time < row.first or own < row.example:
                        row.first, row.example = time, own
                elif time > row.last:
                    row.last = time
            _count(of_groups.values(), entries)
        return self._take(of_groups.values())

    def _take(self, rows: Iterable[_Row]) -> Added:
        counting = others = 0
        for row in rows:
            if row.digest:
                counting += row.count
                # Seconds are few in a file: they, too, are shared when they are pickled.
                first, last = sys.intern(row.first), sys.intern(row.last)
                tally = Tally(row.count, (first, row.example), last)
                self.tallies.setdefault(row.digest, Tally()).add(tally)
            else:
                others += row.count
        return Added(counting, others)

    def merge(self, groups: Iterable[tuple[bytes, Group, Tally]]) -> list[Group]:
        """Add what was counted elsewhere; the groups that are new."""
        new = []
        for digest, group, tally in groups:
            if digest in self.tallies:
                self.tallies[digest].add(tally)
            else:
                self.groups[digest], self.tallies[digest] = group, tally
                new.append(group)
        return new

    def items(self) -> list[tuple[bytes, Group, Tally]]:
        """Each group that has records, its digest in front."""
        return [(digest, self.groups[digest], tally) for digest, tally in self.tallies.items()]

    def _host(self, tls: Tls | None, record: Record) -> int:
        """What is the same for hosts that differ in nothing but what they have of their own: there
        may be thousands of buckets.
        """
        told = None
        if tls is not None:
            host = tls.client_provided_host_header or ""
            told = (tls.tls_version, bare_host(source_of(record), host))
        self._hosts[tls, record.event_source] = hash(told)
        return hash(told)

    def _digest(self, record: Record, alike: tuple[object, ...]) -> bytes:
        """What is worked out of a record is worked out once for all of which *alike* is true."""
        likeness = hash(alike)
        digest = self._known.get(likeness)
        if digest is None:
            group = group_of(record)
            digest = self._known[likeness] = group.digest()
            if digest not in self.groups:
                # Tens of thousands of them share a few hundred texts, also when they are pickled.
                shared: list[Any] = list(astuple(group))
                shared = [sys.intern(each) if type(each) is str else each for each in shared]
                self.groups[digest] = Group(*shared)
        return digest


def _count(rows: Iterable[_Row], entries: Entries) -> None:
    for row in rows:
        if row.ids:
            row.count += len(row.ids)
            if row.digest:
                entries.add_alike(row.ids, row.digest)
            row.ids = []
