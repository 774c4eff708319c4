"""Files against CloudTrail's digests: each single change of a file or a digest is found."""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint_router.audit.public_keys import Keys
from endpoint_router.audit.sources import Period
from tests.support.examples import examples

from .digested import REGION, Trail
from .made import ACCOUNT, delivered, record
from .verified import DAY, checked, kinds, trail, whole

__all__ = ["trail", "whole"]


def test_a_changed_file(trail: Trail) -> None:
    path = trail.logs[40]
    text = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(text.replace(b"kms-fips", b"kms")))
    integrity = checked(trail.root)
    assert kinds(integrity) == {"log-changed": 1}
    assert integrity.faults[0].what == str(path)
    assert integrity.faults[0].why.startswith(f"named by {ACCOUNT}_CloudTrail-Digest_")


def test_what_is_appended_is_a_change(trail: Trail) -> None:
    """Tools that read the first part of a gzip file only do not see it."""
    path = trail.logs[40]
    path.write_bytes(path.read_bytes() + gzip.compress(b"\n"))
    assert kinds(checked(trail.root)) == {"log-changed": 1}


def test_a_file_that_cannot_be_read(trail: Trail) -> None:
    path = trail.logs[40]
    path.write_bytes(path.read_bytes()[:-9])
    assert kinds(checked(trail.root)) == {"log-changed": 1}


def test_a_missing_file(trail: Trail) -> None:
    trail.logs[40].unlink()
    integrity = checked(trail.root)
    assert kinds(integrity) == {"log-missing": 1}
    assert (
        integrity.faults[0].what == f"s3://example-bucket/{trail.logs[40].relative_to(trail.root)}"
    )
    # Of a day that nobody asks about.
    assert checked(trail.root, Period(DAY - datetime.timedelta(days=1), None)).faults
    trail.logs[1].unlink()
    assert kinds(checked(trail.root)) == {"log-missing": 1}


