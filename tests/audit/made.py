"""Records in the shapes that CloudTrail gives them, and files of them.

Public samples hold no FIPS host, no VPC endpoint of one's own together with TLS, and no GovCloud
region: such records are made here, in the shapes of those that were seen.
"""

from __future__ import annotations

import gzip
import json
import uuid
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
OURS = "vpce-0123456789abcdef0"
ROLE = f"arn:aws-us-gov:iam::{ACCOUNT}:role/billing"


def record(number: int = 0, **changed: Any) -> dict[str, Any]:
    """A call of an application's; ``host`` is a short way to change what TLS shows."""
    host = changed.pop("host", "kms-fips.us-gov-west-1.amazonaws.com")
    made: dict[str, Any] = {
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/billing/i-{number}",
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
        },
        "eventTime": f"2026-11-20T10:{number % 60:02d}:00Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "us-gov-west-1",
        "sourceIPAddress": "10.0.0.7",
        "userAgent": "Boto3/1.44.5 md/Botocore#1.44.5 app/billing Botocore/1.44.5",
        "requestParameters": {"keyId": "alias/example", "KeyId": "differs in case only"},
        "responseElements": None,
        "eventID": str(uuid.UUID(int=number + 1, version=4)),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": host,
            "keyExchange": "X25519MLKEM768",
        },
    }
    made.update(changed)
    return {key: value for key, value in made.items() if value is not ...}


def compact(made: Any) -> bytes:
    """JSON without a space, as CloudTrail writes it."""
    return json.dumps(made, separators=(",", ":")).encode()


def packed(*records: dict[str, Any]) -> bytes:
    """A file of CloudTrail's."""
    return gzip.compress(compact({"Records": records}), mtime=0)


def delivered(
    root: Path,
    *records: dict[str, Any],
    day: str = "2026/11/20",
    kind: str = "CloudTrail",
    name: str = "a",
) -> Path:
    """Puts *records* where CloudTrail would."""
    region = "us-gov-west-1"
    folder = root / "AWSLogs" / ACCOUNT / kind / region / day
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{ACCOUNT}_{kind}_{region}_{day.replace('/', '')}T1015Z_{name}.json.gz"
    path.write_bytes(packed(*records))
    return path
