"""Files against CloudTrail's digests: what is whole is proven, and each single change is found."""

from __future__ import annotations

import datetime
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from endpoint_router.audit.digests import needed, read_digests
from endpoint_router.audit.fetching import digests_of
from endpoint_router.audit.integrity import Integrity, verify
from endpoint_router.audit.public_keys import Keys, decode
from endpoint_router.audit.reading import read
from endpoint_router.audit.sources import Period, find
from tests.support.examples import examples

from .digested import KEY, REGION, Key, Trail, listed
from .made import ACCOUNT, delivered, record

#: The day of the events; deliveries of the day after count as well.
DAY = datetime.date(2026, 11, 20)
ONE_DAY = Period(DAY, DAY)
KEYS = Keys(decode(listed(KEY)))


def checked(
    root: Path,
    period: Period = ONE_DAY,
    keys: Keys = KEYS,
    said: tuple[Path, str] | None = None,
) -> Integrity:
    """What ``--digests`` comes to.

    :param said: by the bucket: how the digest at this path was signed.
    """
    files = find([str(root)], period)
    known = read(files, period, hashed=True)
    digests, bad = read_digests(
        digests_of(replace(files, digests=tuple(needed(files.digests, period))))
    )
    for at, digest in enumerate(digests):
        if said is not None and digest.path == str(said[0]):
            digests[at] = replace(digest, signature=said[1])
    return verify(digests, bad, keys, known.hashes, [path for path, _ in known.bad], period)