ELSEWHERE: dict[str, Callable[[str], str]] = {
    "among insights": lambda path: path.replace("/CloudTrail/", "/CloudTrail-Insight/"),
    "another day's": lambda path: path.replace("/2026/11/20/", "/2026/11/28/"),
    "another service's": lambda path: path.replace("/CloudTrail/", "/Config/"),
    "hidden": lambda path: path.replace(f"/{ACCOUNT}_", f"/.{ACCOUNT}_"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_file_that_was_put_where_none_is_read_is_missing(trail: Trail, name: str) -> None:
    moved = Path(ELSEWHERE[name](trail.logs[30].as_posix()))
    moved.parent.mkdir(parents=True, exist_ok=True)
    trail.logs[30].rename(moved)
    assert kinds(checked(trail.root)) == {"log-missing": 1}


def test_what_is_not_read_is_not_missed(tmp_path: Path) -> None:
    """Digests name insights as well, and what was delivered on other days."""
    made = Trail(tmp_path, day="2026-11-19")
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail-Insight/{REGION}/2026/11/20"
    name = f"{ACCOUNT}_CloudTrail-Insight_{REGION}_20261120T1010Z_0123456789abcdef.json.gz"
    made.also = [
        {"s3Object": f"{folder}/{name}", "hashValue": "0" * 64, "hashAlgorithm": "SHA-256"}
    ]
    made.hours(74)
    assert checked(tmp_path).proven
    made.logs[3].unlink()
    assert checked(tmp_path).proven


def test_a_file_that_is_in_no_digest(trail: Trail) -> None:
    path = delivered(trail.root, record(99), name="b")
    integrity = checked(trail.root)
    assert kinds(integrity) == {"log-uncovered": 1}
    assert integrity.faults[0].what == str(path)


def test_two_files_that_changed_places(trail: Trail) -> None:
    first, second = trail.logs[40:42]
    texts = first.read_bytes(), second.read_bytes()
    first.write_bytes(texts[1])
    second.write_bytes(texts[0])
    assert kinds(checked(trail.root)) == {"log-changed": 2}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_digests_that_are_gone_in_a_row(trail: Trail, count: int) -> None:
    """Each names the one before, so two are found as well as one."""
    for path in trail.digests[40 : 40 + count]:
        path.unlink()
    integrity = checked(trail.root)
    assert kinds(integrity) == {
        "digest-missing": 1,
        "log-uncovered": count,
        "digest-unsigned": 1,  # nobody is left to repeat the signature of the one before
    }
    (missing,) = (fault for fault in integrity.faults if fault.kind == "digest-missing")
    gone = trail.digests[39 + count].relative_to(trail.root)
    assert missing.what == f"s3://example-bucket/{gone}"
    begin = datetime.datetime(2026, 11, 19, 0, 0, 31) + datetime.timedelta(hours=40)
    end = begin + datetime.timedelta(hours=count)
    assert missing.why.endswith(f"from {begin.isoformat()}Z to {end.isoformat()}Z")


def test_digests_that_are_gone_with_their_files(trail: Trail) -> None:
    for path in trail.digests[40:42] + trail.logs[40:42]:
        path.unlink()
    assert kinds(checked(trail.root)) == {"digest-missing": 1, "digest-unsigned": 1}


def test_the_first_ones_are_gone(trail: Trail) -> None:
    for path in trail.digests[:30] + trail.logs[:30]:
        path.unlink()
    integrity = checked(trail.root)
    assert kinds(integrity) == {"digest-missing": 1}
    assert "from 2026-11-20T00:00:00Z to 2026-11-20T06:00:31Z" in integrity.faults[0].why


def test_the_last_ones_are_gone(trail: Trail) -> None:
    for path in trail.digests[60:] + trail.logs[60:]:
        path.unlink()
    integrity = checked(trail.root)
    assert kinds(integrity) == {"digest-unsigned": 1, "chain-ends": 1}
    assert integrity.faults[-1].why == "at 2026-11-21T12:00:31Z, wanted until 2026-11-22T00:00:00Z"


def test_the_whole_chain_is_gone(trail: Trail) -> None:
    for path in trail.digests:
        path.unlink()
    integrity = checked(trail.root)
    assert integrity.chains == ()
    assert kinds(integrity) == {"log-uncovered": 48}


def test_validation_that_was_off(tmp_path: Path) -> None:
    made = Trail(tmp_path, day="2026-11-19").hours(30).pause().hours(44)
    integrity = checked(tmp_path)
    assert kinds(integrity) == {"digest-unsigned": 1, "chain-gap": 1}
    assert "from 2026-11-20T06:00:31Z to 2026-11-20T07:00:31Z" in integrity.faults[-1].why
    # The last one before the pause is verified by what the bucket says of it.
    assert integrity.faults[0].what == str(made.digests[29])


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a log's hash": lambda said: said["logFiles"][0].update(hashValue="0" * 64),
    "a log less": lambda said: said["logFiles"].clear(),
    "its hours": lambda said: said.update(digestStartTime="2026-11-20T00:00:31Z"),
    "its end": lambda said: said.update(digestEndTime="2026-11-20T23:59:59Z"),
    "its place": lambda said: said.update(digestS3Bucket="another-bucket"),
    "its key": lambda said: said.update(digestPublicKeyFingerprint="0" * 32),
    "its algorithm": lambda said: said.update(digestSignatureAlgorithm="MD5withRSA"),
    "the previous hash": lambda said: said.update(previousDigestHashValue="0" * 64),
    "the previous signature": lambda said: said.update(previousDigestSignature="00" * 256),
    "no previous signature": lambda said: said.update(previousDigestSignature=None),
    "no previous one": lambda said: said.update(previousDigestS3Object=None),
    "more than it says": lambda said: said.update(more=1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_digest_with_something_else_in_it(trail: Trail, name: str) -> None:
    path = trail.digests[40]
    said = json.loads(gzip.decompress(path.read_bytes()))
    CHANGES[name](said)
    path.write_bytes(gzip.compress(json.dumps(said).encode()))
    integrity = checked(trail.root)
    assert not integrity.proven
    assert {"digest-changed", "digest-missing"} & set(kinds(integrity))
    # Without keys, too, but for the place that the next one does not find.
    assert checked(trail.root, keys=Keys({})).faults


def test_two_digests_of_the_same_name(trail: Trail, tmp_path: Path) -> None:
    said = json.loads(gzip.decompress(trail.digests[40].read_bytes()))
    said["logFiles"].clear()
    other = trail.root / "CloudTrail-Digest" / trail.digests[40].name
    other.parent.mkdir()
    other.write_bytes(gzip.compress(json.dumps(said).encode()))
    assert kinds(checked(trail.root)) == {"digest-changed": 1}
    other.write_bytes(trail.digests[40].read_bytes())
    assert checked(trail.root).proven


@pytest.mark.parametrize(
    "text",
    [b"", b"no JSON", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"Records": []}'],
    ids=lambda text: repr(text[:8]),
)
def test_what_is_no_digest(trail: Trail, text: bytes) -> None:
    trail.digests[40].write_bytes(text)
    wrong = kinds(checked(trail.root))
    assert wrong["digest-unreadable"] == 1
    assert wrong["digest-missing"] == 1


# --- whatever it is


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Small, and whole as long as the bucket says how the newest was signed."""
    return Trail(tmp_path_factory.mktemp("made")).hours(3, logs=2)


@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_byte_that_changes_is_found(made: Trail, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(made.logs + made.digests))
    packed = path.read_bytes()
    text = bytearray(gzip.decompress(packed))
    at = data.draw(st.integers(0, len(text) - 1))
    what = data.draw(st.sampled_from(("change", "remove", "insert")))
    if what == "change":
        text[at] ^= data.draw(st.integers(1, 255))
    elif what == "remove":
        del text[at]
    else:
        text.insert(at, data.draw(st.integers(0, 255)))
    path.write_bytes(gzip.compress(bytes(text), 1))
    try:
        integrity = checked(made.root, Period(), said=(made.digests[-1], made.signature))
    finally:
        path.write_bytes(packed)
    assert not integrity.proven
    assert integrity.faults


@given(gone=st.sets(st.integers(0, 8), min_size=1, max_size=8))
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_files_that_are_gone_are_found(made: Trail, gone: set[int]) -> None:
    assert checked(made.root, Period(DAY), said=(made.digests[-1], made.signature)).proven
    files = made.logs + made.digests
    kept = {at: files[at].read_bytes() for at in gone}
    for at in gone:
        files[at].unlink()
    try:
        integrity = checked(made.root, Period(DAY), said=(made.digests[-1], made.signature))
    finally:
        for at, packed in kept.items():
            files[at].write_bytes(packed)
    assert not integrity.proven
