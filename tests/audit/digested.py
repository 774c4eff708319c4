"""A trail with digests, as CloudTrail makes them: real log files, real keys, real signatures."""

from __future__ import annotations

import base64
import copy
import datetime
import gzip
import json
import shutil
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .made import ACCOUNT, OURS, record

REGION = "us-gov-west-1"


class Key:
    """One that CloudTrail signs with, in one region."""

    def __init__(self, size: int = 2048) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=size)
        self.der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        self.fingerprint = md5(self.der).hexdigest()

    def sign(self, text: bytes) -> bytes:
        return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())


#: Made once: it takes a tenth of a second.
KEY = Key()


def listed(*keys: Key) -> bytes:
    """What ``aws cloudtrail list-public-keys`` prints."""
    listing = [
        {
            "Value": base64.b64encode(key.der).decode(),
            "ValidityStartTime": "2026-06-01T00:00:00+00:00",
            "ValidityEndTime": "2027-06-01T00:00:00+00:00",
            "Fingerprint": key.fingerprint,
        }
        for key in keys
    ]
    return json.dumps({"PublicKeyList": listing}).encode()


class Trail:
    """One chain, from midnight of *day* on, an hour after the other."""

    def __init__(
        self,
        root: Path,
        *,
        key: Key = KEY,
        day: str = "2026-11-20",
        account: str = ACCOUNT,
        region: str = REGION,
        name: str = "example",
        prefix: str = "",
        backfill: bool = False,
    ) -> None:
        self.root, self.key, self.region, self.backfill = root, key, region, backfill
        self._account, self._name, self._prefix = account, name, prefix
        self._now = datetime.datetime.fromisoformat(f"{day}T00:00:31")
        self._previous: dict[str, Any] = {}
        #: In the order of time.
        self.logs: list[Path] = []
        self.digests: list[Path] = []
        #: What each digest names besides.
        self.also: list[dict[str, str]] = []
        #: Of signatures, as it is told.
        self.algorithm = "SHA256withRSA"
        #: Of the newest, as it stands in the bucket alone.
        self.signature = ""

    def hours(self, count: int = 1, logs: int = 1) -> Trail:
        """*count* further digests, about as many *logs* each."""
        for _ in range(count):
            self._hour([self._deliver(number) for number in range(logs)])
        return self

    def pause(self, hours: int = 1, *, anew: bool = True) -> Trail:
        """Nothing is written.

        :param anew: does the chain begin anew?
        """
        self._now += datetime.timedelta(hours=hours)
        if anew:
            self._previous = {}
        return self

    def copied(self, root: Path) -> Trail:
        """The same, elsewhere."""
        shutil.copytree(self.root, root)
        other = copy.copy(self)
        other.root = root
        other.logs = [root / path.relative_to(self.root) for path in self.logs]
        other.digests = [root / path.relative_to(self.root) for path in self.digests]
        return other

    def _deliver(self, number: int) -> dict[str, str]:
        at = self._now + datetime.timedelta(minutes=10 + number)
        count = len(self.logs)
        event = record(count, vpcEndpointId=OURS, eventTime=f"{at:%Y-%m-%dT%H:%M:%SZ}")
        event["recipientAccountId"] = self._account
        text = json.dumps({"Records": [event]}).encode()
        name = f"{self._account}_CloudTrail_{self.region}_{at:%Y%m%dT%H%MZ}_{count:016}.json.gz"
        key = f"{self._folder('CloudTrail', at)}/{name}"
        self.logs.append(self._write(key, text))
        return {
            "s3Bucket": "example-bucket",
            "s3Object": key,
            "hashValue": sha256(text).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": event["eventTime"],
            "oldestEventTime": event["eventTime"],
        }

    def _hour(self, logs: list[dict[str, str]]) -> None:
        begin, self._now = self._now, self._now + datetime.timedelta(hours=1)
        name = f"{self._account}_CloudTrail-Digest_{self.region}_{self._name}_{self.region}"
        end = f"{self._now:%Y%m%dT%H%M%SZ}" + "_backfill" * self.backfill
        key = f"{self._folder('CloudTrail-Digest', self._now)}/{name}_{end}.json.gz"
        said = {
            "awsAccountId": self._account,
            "digestStartTime": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
            "digestEndTime": f"{self._now:%Y-%m-%dT%H:%M:%SZ}",
            "digestS3Bucket": "example-bucket",
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.key.fingerprint,
            "digestSignatureAlgorithm": self.algorithm,
            "newestEventTime": logs[-1]["newestEventTime"] if logs else None,
            "oldestEventTime": logs[0]["oldestEventTime"] if logs else None,
            "previousDigestS3Bucket": None,
            "previousDigestS3Object": None,
            "previousDigestHashValue": None,
            "previousDigestHashAlgorithm": None,
            "previousDigestSignature": None,
            **self._previous,
            "logFiles": [*logs, *self.also],
        }
        text = json.dumps(said).encode()
        self.digests.append(self._write(key, text))
        hashed, previous = sha256(text).hexdigest(), said["previousDigestSignature"] or "null"
        signed = f"{said['digestEndTime']}\nexample-bucket/{key}\n{hashed}\n{previous}"
        self.signature = self.key.sign(signed.encode()).hex()
        self._previous = {
            "previousDigestS3Bucket": "example-bucket",
            "previousDigestS3Object": key,
            "previousDigestHashValue": hashed,
            "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": self.signature,
        }

    def _folder(self, kind: str, at: datetime.datetime) -> str:
        return f"{self._prefix}AWSLogs/{self._account}/{kind}/{self.region}/{at:%Y/%m/%d}"

    def _write(self, key: str, text: bytes) -> Path:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text, mtime=0))
        return path
