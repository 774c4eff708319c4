"""Which records there are, so that each counts once: also of millions, in little memory.

CloudTrail may deliver a record twice (the same ``eventID``), to several accounts (the same
``sharedEventID``), or again with more in it (an addendum). An entry is 24 bytes: what tells the
record from others, and its group's digest. Entries are spread over shards on disk where they are
many, those with an id of their own by their group, shared ones by their id: copies meet in one, and
no shard knows the others' records.

Two records that share an ``eventID`` and are of different groups are no copies, whoever numbered
them: both count. Those that share a ``sharedEventID`` may be, since each is for its own account,
and may tell less than the caller's own: that which tells most stands.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from hashlib import blake2b
from itertools import repeat
from operator import itemgetter
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from msgspec import Struct

from .records import Record

#: Of each kind: first those of records by their own id, then those of shared ones.
SHARDS = 64
#: Bytes of a shard in memory while it is written, and when it is read.
_IN_MEMORY, _MOST = 1 << 15, 1 << 22
#: Entries of a greater one that are read at once.
_AT_ONCE = 4096
_ENTRY = struct.Struct("16s8s")
#: Bytes of a key.
_KEY = 16


class Replacing(Struct, frozen=True, order=True):
    """An addendum: the key of what it replaces, when it was written, and its group's digest."""

    key: bytes
    at: tuple[str, str]
    digest: bytes
    #: The replaced record's key where it was not shared.
    unshared: bytes


class Entries:
    """The entries of some records."""

    def __init__(self) -> None:
        self.shards = [bytearray() for _ in range(2 * SHARDS)]
        self.addenda: list[Replacing] = []

    def add(self, record: Record, digest: bytes) -> None:
        """Note *record*, an addendum or a shared one, of the group with this *digest*."""
        if record.addendum is not None:
            self._add_addendum(record, digest)
        elif record.shared_event_id:
            key = key_of(record.shared_event_id)
            self.shards[SHARDS + key[0] % SHARDS] += key + digest

    def add_alike(self, ids: Sequence[str], digest: bytes) -> None:
        """Note records with these *ids* of their own, of the group with this *digest*. One without
        an id is always another.
        """
        shard = self.shards[digest[0] % SHARDS]
        if set(map(len, ids)) == {36} and set(map(str.count, ids, repeat("-"))) == {4}:
            # UUIDs, as :func:`key_of` has them, many times faster.
            with suppress(ValueError):
                entries = bytes.fromhex(digest.hex().join(ids).replace("-", "")) + digest
                if len(entries) == len(ids) * _ENTRY.size:
                    shard += entries
                    return
        for own in filter(None, ids):
            shard += key_of(own) + digest

    def lengths(self) -> list[int]:
        """How much there is: for :meth:`cut`."""
        return [*map(len, self.shards), len(self.addenda)]

    def cut(self, lengths: list[int]) -> None:
        """Forget what was added since."""
        for entries, length in zip(self.shards, lengths, strict=False):
            del entries[length:]
        del self.addenda[lengths[-1] :]

    def _add_addendum(self, record: Record, digest: bytes) -> None:
        addendum = record.addendum
        original = (addendum and addendum.original_event_id) or record.event_id or ""
        at = (record.event_time or "", record.event_id or "")
        shared = key_of(record.shared_event_id or original)
        self.addenda.append(Replacing(shared, at, digest, key_of(original)))


def key_of(event_id: str) -> bytes:
    """16 bytes for an id: those of a UUID, which nearly all of them are."""
    try:
        key = bytes.fromhex(event_id.replace("-", ""))
    except ValueError:
        key = b""
    if len(key) == 16:
        return key
    return blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Once(Struct, frozen=True):
    """How many records do not count, by the digest of their group."""

    removed: dict[bytes, int]
    duplicates: int
    replaced: int


class Ledger:
    """All entries."""

    def __init__(self, most: int = _MOST) -> None:
        """:param most: bytes of entries that may be held at once."""
        self._most = most
        self._files: list[IO[bytes]] = [
            SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
            for _ in range(2 * SHARDS)
        ]
        self._addenda: list[Replacing] = []

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()

    def add(self, shards: Sequence[bytes | bytearray], addenda: Iterable[Replacing]) -> None:
        """Take in the entries of some records."""
        for file, entries in zip(self._files, shards, strict=True):
            if entries:
                file.write(entries)
        self._addenda += addenda

    def once(self, order: Callable[[bytes], Any] = bytes) -> Once:
        """What is there more than once. Does not depend on the order of the entries.

        :param order: of groups, by their digest; of copies for several accounts the first stands.
        """
        removed: Counter[bytes] = Counter()
        duplicates = replaced = 0
        by_key: dict[bytes, list[Replacing]] = {}
        for addendum in sorted(self._addenda):
            by_key.setdefault(addendum.key, []).append(addendum)
        gone: set[bytes] = set()
        for addenda in by_key.values():
            gone.update(key for each in addenda for key in (each.key, each.unshared))
            removed.update(each.digest for each in addenda[:-1])  # the last one stands
            duplicates += len(addenda) - 1
        gone_halves = set(_halves(b"".join(key + bytes(8) for key in gone)))
        for at, file in enumerate(self._files):
            for entries in _in_memory(file, self._most):
                halves = _halves(entries)
                distinct = dict.fromkeys(halves).keys()  # half of the time of a set
                # Surely: ids whose second halves differ do. Many times faster than to compare ids.
                if len(distinct) == len(halves) and distinct.isdisjoint(gone_halves):
                    continue
                copies, others = _copies(entries, gone, order if at >= SHARDS else None)
                duplicates += sum(copies.values())
                replaced += sum(others.values())
                removed += copies + others
        return Once(dict(removed), duplicates, replaced)


def _halves(entries: bytes) -> memoryview:
    """The second halves of their keys, as numbers."""
    return memoryview(entries).cast("Q")[1::3]


def _in_memory(file: IO[bytes], most: int, depth: int = 0) -> Iterator[bytes]:
    """The entries in *file* by parts that can be held. Copies meet in one: it has its own keys."""
    size = file.tell()
    file.seek(0)
    if size <= most or depth == _KEY:
        yield file.read()
        return
    with ExitStack() as stack:
        parts = [stack.enter_context(SpooledTemporaryFile(_IN_MEMORY)) for _ in range(SHARDS)]
        while some := file.read(_ENTRY.size * _AT_ONCE):
            spread = [bytearray() for _ in parts]
            for entry in map(itemgetter(0), struct.iter_unpack(f"{_ENTRY.size}s", some)):
                spread[entry[depth] % SHARDS] += entry
            for part, entries in zip(parts, spread, strict=True):
                part.write(entries)
        for part in parts:
            yield from _in_memory(part, most, depth + 1)


def _copies(
    entries: bytes, gone: set[bytes], order: Callable[[bytes], Any] | None
) -> tuple[Counter[bytes], Counter[bytes]]:
    """What is there again, and what is replaced, by digest.

    :param order: as of :meth:`Ledger.once`, where they are shared.
    """
    copies: Counter[bytes] = Counter()
    replaced: Counter[bytes] = Counter()
    least: dict[bytes, bytes] = {}
    for key, digest in _ENTRY.iter_unpack(entries):
        same = key if order else key + digest
        other = least.setdefault(same, digest)
        if other is digest:
            if key in gone:
                replaced[digest] += 1
        elif key in gone:
            copies[digest] += 1
        elif order:
            least[same], copy = sorted((digest, other), key=order)
            copies[copy] += 1
        else:
            copies[digest] += 1
    return copies, replaced
