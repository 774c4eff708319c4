"""Brings what lies in a bucket to this machine, ahead of who reads it, and clears it away.

A few threads fetch into a temporary directory, no further ahead than a bound; what was read is
removed at once, and the directory when all is done or given up. What a bucket is, and what its
answers mean, is :mod:`.bucket`'s.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import islice

from msgspec import Struct

from ..workers import Workers
from .sources import Files, Store, Unreadable, is_elsewhere, text_of

#: Objects under way at once: each waits for the network most of its time.
THREADS = 16
#: Parts that are fetched ahead of the one that is read.
_AHEAD = 3
#: Digests of a part.
_SOME = 64


class File(Struct, frozen=True):
    """One that is at hand, or that cannot be had."""

    #: As it is shown.
    path: str
    #: Where it lies; empty where it could not be had.
    local: str
    why: str = ""
    #: What the bucket says of it beside its text, by names in lower case.
    said: Mapping[str, str] = {}


Part = Sequence[File]


class Fetching(AbstractContextManager["Fetching"]):
    """Makes the files of *store* at hand; those of this machine are."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._workers: Workers[File] = Workers(THREADS, "endpoint_router-fetch")
        self._folder = ""
        self._count = 0

    def __enter__(self) -> Fetching:
        if self._store is not None:
            self._folder = tempfile.mkdtemp(prefix="endpoint-router-")
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.dismiss()
        if self._folder:
            _clear_away(self._folder)

    def parts(self, parts: Iterable[Sequence[str]]) -> Iterator[Part]:
        """Each of *parts* in order, once all of its files are at hand or known not to be had.

        :raises BotoCoreError: what stops everything, as a refusal by the policy.
        """
        waiting = iter(parts)
        under_way: deque[list[Future[File] | File]] = deque()
        while True:
            for part in islice(waiting, 1 + _AHEAD - len(under_way)):
                under_way.append([self._begin(path) for path in part])
            if not under_way:
                return
            yield [
                each.result() if isinstance(each, Future) else each for each in under_way.popleft()
            ]

    def done(self, part: Part) -> None:
        """*part* was read."""
        for file in part:
            if file.local and file.local != file.path:
                with suppress(FileNotFoundError):
                    os.unlink(file.local)

    def _begin(self, path: str) -> Future[File] | File:
        if not is_elsewhere(path):
            return File(path, path)
        assert self._store is not None
        self._count += 1
        local = os.path.join(self._folder, str(self._count))
        return self._workers.give(partial(_fetched, self._store, path, local))


def _clear_away(folder: str) -> None:
    """Who is still at work may open a file meanwhile; once *folder* is gone, nobody can."""
    for _ in range(THREADS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return


def _fetched(store: Store, path: str, local: str) -> File:
    try:
        return File(path, local, said=store.fetch(path, local))
    except Unreadable as error:
        return File(path, "", str(error))


class Digest(Struct, frozen=True):
    """A digest of CloudTrail's: a list of log files, and of what they hashed to."""

    path: str
    #: As it was written, unpacked; empty where *why* says why it cannot be read.
    text: bytes
    why: str = ""
    #: In hexadecimal digits. Empty for a file of this machine: only the bucket says it
    #: (``x-amz-meta-signature``), and of all but the last also the digest after it.
    signature: str = ""
    #: As ``SHA256withRSA``; empty as *signature*.
    algorithm: str = ""


def digests_of(files: Files) -> Iterator[Digest]:
    """Every one of :attr:`.sources.Files.digests`, in that order.

    Those of a bucket are fetched ahead by threads: as long as this is not done, there is a
    temporary directory, so take all, or close the iterator.

    :raises BotoCoreError: what stops everything, as a refusal by the policy.
    """
    names = iter(files.digests)
    parts = iter(lambda: list(islice(names, _SOME)), [])
    with Fetching(files.store) as fetching:
        for part in fetching.parts(parts):
            for file in part:
                yield _digest(file)
            fetching.done(part)


def _digest(file: File) -> Digest:
    if not file.local:
        return Digest(file.path, b"", file.why)
    try:
        text = text_of(file.local)
    except Unreadable as error:
        return Digest(file.path, b"", str(error))
    said = file.said
    return Digest(
        file.path, text, "", said.get("signature", ""), said.get("signature-algorithm", "")
    )
