"""Where the records are: files and directories as CloudTrail delivers into a bucket, and buckets.

Says of each file what it is by its path, and reads the text of one. What stands in a file is
:mod:`.records`', what is in a bucket :mod:`.bucket`'s.
"""

from __future__ import annotations

import datetime
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Protocol

from msgspec import Struct

from .inflating import FASTEST, Inflating

#: Bytes of a text that has to be looked at as a whole: a process has its bound.
LONGEST = 64 << 20
#: Bytes of a file, packed or not, that are looked at together: what becomes of them fits a cache.
#: With four times as many the audit takes a fifth longer.
_CHUNK = 4 << 10
_GZIP = b"\x1f\x8b"
#: Which of both it is, depends on what unpacks it.
_SPOILT = "truncated or damaged"
#: What CloudTrail delivers besides, by the name of its folder, which files' names hold too.
_BESIDE = {
    "CloudTrail-Digest": "digests",
    "CloudTrail-Insight": "insights",
    "CloudTrail-Aggregated": "aggregated",
}
#: Of a bucket that other services write into, too: what is theirs, below an account.
_OTHERS = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/(?!CloudTrail)[^/]+/", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
#: ``/CloudTrail/us-east-1/2026/11/22/``: the day of the delivery, no event's.
_DELIVERED = re.compile(r"(?:^|/)(\d{4})/(\d\d)/(\d\d)/[^/]*$", re.ASCII)


class Unreadable(Exception):
    """A file, or a part of a directory, that cannot be read; the text says why."""


class TooLong(Unreadable):
    """A text that is more than can be held."""


class Period(Struct, frozen=True):
    """Days in UTC, both included; ``None`` where it has no end."""

    first: datetime.date | None = None
    last: datetime.date | None = None

    def __bool__(self) -> bool:
        """Is any day left out?"""
        return bool(self.first or self.last)

    def asks_for(self, day: str) -> bool:
        """Of what says no day it may be any; so of a *day* that is none."""
        first = self.first.isoformat() if self.first else ""
        last = self.last.isoformat() if self.last else "~"
        return first <= day <= last or not _DAY.fullmatch(day)

    def may_hold(self, path: str) -> bool:
        """May a file at *path* hold events of these days? One is delivered up to a day late."""
        match = _DELIVERED.search(path.replace(os.sep, "/"))
        if match is None:
            return True
        try:
            day = datetime.date(*map(int, match.groups()))
        except ValueError:
            return True
        first, last = self.deliveries()
        return not ((first and day < first) or (last and day > last))

    def deliveries(self) -> tuple[datetime.date | None, datetime.date | None]:
        """The days on which what happened on these is delivered: one more."""
        if self.last in (None, datetime.date.max):
            return self.first, self.last
        return self.first, self.last + datetime.timedelta(days=1)


class Store(Protocol):
    """Where files are that are not on this machine: :class:`.bucket.Bucket`."""

    def find(self, sources: Iterable[str], period: Period, digests: bool) -> Files:
        """What there is at *sources*, by names that :func:`is_elsewhere` knows.

        :param digests: are they wanted? Else nobody looks for them.
        """

    def fetch(self, name: str, into: str) -> Mapping[str, str]:
        """Write *name* into the file *into*; what is said of it beside its text.

        :raises Unreadable: this one cannot be had.
        """


class Files(Struct, frozen=True):
    """What was found."""

    #: To be read, with their size in bytes; in order.
    logs: tuple[tuple[str, int], ...]
    #: How many were set aside, by what they are.
    aside: dict[str, int]
    #: Paths of digests, in order. Their text is :func:`.fetching.digests_of`'s.
    digests: tuple[str, ...]
    #: Paths that cannot be read, and why.
    bad: tuple[tuple[str, str], ...]
    #: Of those that are not on this machine; ``None`` where all are.
    store: Store | None = None


#: Where something else than files was read.
NO_FILES = Files((), {}, (), ())
#: What may be set aside, as the keys of :attr:`Files.aside`.
ASIDE = (*_BESIDE.values(), "other_services", "other_days", "hidden")


def is_elsewhere(name: str) -> bool:
    """Is *name* one of a bucket's?"""
    return name.startswith("s3://")


