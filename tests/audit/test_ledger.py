"""Which records count once: however many there are, whatever their ids look like."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.audit.ledger import Entries, Ledger, Once, key_of
from endpoint_router.audit.records import Record, decode
from tests.audit.made import record
from tests.support.examples import examples

UUID = str(uuid.UUID(int=7, version=4))
#: As :func:`key_of` reads them, and as it does not: some would pass for UUIDs in a row of them.
IDS = (
    UUID,
    UUID.upper(),
    UUID.replace("-", ""),
    UUID.replace("7", "8"),
    UUID.replace("-", " ", 1),
    f"{UUID[:-2]}--",
    f"{UUID[:-3]}  0",
    f"-{UUID[:8]}{UUID[9:]}",
    f"{UUID[:-1]}g",
    f"{UUID[:-1]}é",
    "-" * 36,
    "0",
    "",
)
DIGESTS = (b"\0" * 8, b"\0" * 7 + b"\1", b"abcdefgh")


def decoded(**changed: Any) -> Record:
    (made,) = decode(json.dumps([record(**changed)]).encode())
    return made


def expected(alike: list[tuple[list[str], bytes]], shared: list[tuple[str, bytes]]) -> Once:
    """By what was noted, one by one."""
    own = Counter((key_of(each), digest) for ids, digest in alike for each in ids if each)
    removed: Counter[bytes] = Counter()
    for (_, digest), count in own.items():
        removed[digest] += count - 1
    of_key: dict[bytes, list[bytes]] = {}
    for each, digest in shared:
        of_key.setdefault(key_of(each), []).append(digest)
    for digests in of_key.values():
        removed.update(sorted(digests)[1:])
    return Once(dict(+removed), removed.total(), 0)


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.tuples(st.lists(st.sampled_from(IDS), min_size=1), st.sampled_from(DIGESTS))),
    st.lists(st.tuples(st.sampled_from(IDS[:-1]), st.sampled_from(DIGESTS)), max_size=6),
    st.sampled_from((1, 60, 1 << 20)),
)
def test_ids_of_any_look(
    alike: list[tuple[list[str], bytes]], shared: list[tuple[str, bytes]], most: int
) -> None:
    entries = Entries()
    for ids, digest in alike:
        entries.add_alike(ids, digest)
    for each, digest in shared:
        entries.add(decoded(sharedEventID=each), digest)
    with Ledger(most) as ledger:
        ledger.add(entries.shards, entries.addenda)
        once = ledger.once()
    assert Once(dict(+Counter(once.removed)), once.duplicates, 0) == expected(alike, shared)


@pytest.mark.parametrize(
    "ids",
    [
        (f"{UUID}00", UUID[:-2]),
        (UUID.replace("-", "0", 2), f"{UUID[:-2]}--"),
        (f"{UUID[:-2]}  ", UUID),
    ],
    ids=["by their length", "by their digits", "but for blanks"],
)
def test_ids_that_have_the_digits_of_uuids_only_together(ids: tuple[str, str]) -> None:
    """Each is itself, whichever it was noted with."""
    entries = Entries()
    for some in (ids, ids[:1], ids[1:]):
        entries.add_alike(some, b"abcdefgh")
    with Ledger() as ledger:
        ledger.add(entries.shards, entries.addenda)
        assert ledger.once() == Once({b"abcdefgh": 2}, duplicates=2, replaced=0)


@pytest.mark.parametrize("most", [1 << 10, 1 << 22])
def test_a_group_of_many_with_a_copy_and_one_that_is_replaced(most: int) -> None:
    random = Random(1)
    ids = [str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(20_000)]
    replaced = ids[123]
    with Ledger(most) as ledger:
        for some in (ids[:9000], ids[9000:], [ids[5]]):
            entries = Entries()
            entries.add_alike(some, b"abcdefgh")
            ledger.add(entries.shards, entries.addenda)
        addendum = Entries()
        addendum.add(decoded(addendum={"originalEventID": replaced}), b"01234567")
        ledger.add(addendum.shards, addendum.addenda)
        once = ledger.once()
    assert once == Once({b"abcdefgh": 2}, duplicates=1, replaced=1)
