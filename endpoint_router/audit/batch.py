"""Reads some files in one process, into groups and entries. Knows no other process.

A file that cannot be read whole counts for nothing, and is named.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from .counting import Grouped, Tally
from .foreign import AS_LINES, what_it_is, with_way_in
from .grouping import Group
from .ledger import Entries, Replacing
from .pieces import Uncut, pieces
from .records import Foreign, Record, decode, decode_lists
from .sources import Period, TooLong, Unreadable, chunks_of, text_of


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
        before = entries.lengths()
        try:
            try:
                added = grouped.add(_in_pieces(file, hashed), entries, period.asks_for)
            except (Uncut, Foreign) as error:
                entries.cut(before)
                records = _as_a_whole(file, hashed, error)
                added = grouped.add(records, entries, period.asks_for)
        except (Unreadable, Foreign) as error:
            entries.cut(before)
            file.why = _why(path, error)
        else:
            file.records = sum(added)
            other_days += added.others
    return Batch(files, grouped.items(), entries.shards, entries.addenda, other_days)


def _why(path: str, error: Exception) -> str:
    """What is wrong with the file at *path*, which may be no log of CloudTrail's at all."""
    try:
        beginning = next(chunks_of(path), b"")
    except Unreadable:
        return str(error)
    if isinstance(error, TooLong):
        error = TooLong(f"{error}, in a form that is not read in parts: {AS_LINES}")
    return what_it_is(beginning) or with_way_in(str(error), beginning)


def _in_pieces(file: FileRead, hashed: bool) -> Iterator[Record]:
    chunks = chunks_of(file.path)
    if not hashed:
        return decode_lists(pieces(chunks))
    return _hashed(file, chunks)


def _hashed(file: FileRead, chunks: Iterator[bytes]) -> Iterator[Record]:
    digest = sha256()

    def noted() -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    yield from decode_lists(pieces(noted()))
    file.sha256 = digest.hexdigest()


def _as_a_whole(file: FileRead, hashed: bool, error: Exception) -> Iterator[Record]:
    """:raises Foreign: also *error*, where the file is longer than what can be held."""
    try:
        text = text_of(file.path)
    except Unreadable:
        if isinstance(error, Foreign):
            raise error from None
        raise
    if hashed:
        file.sha256 = sha256(text).hexdigest()
    return decode(text)
