"""Files against CloudTrail's digests: what is whole is proven, by the keys that signed it."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

from endpoint_router.audit.integrity import verify
from endpoint_router.audit.public_keys import Keys, decode
from endpoint_router.audit.sources import Period

from .digested import KEY, REGION, Key, Trail, listed
from .made import delivered, record
from .verified import KEYS, checked, kinds, trail, whole

__all__ = ["trail", "whole"]


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


def test_where_there_is_nothing_nothing_is_proven() -> None:
    integrity = verify([], [], KEYS, {}, [], Period())
    assert (integrity.proven, integrity.faults, integrity.chains) == (False, (), ())


def test_another_key_proves_nothing(trail: Trail) -> None:
    other = Key()
    assert kinds(checked(trail.root, keys=Keys(decode(listed(other))))) == {"digest-no-key": 49}
    pretended = {KEY.fingerprint: decode(listed(other))[other.fingerprint]}
    assert kinds(checked(trail.root, keys=Keys(pretended))) == {"digest-invalid": 49}


def test_another_algorithm_proves_nothing(tmp_path: Path) -> None:
    made = Trail(tmp_path).hours(2)
    made.algorithm = "SHA1withRSA"
    made.hours(1)
    (fault,) = checked(tmp_path, Period(), said=(made.digests[-1], made.signature)).faults
    assert (fault.kind, fault.why) == ("digest-invalid", "signed by SHA1withRSA")


def test_one_good_signature_is_enough(tmp_path: Path) -> None:
    """What is no signature, said by the bucket, is nothing against what the next digest says."""
    made = Trail(tmp_path).hours(1)
    wrong = (made.digests[0], "0none")
    made.hours(1)
    assert kinds(checked(tmp_path, Period(), said=wrong)) == {"digest-unsigned": 1}


def test_keys_may_change(tmp_path: Path) -> None:
    made = Trail(tmp_path, day="2026-11-19").hours(30)
    made.key = Key()
    made.hours(44)
    assert kinds(checked(tmp_path)) == {"digest-no-key": 42}
    assert checked(tmp_path, keys=Keys(decode(listed(KEY, made.key)))).proven


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
