"""Files are read whole or named, and however records are spread, the groups are the same."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import json
import multiprocessing
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.audit.grouping import Group
from endpoint_router.audit.inflating import FASTEST, ZLIB, Inflating
from endpoint_router.audit.reading import Read, Stopped, read
from endpoint_router.audit.sources import (
    ASIDE,
    Files,
    Period,
    Store,
    Unreadable,
    chunks_of,
    find,
)
from tests.support.examples import examples

from .made import ACCOUNT, OURS, compact, delivered, packed, record

ALWAYS = Period()


def read_all(*sources: Path, period: Period = ALWAYS, processes: int = 0) -> Read:
    return read(find(map(str, sources), period), period, processes=processes)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


LINES = b"\n".join(json.dumps(record(number)).encode() for number in range(3))


@pytest.mark.parametrize(
    "content",
    [
        packed(*map(record, range(3))),
        gzip.decompress(packed(*map(record, range(3)))),
        json.dumps(list(map(record, range(3))), indent=1).encode(),
        LINES,
        gzip.compress(LINES),
        gzip.compress(LINES[:100]) + gzip.compress(LINES[100:]),
        gzip.compress(LINES[:100]) + bytes(20_000) + gzip.compress(LINES[100:]) + bytes(9),
        b"\n " + LINES,
        b"".join(gzip.decompress(packed(record(number))) for number in range(3)),
        b"\n".join(gzip.decompress(packed(record(number))) for number in range(3)),
        b"\n".join(json.dumps(record(number), indent=1).encode() for number in range(3)),
        LINES.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + LINES,
        LINES.decode().encode("utf-16"),
    ],
    ids=[
        "delivered",
        "unpacked",
        "list",
        "lines",
        "packed lines",
        "two members",
        "padded",
        "blank first",
        "in a row",
        "on lines",
        "indented",
        "of Windows",
        "byte order mark",
        "of PowerShell",
    ],
)
def test_each_shape_of_a_file_is_read(tmp_path: Path, content: bytes) -> None:
    result = read_all(write(tmp_path / "log.json.gz", content))
    assert (result.bad, result.files, result.records) == ((), 1, 3)
    assert [tally.count for _, tally in result.groups] == [3]


BAD = {
    "truncated": packed(record())[:-20],
    "no end": gzip.compress(b'{"Records":[' + compact(record())),
    "no trailer": packed(record())[:-4],
    "damaged": packed(record())[:40] + b"garbage" + packed(record())[47:],
    "empty": b"",
    "empty, packed": gzip.compress(b""),
    "html": b"<html>403</html>",
    "half of JSON": b'{"Records": [{"eventSource": "kms.amazonaws.com"',
    "digest": b'{"digestPublicKeyFingerprint": "31e8b5433410dfb61a9dc45cc65b22ff", "x": []}',
    "another's": b'{"Records": [{"Sns": {"Message": "hello"}}]}',
    "wrong type": packed(record(eventName=7)),
    "not UTF-8": gzip.compress(b'{"Records": [{"eventName": "\xff"}]}'),
    "brackets": b'{"Records": ' + b"[" * 100_000,
    "a line of another": LINES + b'\n{"eventName": [1]}\n',
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    bad = write(tmp_path / "bad.json.gz", BAD[name])
    delivered(tmp_path, record())
    result = read_all(tmp_path)
    assert [path for path, _ in result.bad] == [str(bad)]
    assert result.bad[0][1]
    assert (result.files, result.records) == (1, 1)


def test_whoever_unpacks_says_the_same(tmp_path: Path) -> None:
    pytest.importorskip("isal", reason="of the extra `audit`")
    assert FASTEST is not ZLIB
    whole = packed(record(1), record(2))
    cases = {
        "whole": whole,
        "two members": whole + packed(record(3)),
        "padded": whole + b"\0" * 600,
        "a tail": whole + b"garbage",
        "another method": b"\x1f\x8b" + b"x" * 50,
        "another sum": whole[:-8] + b"\1\2\3\4" + whole[-4:],
        "another length": whole[:-4] + b"\1\2\3\4",
        **{name: BAD[name] for name in ("truncated", "no trailer", "damaged", "empty, packed")},
    }

    def told(path: Path, inflating: Inflating) -> bytes | str:
        try:
            return b"".join(chunks_of(str(path), inflating))
        except Unreadable as error:
            return str(error)

    for name, content in cases.items():
        path = write(tmp_path / name, content)
        assert told(path, FASTEST) == told(path, ZLIB), name
    assert told(tmp_path / "whole", ZLIB) == gzip.decompress(whole)
    assert told(tmp_path / "another sum", FASTEST) == "truncated or damaged"


def test_missing_and_too_long(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert read_all(missing).bad == ((str(missing), "No such file or directory"),)
    bomb = write(tmp_path / "bomb.gz", gzip.compress(b" " * (65 << 20)))
    (bad,) = read_all(bomb).bad
    assert bad[1].startswith("longer than 64 MiB, in a form that is not read in parts: give a rec")


def test_links_are_followed_and_pipes_are_named(tmp_path: Path) -> None:
    delivered(tmp_path / "elsewhere", record())
    folder = tmp_path / "given"
    folder.mkdir()
    try:
        (folder / "trail").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
        (folder / "circle").symlink_to(folder, target_is_directory=True)
        (folder / "nowhere").symlink_to(tmp_path / "gone")
        os.mkfifo(folder / "pipe")
    except (AttributeError, OSError):
        pytest.skip("no links or pipes on this system")
    result = read_all(folder)
    assert (result.files, result.records) == (1, 1)
    assert result.bad == (
        (str(folder / "nowhere"), "No such file or directory"),
        (str(folder / "pipe"), "a pipe, a socket or a device, and no file"),
    )


def test_what_cloudtrail_delivers_besides_is_set_aside(tmp_path: Path) -> None:
    delivered(tmp_path, record())
    delivered(tmp_path, record(1), kind="CloudTrail-NetworkActivity")
    for kind in ("CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-Aggregated", "Config"):
        delivered(tmp_path, record(2), kind=kind)
    (tmp_path / ".DS_Store").write_bytes(b"\0\0")
    files = find([str(tmp_path), str(tmp_path / "AWSLogs")], Period())
    assert len(files.logs) == 2
    kinds = ("digests", "insights", "aggregated", "other_services", "hidden")
    assert files.aside == {**dict.fromkeys(kinds, 1), "other_days": 0}


def test_what_folders_above_a_source_are_called_is_anybody_s_choice(tmp_path: Path) -> None:
    root = tmp_path / "CloudTrail-Insights of 2026"
    log = delivered(root, record())
    delivered(root, record(1), kind="CloudTrail-Digest")
    for source in (root, log):
        assert [path for path, _ in find([str(source)], Period()).logs] == [str(log)]
    assert find([str(root)], Period()).aside["digests"] == 1


def test_only_the_days_asked_for(tmp_path: Path) -> None:
    for day in (18, 19, 20, 21, 22):
        made = record(day, eventTime=f"2026-11-{day}T23:59:59Z")
        delivered(tmp_path, made, day=f"2026/11/{day}")
    # Delivered on the day after.
    late = record(99, eventTime="2026-11-20T23:59:59Z")
    delivered(tmp_path, late, day="2026/11/21", name="late")
    period = Period(datetime.date(2026, 11, 19), datetime.date(2026, 11, 20))
    result = read_all(tmp_path, period=period)
    assert find([str(tmp_path)], period).aside["other_days"] == 2
    assert {group.day: tally.count for group, tally in result.groups} == {
        "2026-11-19": 1,
        "2026-11-20": 2,
    }
    assert (result.records, result.other_days) == (4, 1)


@pytest.mark.parametrize("time", ["soon", "20261120T101500Z", "", ...])
def test_what_says_no_day_may_be_of_any(tmp_path: Path, time: Any) -> None:
    delivered(tmp_path, record(1, eventTime=time))
    day = datetime.date(2026, 11, 20)
    period = Period(day, day)
    result = read(find([str(tmp_path)], period), period, processes=0)
    assert (result.other_days, [group.day for group, _ in result.groups]) == (0, [""])


def test_each_record_counts_once(tmp_path: Path) -> None:
    shared = {"sharedEventID": "5b2e2b1c-0000-4000-8000-000000000001"}
    delivered(
        tmp_path,
        record(1),
        record(1),
        record(2, **shared),
        record(3, recipientAccountId="444455556666", **shared),
        record(4, eventID=...),
        record(4, eventID=...),
    )
    result = read_all(tmp_path)
    assert (result.records, result.duplicates, result.replaced) == (6, 2, 0)
    assert sum(tally.count for _, tally in result.groups) == 4


TELLS_LESS: dict[str, dict[str, Any]] = {
    "no host": {"tlsDetails": ...},
    "another account's": {
        "userIdentity": {"type": "AWSAccount", "accountId": ACCOUNT},
        "vpcEndpointId": OURS,
    },
    "no endpoint": {"vpcEndpointId": ...},
}


@pytest.mark.parametrize("name", TELLS_LESS)
def test_of_copies_the_one_that_tells_most_stands(tmp_path: Path, name: str) -> None:
    for number in range(8):  # whichever has the lower digest
        shared = {"sharedEventID": str(uuid.UUID(int=number)), "eventName": f"Do{number}"}
        mine = record(2 * number, **{"vpcEndpointId": OURS, **shared})
        changed: dict[str, Any] = {"vpcEndpointId": OURS, **shared, **TELLS_LESS[name]}
        other = record(2 * number + 1, recipientAccountId="444455556666", **changed)
        delivered(tmp_path, mine, other, name=str(number))
    result = read_all(tmp_path)
    assert result.duplicates == 8
    assert {group.account for group, _ in result.groups} == {ACCOUNT}


def test_an_addendum_replaces(tmp_path: Path) -> None:
    first = record(1, host="kms.us-gov-west-1.amazonaws.com")
    addendum = {"reason": "UPDATED_DATA", "originalEventID": first["eventID"]}
    delivered(tmp_path, first, record(2, addendum=addendum), record(3, addendum=addendum))
    late = {"reason": "DELIVERY_DELAY"}
    delivered(tmp_path, record(4, addendum=late), first, name="again")
    result = read_all(tmp_path)
    assert (result.records, result.duplicates, result.replaced) == (5, 2, 1)
    ((group, tally),) = result.groups
    assert (group.host, tally.count) == ("kms-fips.us-gov-west-1.amazonaws.com", 2)


@pytest.mark.parametrize(
    ("start", "between", "end"),
    [(b'{"Records":[', b",", b"]}"), (b"", b"\n", b"\n")],
    ids=["delivered", "lines"],
)
def test_the_length_of_a_file_has_no_bound(
    tmp_path: Path, start: bytes, between: bytes, end: bytes
) -> None:
    long = compact(record(0, requestParameters={"text": " " * (1 << 20)}))
    path = tmp_path / "log.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start + long)
        for number in range(1, 70):
            file.write(between + long.replace(b'0001"', b'%04x"' % (number + 1)))
        file.write(end)
    result = read_all(path)
    assert (result.bad, result.records, result.duplicates) == ((), 70, 0)
    with gzip.open(path, "ab") as file:
        file.write(b"[]")
    (reason,) = [why for _, why in read_all(path).bad]
    assert reason.startswith("longer than 64 MiB") or "malformed" in reason


def test_what_lookup_events_prints(tmp_path: Path) -> None:
    events = [
        {"EventId": made["eventID"], "CloudTrailEvent": json.dumps(made)}
        for made in map(record, range(3))
    ]
    printed = json.dumps({"Events": events}, indent=4).encode()
    result = read_all(write(tmp_path / "events.json", printed))
    assert (result.bad, result.records) == ((), 3)
    delivered(tmp_path / "trail", *map(record, range(3)))
    assert read_all(tmp_path).duplicates == 3
    nothing = b'{"Events": []}'
    assert read_all(write(tmp_path / "nothing.json", nothing)).bad == ()
    broken = b'{"Events": [{"EventId": "1"}]}'
    assert "CloudTrailEvent" in read_all(write(tmp_path / "broken.json", broken)).bad[0][1]


hosts = st.sampled_from(["kms", "kms-fips", "sts"])
made = st.builds(
    lambda number, host, account, day, addendum: record(
        number,
        host=f"{host}.us-gov-west-1.amazonaws.com",
        recipientAccountId=account,
        eventTime=f"2026-11-{day}T00:00:00Z",
        **({"addendum": {"originalEventID": record(addendum)["eventID"]}} if addendum else {}),
    ),
    st.integers(0, 12),
    hosts,
    st.sampled_from(["111122223333", "444455556666"]),
    st.integers(19, 21),
    st.sampled_from([0, 0, 0, 3, 5]),
)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(made, max_size=14), st.data())
def test_no_record_is_lost_however_they_are_spread(
    records: list[dict[str, Any]], data: st.DataObject
) -> None:
    import datetime

    last = datetime.date(2026, 11, 20)
    files = data.draw(st.lists(st.integers(0, 3), min_size=len(records), max_size=len(records)))
    shuffled = data.draw(st.permutations(records))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for number, parts in enumerate(([0] * len(records), files)):
            root = Path(folder, str(number))
            for part in set(parts):
                those = records if number == 0 else shuffled
                mine = [each for each, at in zip(those, parts, strict=True) if at == part]
                delivered(root, *mine, name=f"part{part}")
            results.append(read_all(root, period=Period(None, last)))
    whole, spread = results
    for result in results:
        counted = sum(tally.count for _, tally in result.groups)
        assert result.records == len(records)
        assert counted + result.duplicates + result.replaced + result.other_days == len(records)
    assert whole.groups == spread.groups
    assert (whole.duplicates, whole.replaced) == (spread.duplicates, spread.replaced)


def test_processes_read_the_same(tmp_path: Path) -> None:
    for name in "abc":
        delivered(tmp_path, *map(record, range(5)), name=name)
    (tmp_path / "bad.gz").write_bytes(BAD["truncated"])
    alone = read_all(tmp_path)
    assert alone.duplicates == 10
    seen: list[Group] = []
    files = find([str(tmp_path)], ALWAYS)
    assert read(files, ALWAYS, processes=2, seen=seen.extend) == alone
    # Whoever judges meanwhile is told of each group once.
    assert sorted(seen) == [group for group, _ in alone.groups]


class Shelf(Store):
    """Files that are all the same, and in which order they were taken."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def find(self, sources: object, period: Period, digests: bool) -> Files:
        raise NotImplementedError  # they are known

    def fetch(self, name: str, into: str) -> dict[str, str]:
        self.taken.append(name)
        Path(into).write_bytes(packed(record()))
        return {}


def test_great_files_come_first_lest_the_others_wait_for_the_last_one() -> None:
    shelf = Shelf()
    sizes = {f"s3://logs/{number:02}.json.gz": 4 << 20 for number in range(20)}
    great = "s3://logs/99.json.gz"
    files = Files((*sizes.items(), (great, 60 << 20)), dict.fromkeys(ASIDE, 0), (), (), shelf)
    assert read(files, ALWAYS, processes=0).files == 21
    assert great in shelf.taken[:4]  # so many are fetched ahead at the same time
    assert set(shelf.taken) == {*sizes, great}


def test_a_process_that_is_killed_is_no_shorter_list(tmp_path: Path) -> None:
    """Whoever it is that ends it: the one that is told of progress, here."""
    for number in range(700):
        delivered(tmp_path, record(number), name=f"{number}")

    @contextlib.contextmanager
    def killing(what: str, total: int) -> Iterator[Callable[[], None]]:
        def kill() -> None:
            for child in multiprocessing.active_children():
                child.kill()

        yield kill

    with pytest.raises(Stopped, match="was ended"):
        read(find([str(tmp_path)], ALWAYS), ALWAYS, processes=1, progress=killing)
