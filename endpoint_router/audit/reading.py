"""Reads files into groups: in several processes where they are many, with a bound for each.

Files go to the processes in batches; what comes back is counted, so its order does not matter. A
file that cannot be read whole counts for nothing, and is named.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from .grouping import Group, Grouped, Tally
from .ledger import Entries, Ledger, Once, Replacing
from .records import Foreign, Record, decode
from .sources import Files, Period, Unreadable, text_of

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Makes what is called for each file that is done: of how many things of which name.
Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]

#: Bytes, and files, that are handed to a process at once.
_BATCH, _MANY = 4 << 20, 256
#: Records that are looked at together.
_AT_ONCE = 8192
#: Bytes for which a further process is not worth its start.
_FEW = 8 << 20


class Stopped(Exception):
    """Nothing is known of files that were to be read; the text says why."""


class Batch(Struct):
    """What became of some files."""

    #: Records of each file, or why it could not be read; by path.
    files: list[tuple[str, int, str]]
    groups: list[tuple[bytes, Group, Tally]]
    shards: Sequence[bytes | bytearray]
    addenda: list[Replacing]
    #: Records of days that nobody asks about.
    other_days: int


class Read(Struct, frozen=True):
    """All that was read, each record once."""

    #: In order; none is empty.
    groups: tuple[tuple[Group, Tally], ...]
    files: int
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
) -> Read:
    """Read all of *files*.

    :param processes: how many may work at once; by default as many as there are cores, and none
        beside this one for a few files.
    :raises Stopped: one of them was ended by somebody else.
    """
    count = 0
    bad = list(files.bad)
    records = other_days = 0
    grouped = Grouped()
    with progress("files", len(files.logs)) as advance, Ledger() as ledger:
        for batch in _batches(files.logs, period, _processes(files, processes)):
            for path, number, why in batch.files:
                advance()
                count += not why
                records += number
                if why:
                    bad.append((path, why))
            other_days += batch.other_days
            grouped.merge(batch.groups)
            ledger.add(batch.shards, batch.addenda)
        once = ledger.once()
    return Read(
        tuple(sorted(_standing(grouped, once), key=lambda pair: pair[0])),
        count,
        tuple(sorted(bad)),
        records,
        other_days,
        once.duplicates,
        once.replaced,
    )


def _standing(grouped: Grouped, once: Once) -> Iterator[tuple[Group, Tally]]:
    """The groups without what is there more than once."""
    for digest, group, tally in grouped.items():
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


def _batches(logs: Sequence[tuple[str, int]], period: Period, processes: int) -> Iterator[Batch]:
    parts = _parts(logs)
    if not processes:
        for paths in parts:
            yield read_batch(paths, period)
        return
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # A fresh process each: this one may have threads, which a fork would cut off.
    executor = ProcessPoolExecutor(processes, get_context("spawn"), _begin)
    try:
        under_way: set[Future[Batch]] = set()
        waiting = deque(parts)
        while waiting or under_way:
            while waiting and len(under_way) < 2 * processes:
                under_way.add(executor.submit(read_batch, waiting.popleft(), period))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BrokenProcessPool:
        raise Stopped("a process that read files was ended, for want of memory perhaps") from None
    finally:
        executor.shutdown(cancel_futures=True)


def _begin() -> None:
    """Of each process: Ctrl-C is for the one that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what is decoded holds no cycles


def _parts(logs: Iterable[tuple[str, int]]) -> list[list[str]]:
    parts: list[list[str]] = []
    room = 0
    for path, size in logs:
        if not parts or size > room or len(parts[-1]) >= _MANY:
            parts.append([])
            room = _BATCH
        parts[-1].append(path)
        room -= size
    return parts


def read_batch(paths: Iterable[str], period: Period) -> Batch:
    """Read *paths* in this process."""
    grouped, entries = Grouped(), Entries()
    files: list[tuple[str, int, str]] = []
    other_days = 0
    for path in paths:
        try:
            number, others = _read_file(path, period, grouped, entries)
        except (Unreadable, Foreign) as error:
            files.append((path, 0, str(error)))
        else:
            other_days += others
            files.append((path, number, ""))
    return Batch(files, grouped.items(), entries.shards, entries.addenda, other_days)


def _read_file(path: str, period: Period, grouped: Grouped, entries: Entries) -> tuple[int, int]:
    """Records of one file, and how many of them are of other days."""
    first = period.first.isoformat() if period.first else ""
    last = period.last.isoformat() if period.last else "~"
    number = others = 0
    records = iter(decode(text_of(path)))
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