def find(
    sources: Iterable[str], period: Period, store: Store | None = None, *, digests: bool = False
) -> Files:
    """The files of *sources*, each once.

    Set aside are ``digests``, ``insights``, ``aggregated``, ``other_services`` (logs beside
    CloudTrail's below an account), ``other_days`` and ``hidden`` (whose name begins with a dot, as
    a file browser leaves them).

    :param store: of the sources that are in buckets.
    :param digests: are those of buckets wanted, too? They are not looked for unless told.
    """
    names = list(dict.fromkeys(sources))
    files = _here([name for name in names if not is_elsewhere(name)], period)
    there = [name for name in names if is_elsewhere(name)]
    if not there:
        return files
    assert store is not None
    found = store.find(there, period, digests)
    return Files(
        files.logs + found.logs,
        {kind: files.aside[kind] + found.aside[kind] for kind in ASIDE},
        files.digests + found.digests,
        files.bad + found.bad,
        store,
    )


def _here(sources: Iterable[str], period: Period) -> Files:
    logs: dict[str, tuple[str, int]] = {}
    aside = dict.fromkeys(ASIDE, 0)
    digests: list[str] = []
    bad: dict[str, str] = {}
    seen: set[str] = set()
    for source in sources:
        for path in _walk(source, bad):
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            kind = set_aside(path, path == source, period, source)
            if kind:
                aside[kind] += 1
                if kind == "digests":
                    digests.append(path)
                continue
            try:
                status = os.stat(path)
            except OSError as error:
                bad[path] = error.strerror or str(error)
                continue
            if stat.S_ISREG(status.st_mode):
                logs[real] = (path, status.st_size)
            else:  # who opens one may wait for ever
                bad[path] = "a pipe, a socket or a device, and no file"
    found = tuple(sorted(logs.values()))
    return Files(found, aside, tuple(sorted(digests)), tuple(sorted(bad.items())))


def _walk(source: str, bad: dict[str, str]) -> Iterator[str]:
    if not os.path.isdir(source):
        yield source
        return

    def note(error: OSError) -> None:
        bad[str(error.filename)] = error.strerror or str(error)

    # Links to folders are followed, as those to files are, but each folder is walked once.
    been: set[str] = set()
    for folder, folders, names in os.walk(source, onerror=note, followlinks=True):
        real = os.path.realpath(folder)
        if real in been:
            folders.clear()
            continue
        been.add(real)
        folders.sort()
        for name in names:
            yield os.path.join(folder, name)


def set_aside(path: str, named: bool, period: Period, source: str = "") -> str:
    """What it is, if it is not to be read: a key of :attr:`Files.aside`.

    :param named: by itself, which is as good as a wish.
    :param source: where it was found; what folders above are called is anybody's choice.
    """
    place = os.path.basename(path) if named else path.removeprefix(source)
    for mark, kind in _BESIDE.items():
        if mark in place:
            return kind
    if named:
        return ""
    if _OTHERS.search(path.replace(os.sep, "/")):
        return "other_services"
    if os.path.basename(path).startswith("."):
        return "hidden"
    return "" if period.may_hold(path) else "other_days"


def text_of(path: str, longest: int = LONGEST) -> bytes:
    """The text of the file at *path*, compressed or not, whatever it is called.

    :raises Unreadable: it is not there, truncated, damaged.
    :raises TooLong: it is longer than *longest* bytes.
    """
    held = io.BytesIO()  # unlike a list of chunks, it is not held twice in the end
    for chunk in chunks_of(path):
        held.write(chunk)
        if held.tell() > longest:
            raise TooLong(f"longer than {longest >> 20} MiB")
    return held.getvalue()


def chunks_of(path: str, inflating: Inflating = FASTEST) -> Iterator[bytes]:
    """The same in chunks, so that it may be of any length; none of them is empty.

    :param inflating: what unpacks it.
    :raises Unreadable: it is not there, empty, truncated, or damaged; perhaps only at its end.
    """
    some = False
    try:
        with open(path, "rb", buffering=0) as file:
            held = file.read(_CHUNK)
            packed = held[:2] == _GZIP
            for text in _unpacked(file, held, inflating) if packed else _plain(file, held):
                if text:
                    some = True
                    yield text
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    if not some:
        raise Unreadable("empty")


def _plain(file: IO[bytes], held: bytes) -> Iterator[bytes]:
    while held:
        yield held
        held = file.read(_CHUNK)


def _unpacked(file: IO[bytes], held: bytes, inflating: Inflating) -> Iterator[bytes]:
    """gzip's, which may be several in a row."""
    while held:
        stream = inflating.decompressobj(wbits=31)
        while not stream.eof:
            if not held:
                raise Unreadable(_SPOILT)
            try:
                yield stream.decompress(held)
            except inflating.error:
                raise Unreadable(_SPOILT) from None
            held = stream.unused_data or file.read(_CHUNK)
        while held and not held.strip(b"\0"):  # padding
            held = file.read(_CHUNK)
        held = held.lstrip(b"\0")