def kinds(integrity: Integrity) -> dict[str, int]:
    return {str(kind): count for kind, count in integrity.wrong.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    return Trail(tmp_path_factory.mktemp("whole"), day="2026-11-19").hours(24 * 3 + 2)


@pytest.fixture
def trail(whole: Trail, tmp_path: Path) -> Trail:
    """From one day before until two after."""
    return whole.copied(tmp_path / "trail")


def test_a_whole_trail_is_proven(trail: Trail) -> None:
    integrity = checked(trail.root)
    assert integrity.proven
    assert integrity.faults == ()
    # Of two days those delivered in them; the digests are those about them, and one to each side.
    assert integrity.logs["verified"] == 48
    (chain,) = integrity.chains
    assert (chain.begin, chain.end) == ("2026-11-19T23:00:31Z", "2026-11-22T00:00:31Z")
    assert (chain.digests, chain.verified, chain.began) == (49, 49, False)


def test_files_may_lie_anywhere(trail: Trail, tmp_path: Path) -> None:
    """Synchronized from below AWSLogs, packed anew, or all in one folder."""
    below = tmp_path / "copy"
    shutil.copytree(trail.root / "AWSLogs", below)
    for path in below.rglob("*.json.gz"):
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    assert checked(below).proven
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in trail.root.rglob("*.json.gz"):
        shutil.copy(path, flat / path.name)
    integrity = checked(flat, Period())
    assert kinds(integrity) == {"digest-unsigned": 1}
    assert integrity.logs == {
        "verified": 73,
        "unverified": 1,
        "changed": 0,
        "missing": 0,
        "uncovered": 0,
    }


def test_the_newest_is_proven_by_the_bucket_alone(tmp_path: Path) -> None:
    made = Trail(tmp_path).hours(3)
    here = checked(tmp_path, Period())
    assert kinds(here) == {"digest-unsigned": 1}
    assert here.faults[0].what == str(made.digests[-1])
    assert here.logs["unverified"] == 1
    newest = made.digests[-1]
    assert checked(tmp_path, Period(), said=(newest, made.signature)).proven
    wrong = made.signature[:-1] + ("0" if made.signature[-1] != "0" else "1")
    for signature in (wrong, "none"):
        integrity = checked(tmp_path, Period(), said=(newest, signature))
        assert kinds(integrity) == {"digest-invalid": 1}


def test_without_keys_nothing_is_proven(trail: Trail) -> None:
    integrity = checked(trail.root, keys=Keys({}, "no credentials"))
    assert not integrity.proven
    assert integrity.faults == ()
    assert integrity.logs["unverified"] == 48
    # The chain of hashes shows changes nevertheless.
    trail.logs[30].write_bytes(gzip.compress(b"{}"))
    assert kinds(checked(trail.root, keys=Keys({}))) == {"log-changed": 1}


def test_another_key_proves_nothing(trail: Trail) -> None:
    other = Key()
    assert kinds(checked(trail.root, keys=Keys(decode(listed(other))))) == {"digest-no-key": 49}
    pretended = {KEY.fingerprint: decode(listed(other))[other.fingerprint]}
    assert kinds(checked(trail.root, keys=Keys(pretended))) == {"digest-invalid": 49}


def test_keys_may_change(tmp_path: Path) -> None:
    made = Trail(tmp_path, day="2026-11-19").hours(30)
    made.key = Key()
    made.hours(44)
    assert kinds(checked(tmp_path)) == {"digest-no-key": 42}
    assert checked(tmp_path, keys=Keys(decode(listed(KEY, made.key)))).proven


# --- what is not as it was delivered


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


def test_a_chain_that_begins_later_says_so(tmp_path: Path) -> None:
    Trail(tmp_path, day="2026-11-20").pause(6).hours(48)
    integrity = checked(tmp_path)
    assert integrity.proven
    (chain,) = integrity.chains
    assert (chain.began, chain.begin) == (True, "2026-11-20T06:00:31Z")


def test_hours_without_a_file(tmp_path: Path) -> None:
    Trail(tmp_path, day="2026-11-19").hours(74, logs=0)
    delivered(tmp_path, record(), day="2026/11/18")
    assert checked(tmp_path).proven


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


# --- of an organisation


def test_each_account_and_region_has_a_chain(tmp_path: Path) -> None:
    other = Key()
    names = (
        ("111122223333", REGION, KEY),
        ("111122223333", "us-gov-east-1", other),
        ("444455556666", REGION, KEY),
    )
    trails = [
        Trail(tmp_path, day="2026-11-19", account=account, region=region, key=key, prefix="logs/")
        for account, region, key in names
    ]
    for made in trails:
        made.hours(74)
    keys = Keys(decode(listed(KEY, other)))
    integrity = checked(tmp_path, keys=keys)
    assert integrity.proven
    assert [(each.name.account, each.name.region) for each in integrity.chains] == [
        ("111122223333", "us-gov-east-1"),
        ("111122223333", REGION),
        ("444455556666", REGION),
    ]
    trails[2].digests[40].unlink()
    wrong = checked(tmp_path, keys=keys)
    assert {Path(fault.what).name[:12] for fault in wrong.faults} == {"444455556666"}


def test_what_was_digested_later(tmp_path: Path) -> None:
    """Backfill digests have a chain of their own, which need not be without a gap."""
    Trail(tmp_path, day="2026-11-19", name="example").hours(74)
    late = Trail(tmp_path, day="2026-11-20", name="late", backfill=True).hours(1).pause(5).hours(2)
    assert kinds(checked(tmp_path)) == {"digest-unsigned": 2}
    integrity = checked(tmp_path)
    assert [chain.name.backfill for chain in integrity.chains] == [False, True]
    late.digests[1].unlink()
    assert kinds(checked(tmp_path))["digest-missing"] == 1


def test_what_was_digested_later_of_other_days(tmp_path: Path) -> None:
    """The digest before it is of days that nobody asked for."""
    Trail(tmp_path, day="2026-11-19").hours(74)
    late = Trail(tmp_path, day="2026-11-10", name="late", backfill=True).hours(1)
    late.pause(10 * 24, anew=False).hours(2)
    assert kinds(checked(tmp_path)) == {"digest-unsigned": 1}
    late.digests[1].unlink()
    assert kinds(checked(tmp_path))["digest-missing"] == 1


def test_what_is_verified_has_the_last_word(trail: Trail) -> None:
    """A digest that nobody signed blames no file that a verified one has."""
    said = json.loads(gzip.decompress(trail.digests[40].read_bytes()))
    said["logFiles"][0]["hashValue"] = "0" * 64
    said["digestS3Object"] = said["digestS3Object"].replace("example", "zzz")
    (trail.root / "CloudTrail-Digest").mkdir()
    (trail.root / "CloudTrail-Digest" / "zzz.json").write_text(json.dumps(said))
    integrity = checked(trail.root)
    assert not integrity.proven
    assert "log-changed" not in kinds(integrity)


# --- whatever it is


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Small, and whole as long as the bucket says how the newest was signed."""
    return Trail(tmp_path_factory.mktemp("made")).hours(3, logs=2)


@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
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
    suppress_health_check=[HealthCheck.function_scoped_fixture],
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
