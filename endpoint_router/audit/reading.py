"""Reads files into groups: in several processes where they are many, with a bound for each.

Files go to the processes in batches; what comes back is counted, so its order does not matter. A
file that cannot be read whole counts for nothing, and is named. What a process does with a batch
is :mod:`.batch`'s, how one comes out of a bucket :mod:`.fetching`'s.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct

from .batch import Batch, FileRead, begin, read_batch
from .counting import Grouped, Tally
from .fetching import Fetching, Part
from .grouping import Group
from .ledger import Ledger, Once
from .sources import Files, Period

#: Makes what is called for each file that is done: of how many things of which name.
Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]

#: Bytes, and files, that are handed to a process at once.
_BATCH, _MANY = 4 << 20, 256
#: Batches that each process has before it, so that none waits while this one judges.
_UNDER_WAY = 4
#: Bytes for which a further process is not worth its start.
_FEW = 8 << 20


class Stopped(Exception):
    """Nothing is known of files that were to be read; the text says why."""


class Read(Struct, frozen=True):
    """All that was read, each record once."""

    #: In order; none is empty.
    groups: tuple[tuple[Group, Tally], ...]
    files: int
    #: SHA-256 of each file's text in hexadecimal digits, by path; empty unless asked for.
    hashes: Mapping[str, str]
    bad: tuple[tuple[str, str], ...]
    records: int
    other_days: int
    duplicates: int
    replaced: int


@contextlib.contextmanager
def in_silence(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Shows no progress."""
    yield lambda: None


def read(
    files: Files,
    period: Period,
    *,
    processes: int | None = None,
    progress: Progress = in_silence,
    hashed: bool = False,
    seen: Callable[[Sequence[Group]], object] = len,
) -> Read:
    """Read all of *files*.

    :param processes: how many may work at once; by default as many as there are cores, and none
        beside this one for a few files.
    :param hashed: is the hash of each file wanted?
    :param seen: is called with groups not seen before, while others read; of them some may not be
        left in the end.
    :raises Stopped: one of them was ended by somebody else.
    """
    count = 0
    bad = list(files.bad)
    hashes: dict[str, str] = {}
    records = other_days = 0
    grouped = Grouped()
    with (
        progress("files", len(files.logs)) as advance,
        Ledger() as ledger,
        contextlib.closing(_batches(files, period, _processes(files, processes), hashed)) as read,
    ):
        for batch in read:
            for file in batch.files:
                advance()
                records += file.records
                if file.why:
                    bad.append((file.path, file.why))
                else:
                    count += 1
                if file.sha256:
                    hashes[file.path] = file.sha256
            other_days += batch.other_days
            seen(grouped.merge(batch.groups))
            ledger.add(batch.shards, batch.addenda)
        once = ledger.once(lambda digest: (grouped.groups[digest].silence(), digest))
    return Read(
        tuple(sorted(_standing(grouped, once), key=lambda pair: pair[0])),
        count,
        hashes,
        tuple(sorted(bad)),
        records,
        other_days,
        once.duplicates,
        once.replaced,
    )


def _standing(grouped: Grouped, once: Once) -> Iterator[tuple[Group, Tally]]:
    """The groups without what is there more than once, taken out of *grouped*."""
    while grouped.tallies:
        digest, tally = grouped.tallies.popitem()
        group = grouped.groups.pop(digest)
        tally.count -= once.removed.get(digest, 0)
        if tally.count:
            yield group, tally


def _processes(files: Files, wanted: int | None) -> int:
    """How many are to read; 0: this one, alone."""
    size = sum(size for _, size in files.logs)
    if wanted is not None:
        return wanted
    return 0 if size < _FEW else min(_cores(), 1 + size // _FEW)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def _batches(
    files: Files, period: Period, processes: int, hashed: bool
) -> Generator[Batch, None, None]:
    with Fetching(files.store) as fetching:
        parts = fetching.parts(_parts(files.logs))
        if processes:
            yield from _by_processes(fetching, parts, period, processes, hashed)
            return
        for part in parts:
            batch = read_batch([file.local for file in part if file.local], period, hashed)
            fetching.done(part)
            yield _named(batch, part)


def _by_processes(
    fetching: Fetching, parts: Iterator[Part], period: Period, processes: int, hashed: bool
) -> Iterator[Batch]:
    from .processes import Ended, Processes

    part: Part | None = ()
    try:
        with Processes[Part, Batch](processes, begin, read_batch) as crew:
            while crew.under_way or part is not None:
                if part is not None and (part := next(parts, None)) is not None:
                    paths = [file.local for file in part if file.local]
                    crew.hand(part, paths, period, hashed)
                has_room = part is not None and crew.under_way < _UNDER_WAY * processes
                # What is done is not kept waiting while there is more to be fetched.
                for read, batch in crew.done(is_waiting=not has_room):
                    fetching.done(read)
                    yield _named(batch, read)
    except Ended:
        raise Stopped("a process that read files was ended, for want of memory perhaps") from None


def _named(batch: Batch, part: Part) -> Batch:
    """*batch* with the names of its files as they are shown, and with those not to be had."""
    shown = {file.local: file.path for file in part}
    for file in batch.files:
        file.path = shown[file.path]
    batch.files += [FileRead(file.path, why=file.why) for file in part if not file.local]
    return batch


def _parts(logs: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """In order, which keeps together what is alike; but whoever gets one of the great files last
    would let the others wait.
    """
    part: list[str] = []
    room = _BATCH
    for path, size in sorted(logs, key=lambda log: max(log[1], _BATCH), reverse=True):
        if part and (size > room or len(part) >= _MANY):
            yield part
            part, room = [], _BATCH
        part.append(path)
        room -= size
    if part:
        yield part
