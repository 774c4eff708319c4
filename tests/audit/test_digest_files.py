"""What a digest file says, and what it must say to be taken for one."""

from __future__ import annotations

import datetime
import json
from hashlib import sha256
from typing import Any

import pytest

from endpoint_router.audit.digests import ChainName, Digest, decode, needed, read_digests
from endpoint_router.audit.fetching import Digest as Text
from endpoint_router.audit.sources import Period

from .made import ACCOUNT

FOLDER = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-east-1/2026/11/20"
NAME = f"{ACCOUNT}_CloudTrail-Digest_us-east-1_trail_us-east-1_20261120T110031Z"
SHA = "SHA-256"
SAID: dict[str, Any] = {
    "digestStartTime": "2026-11-20T10:00:31Z",
    "digestEndTime": "2026-11-20T11:00:31Z",
    "digestS3Bucket": "bucket",
    "digestS3Object": f"{FOLDER}/{NAME}.json.gz",
    "digestPublicKeyFingerprint": "0123",
    "digestSignatureAlgorithm": "SHA256withRSA",
    "previousDigestSignature": "ABCD",
    "previousDigestS3Bucket": "other",
    "previousDigestS3Object": "before.json.gz",
    "previousDigestHashValue": "B" * 64,
    "previousDigestHashAlgorithm": SHA,
    "logFiles": [{"s3Object": "a.json.gz", "hashValue": "A" * 64, "hashAlgorithm": SHA}],
}


def made(**changed: Any) -> bytes:
    said = {**SAID, **changed}
    return json.dumps({key: value for key, value in said.items() if value is not ...}).encode()


def log(**changed: Any) -> dict[str, Any]:
    return {"logFiles": [{**SAID["logFiles"][0], **changed}]}


def test_what_it_says() -> None:
    text = made()
    assert decode(text, "there", "ef") == Digest(
        path="there",
        place=("bucket", f"{FOLDER}/{NAME}.json.gz"),
        chain=ChainName(ACCOUNT, "us-east-1", "trail_us-east-1"),
        begin="2026-11-20T10:00:31Z",
        end="2026-11-20T11:00:31Z",
        fingerprint="0123",
        algorithm="SHA256withRSA",
        hash=sha256(text).hexdigest(),
        previous=("other", "before.json.gz"),
        previous_hash="b" * 64,
        previous_signature="ABCD",
        logs=(("a.json.gz", "a" * 64),),
        signature="ef",
    )
    late = decode(made(digestS3Object=f"{NAME}_backfill.json.gz"), "")
    assert (late.chain.backfill, late.signature) == (True, "")


@pytest.mark.parametrize("gone", ["previousDigestS3Bucket", "previousDigestS3Object"])
@pytest.mark.parametrize("value", [None, ...], ids=["null", "missing"])
def test_the_first_of_a_chain_names_none_before_it(gone: str, value: Any) -> None:
    nothing = dict.fromkeys(("previousDigestHashValue", "previousDigestHashAlgorithm"))
    first = decode(made(**{gone: value, **nothing, "previousDigestSignature": None}), "")
    assert (first.previous, first.previous_hash) == (None, "")
    assert first.signed_text.endswith(f"\n{first.hash}\nnull".encode())


def test_an_hour_may_be_none() -> None:
    same = SAID["digestEndTime"]
    assert decode(made(digestStartTime=same), "").begin == same


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"digestS3Object": "digest.json.gz"}, "its name or its hours"),
        ({"digestS3Object": f"{FOLDER}/{NAME}.json"}, "its name or its hours"),
        ({"digestStartTime": "2026-11-20"}, "its name or its hours"),
        ({"digestEndTime": "2026-11-20T11:00:31"}, "its name or its hours"),
        ({"digestStartTime": "2026-11-20T11:00:32Z"}, "its name or its hours"),
        (log(hashAlgorithm="SHA-1"), "a hash in it is none of SHA-256"),
        (log(hashValue="A" * 63), "a hash in it is none of SHA-256"),
        (log(hashValue="A" * 65), "a hash in it is none of SHA-256"),
        ({"previousDigestHashAlgorithm": "SHA-1"}, "a hash in it is none of SHA-256"),
        ({"previousDigestHashAlgorithm": None}, "a hash in it is none of SHA-256"),
        ({"previousDigestHashValue": "g" * 64}, "a hash in it is none of SHA-256"),
        ({"previousDigestHashValue": None}, "a hash in it is none of SHA-256"),
        ({"previousDigestSignature": ...}, "no digest of CloudTrail: "),
        ({"logFiles": None}, "no digest of CloudTrail: "),
    ],
)
def test_what_is_none(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode(made(**changed), "")


def test_those_that_cannot_be_read_are_named() -> None:
    texts = [
        Text("good", made()),
        Text("gone", b"", "No such file"),
        Text("latin", made().replace(b"ABCD", b"\xff")),
    ]
    seen: list[int] = []
    digests, bad = read_digests(texts, lambda: seen.append(1))
    assert [each.path for each in digests] == ["good"]
    assert bad == [("gone", "No such file"), ("latin", "no UTF-8")]
    assert len(seen) == 3


def test_those_that_are_needed() -> None:
    """What happened on the last day may be in a digest of the second day after it."""
    days = [f"{FOLDER[:-2]}{day}/{NAME}.json.gz" for day in range(18, 26)]
    begin, last = datetime.date(2026, 11, 20), datetime.date(2026, 11, 21)
    known = needed(days, Period(begin, last))
    assert [path[len(FOLDER) - 2 :][:2] for path in known] == ["20", "21", "22", "23", "24"]
    assert needed(days, Period(begin, None)) == days[2:]
    assert needed(days, Period()) == days
