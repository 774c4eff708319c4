"""A file that breaks off counts for nothing: neither its records, nor what they would replace."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from endpoint_router.audit.reading import Read, read
from endpoint_router.audit.sources import Period, find

from .made import compact, record

SHARED = {"sharedEventID": "5b2e2b1c-0000-4000-8000-000000000001"}
#: So many that ids are handed on before the end is reached.
MANY = 16_000


def small(number: int) -> dict[str, str]:
    """Begins as the others do, by which files are cut into pieces."""
    made = record(number)
    names = ("eventVersion", "eventID", "eventTime", "eventSource", "eventName")
    return {name: made[name] for name in names}


RECORDS = [
    record(1, **SHARED),
    record(2, addendum={"reason": "UPDATED_DATA", "originalEventID": record(3)["eventID"]}),
    *(small(number) for number in range(4, MANY)),
]
ALIKE = [record(1, **SHARED), record(3), small(4), small(5)]


def all_of(folder: Path) -> Read:
    return read(find([str(folder)], Period()), Period(), processes=0)


@pytest.mark.parametrize("form", ["delivered", "lines"])
def test_a_file_that_breaks_off(tmp_path: Path, form: str) -> None:
    lines = b"\n".join(map(compact, RECORDS))
    text = lines if form == "lines" else compact({"Records": RECORDS})
    (tmp_path / "good.json").write_bytes(compact({"Records": ALIKE}))
    alone = all_of(tmp_path)
    assert (alone.duplicates, alone.replaced, alone.bad) == (0, 0, ())
    assert sum(tally.count for _, tally in alone.groups) == len(ALIKE)
    (tmp_path / "bad.json.gz").write_bytes(gzip.compress(text, 1)[:-8] + bytes(8))
    beside = all_of(tmp_path)
    assert [path for path, _ in beside.bad] == [str(tmp_path / "bad.json.gz")]
    assert (beside.groups, beside.duplicates, beside.replaced) == (alone.groups, 0, 0)
    # Were it whole, the addendum and the copies would count.
    (tmp_path / "bad.json.gz").write_bytes(gzip.compress(text, 1))
    whole = all_of(tmp_path)
    assert (whole.bad, whole.duplicates, whole.replaced) == ((), 3, 1)
