"""Digests in a bucket: the newest is proven, too, by the signature in the object's metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router.audit.bucket import Bucket
from endpoint_router.audit.integrity import Integrity
from endpoint_router.audit.public_keys import Keys, decode
from endpoint_router.audit.reading import read
from endpoint_router.audit.sources import Period, find
from endpoint_router.cli.audit_integrity import integrity_of
from tests.support.moto_in_process import moto_in_process

from .digested import KEY, Trail, listed

BUCKET = "example-bucket"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    with moto_in_process():
        client: Any = Session().create_client("s3", "us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def trail(client: Any, tmp_path: Path) -> Trail:
    trail = Trail(tmp_path).hours(4)
    for path in trail.logs + trail.digests:
        key = path.relative_to(tmp_path).as_posix()
        metadata = {}
        if path == trail.digests[-1]:
            metadata = {"signature": trail.signature, "signature-algorithm": "SHA256withRSA"}
        client.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes(), Metadata=metadata)
    return trail


@pytest.fixture
def checked(client: Any) -> Callable[[], Integrity]:
    def check() -> Integrity:
        files = find([f"s3://{BUCKET}/AWSLogs/"], Period(), Bucket(client), digests=True)
        known = read(files, Period(), hashed=True)
        keys = Keys(decode(listed(KEY)))
        return integrity_of(files, known, Period(), keys, Session)

    return check


def test_all_of_it_is_proven(trail: Trail, checked: Callable[[], Integrity]) -> None:
    integrity = checked()
    assert integrity.proven
    assert integrity.logs["verified"] == 4


def test_another_signature(trail: Trail, client: Any, checked: Callable[[], Integrity]) -> None:
    newest = trail.digests[-1]
    client.put_object(
        Bucket=BUCKET,
        Key=newest.relative_to(trail.root).as_posix(),
        Body=newest.read_bytes(),
        Metadata={"signature": KEY.sign(b"").hex(), "signature-algorithm": "SHA256withRSA"},
    )
    (fault,) = checked().faults
    assert fault.kind == "digest-invalid"
    assert fault.what == f"s3://{BUCKET}/{newest.relative_to(trail.root).as_posix()}"


def test_deleted_objects(trail: Trail, client: Any, checked: Callable[[], Integrity]) -> None:
    gone = [trail.digests[1], trail.digests[2], trail.logs[0]]
    for path in gone:
        client.delete_object(Bucket=BUCKET, Key=path.relative_to(trail.root).as_posix())
    wrong = checked().wrong
    assert dict(wrong) == {
        "log-missing": 1,
        "digest-missing": 1,
        "log-uncovered": 2,
        "digest-unsigned": 1,
    }
