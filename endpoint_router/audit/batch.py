"""Reads some files in one process, into groups and entries. Knows no other process.

A file that cannot be read whole counts for nothing, and is named.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from msgspec import Struct

from .grouping import Group, Grouped, Tally
from .ledger import Entries, Replacing
from .records import Foreign, Record, decode
from .sources import Period, Unreadable, text_of

#: Records that are looked at together.
_AT_ONCE = 8192


class FileRead(Struct):
    """What became of a file."""

    path: str
    records: int = 0
    #: It could not be read.
    why: str = ""
    #: Of its text, in hexadecimal digits, if that is asked for and the text could be had.
    sha256: str = ""


def begin() -> None:
    """Of each process: Ctrl-C is for the one that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what is decoded holds no cycles


class Batch(Struct):
    """What became of some files."""

    files: list[FileRead]
    groups: list[tuple[bytes, Group, Tally]]
    shards: Sequence[bytes | bytearray]
    addenda: list[Replacing]
    #: Records of days that nobody asks about.
    other_days: int


def read_batch(paths: Iterable[str], period: Period, hashed: bool = False) -> Batch:
    """Read *paths* in this process.

    :param hashed: is the hash of each file wanted?
    """
    grouped, entries = Grouped(), Entries()
    files: list[FileRead] = []
    other_days = 0
    for path in paths:
        file = FileRead(path)
        files.append(file)
        try:
            text = text_of(path)
            if hashed:
                file.sha256 = sha256(text).hexdigest()
            file.records, others = _read_text(text, period, grouped, entries)
        except (Unreadable, Foreign) as error:
            file.why = str(error)
        else:
            other_days += others
    return Batch(files, grouped.items(), entries.shards, entries.addenda, other_days)


def _read_text(text: bytes, period: Period, grouped: Grouped, entries: Entries) -> tuple[int, int]:
    """Records of one file, and how many of them are of other days."""
    first = period.first.isoformat() if period.first else ""
    last = period.last.isoformat() if period.last else "~"
    number = others = 0
    records = iter(decode(text))
    while some := list(islice(records, _AT_ONCE)):
        asked = [each for each in some if _is_asked_for(each, first, last)] if period else some
        grouped.add(asked, entries.add)
        number += len(some)
        others += len(some) - len(asked)
    return number, others


def _is_asked_for(record: Record, first: str, last: str) -> bool:
    """What says no day may be of any."""
    time = record.event_time
    return not time or first <= time[:10] <= last
