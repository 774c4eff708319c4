"""Makes files of CloudTrail's: many calls of many applications, in the shapes that AWS records.

``python -m benchmarks.audit_files FOLDER [--records 2000000]``. One file is what one account and
region deliver at once; the same arguments make the same files.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import sys
import uuid
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

#: Records of a file.
EACH = 5000
ACCOUNTS = ("111122223333", "222233334444", "333344445555", "444455556666")
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "us-gov-west-1")
DAYS = 30
ROLES = 24
#: Sessions of roles that show in one file.
SESSIONS = 120

AGENTS = (
    "Boto3/1.{0}.5 md/Botocore#1.{0}.5 ua/2.1 os/linux#6.1.0-{1}-amd64 md/arch#x86_64 "
    "lang/python#3.12.{1} md/pyimpl#CPython m/E,b,Z,n cfg/retry-mode#standard app/app-{2} "
    "Botocore/1.{0}.5",
    "Boto3/1.{0}.0 md/Botocore#1.{0}.0 ua/2.0 os/linux#5.10.{1} md/arch#aarch64 lang/python#3.11.9 "
    "md/pyimpl#CPython exec-env/AWS_Lambda_python3.11 Botocore/1.{0}.0 "
    "md/endpoint-router#1.0-0123abcd",
    "aws-cli/2.{0}.{1} md/awscrt#0.23.8 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.6 "
    "md/prompt#off md/command#kms.decrypt",
    "aws-sdk-java/2.{0}.{1} Linux/5.15 OpenJDK_64-Bit_Server_VM/17.0.9+9 Java/17.0.9 vendor/Amazon",
    "aws-sdk-go-v2/1.{0}.{1} os/linux lang/go#1.22.4 md/GOOS#linux md/GOARCH#amd64 api/sqs#1.34.3",
    "APN/1.0 HashiCorp/1.0 Terraform/1.{1}.2 (+https://www.terraform.io) "
    "terraform-provider-aws/5.{0}.0 aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5",
    "aws-sdk-js/3.{0}.0 ua/2.1 os/linux#5.10.{1} lang/js md/nodejs#20.15.1 api/dynamodb#3.{0}.0",
)

#: Of a service: what is before the region in its host's name, and its share of the calls.
SERVICES = {
    "s3": ("s3", 30),
    "kms": ("kms", 14),
    "sts": ("sts", 12),
    "dynamodb": ("dynamodb", 12),
    "ec2": ("ec2", 9),
    "logs": ("logs", 6),
    "ssm": ("ssm", 5),
    "secretsmanager": ("secretsmanager", 4),
    "sqs": ("sqs", 3),
    "lambda": ("lambda", 2),
    "monitoring": ("monitoring", 2),
    "email": ("email", 1),
}
OPERATIONS = {
    "s3": ("GetObject", "PutObject", "HeadObject", "ListObjects"),
    "kms": ("Decrypt", "GenerateDataKey"),
    "sts": ("AssumeRole", "GetCallerIdentity"),
    "dynamodb": ("GetItem", "PutItem", "Query"),
    "ec2": ("DescribeInstances", "DescribeNetworkInterfaces", "DescribeTags"),
    "logs": ("CreateLogStream", "PutLogEvents"),
    "ssm": ("GetParameter", "UpdateInstanceInformation"),
    "secretsmanager": ("GetSecretValue",),
    "sqs": ("ReceiveMessage", "SendMessage"),
    "lambda": ("Invoke", "ListFunctions"),
    "monitoring": ("PutMetricData",),
    "email": ("SendEmail",),
}


class Session(NamedTuple):
    """Who calls, from where, and by which software."""

    identity: dict[str, Any]
    address: str
    agent: str
    services: list[str]
    tls: str


class World:
    """What the records of one file have in common."""

    def __init__(self, number: int) -> None:
        self.random = Random(number)
        self.account = ACCOUNTS[number % len(ACCOUNTS)]
        self.region = REGIONS[number // len(ACCOUNTS) % len(REGIONS)]
        self.day = 1 + number // (len(ACCOUNTS) * len(REGIONS)) % DAYS
        self.partition = "aws-us-gov" if "gov" in self.region else "aws"
        self.hour = number // (len(ACCOUNTS) * len(REGIONS) * DAYS) % 24
        self.sessions = [self._session() for _ in range(SESSIONS)]

    def digits(self, size: int) -> str:
        """So many hexadecimal digits."""
        return f"{self.random.getrandbits(4 * size):0{size}x}"

    def key(self, kind: str) -> str:
        """An id of a principal or of an access key."""
        letters = self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16)
        return kind + "".join(letters)

    def _session(self) -> Session:
        """Each workload has its own software, and calls a few services."""
        role = self.random.randrange(ROLES)
        start = f"2026-11-{self.day:02}T{self.hour:02}:{self.random.randrange(60):02}:09Z"
        issuer = {
            "type": "Role",
            "principalId": self.key("AROA"),
            "arn": f"arn:{self.partition}:iam::{self.account}:role/service/workload-{role}",
            "accountId": self.account,
            "userName": f"workload-{role}",
        }
        name = f"i-0{self.digits(16)}"
        identity = {
            "type": "AssumedRole",
            "principalId": f"{issuer['principalId']}:{name}",
            "arn": f"arn:{self.partition}:sts::{self.account}:assumed-role/workload-{role}/{name}",
            "accountId": self.account,
            "accessKeyId": self.key("ASIA"),
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"creationDate": start, "mfaAuthenticated": "false"},
            },
        }
        if role == 0:
            identity["invokedBy"] = "autoscaling.amazonaws.com"
        if role == 1:
            identity = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
        if role == 2:
            identity = {
                "type": "IAMUser",
                "principalId": issuer["principalId"],
                "arn": f"arn:{self.partition}:iam::{self.account}:user/deploy",
                "accountId": self.account,
                "accessKeyId": self.key("AKIA"),
                "userName": "deploy",
            }
        agent = AGENTS[role % len(AGENTS)].format(30 + role, role % 9, role)
        address = f"10.{role}.{self.random.randrange(256)}.{self.random.randrange(256)}"
        return Session(identity, address, agent, services_of(role), f"TLSv1.{2 + (role % 4 > 0)}")


def services_of(role: int) -> list[str]:
    """Three, the most used ones more often."""
    names, shares = zip(*((name, share) for name, (_, share) in SERVICES.items()), strict=True)
    return Random(role).choices(names, shares, k=3)


def record(world: World) -> dict[str, Any]:
    """A call."""
    random = world.random
    identity, address, agent, services, tls = random.choice(world.sessions)
    service = random.choice(services)
    operation = random.choice(OPERATIONS[service])
    ours = service in ("s3", "kms", "sts", "dynamodb")
    prefix = SERVICES[service][0] + ("-fips" if ours and service != "dynamodb" else "")
    bucket = f"data-{random.randrange(40)}-{world.region}" if service == "s3" else ""
    host = f"{bucket and bucket + '.'}{prefix}.{world.region}.amazonaws.com"
    asked, answered, more = contents(world, service, operation, bucket, host)
    second = random.randrange(300)  # CloudTrail delivers each five minutes
    made: dict[str, Any] = {
        "eventVersion": ("1.08", "1.09", "1.10", "1.11")[len(service) % 4],
        "userIdentity": identity,
        "eventTime": f"2026-11-{world.day:02}T{world.hour:02}:{second // 60:02}:{second % 60:02}Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": operation,
        "awsRegion": world.region,
        "sourceIPAddress": address,
        "userAgent": agent,
        "requestParameters": asked,
        "responseElements": answered,
        "additionalEventData": more,
        "requestID": str(uuid.UUID(int=random.getrandbits(128), version=4)),
        "eventID": str(uuid.UUID(int=random.getrandbits(128), version=4)),
        "readOnly": operation[0] in "GDL",
        "eventType": "AwsApiCall",
        "managementEvent": service not in ("s3", "dynamodb", "lambda"),
        "recipientAccountId": world.account,
        "eventCategory": "Data" if service in ("s3", "dynamodb", "lambda") else "Management",
        "tlsDetails": {
            "tlsVersion": tls,
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": host,
        },
    }
    if random.random() < 0.05 and "arn" in identity:
        made["errorCode"] = "AccessDenied"
        made["errorMessage"] = (
            f"User: {identity['arn']} is not authorized to perform: {service}:{operation} on "
            "resource because no identity-based policy allows the action"
        )
        made["responseElements"] = None
    if ours:
        made["vpcEndpointId"] = f"vpce-0{int(world.account) % 97:08x}{SERVICES[service][1]:08x}"
        made["vpcEndpointAccountId"] = world.account
    if more is None or "invokedBy" in identity:
        del made["additionalEventData"]
    if "invokedBy" in identity:
        made["userAgent"] = made["sourceIPAddress"] = identity["invokedBy"]
        del made["tlsDetails"]
    return made


def contents(
    world: World, service: str, operation: str, bucket: str, host: str
) -> tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any] | None]:
    """What was asked for, the answer, and what the service adds."""
    random = world.random
    arn = f"arn:{world.partition}:{service}:{world.region}:{world.account}"
    if service == "s3":
        day = f"year=2026/month=11/day={world.day:02}/hour={random.randrange(24):02}"
        key = f"warehouse/events/{day}/part-{random.randrange(99999):05}-{world.digits(24)}.parquet"
        more = {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": base64.b64encode(random.randbytes(57)).decode(),
            "bytesTransferredOut": random.randrange(1 << 24),
        }
        return {"bucketName": bucket, "Host": host, "key": key}, None, more
    if service == "sts" and operation == "AssumeRole":
        role = f"arn:{world.partition}:iam::{world.account}:role/workload-{random.randrange(ROLES)}"
        answer = {
            "credentials": {
                "accessKeyId": world.key("ASIA"),
                "sessionToken": base64.b64encode(random.randbytes(240)).decode(),
                "expiration": "Nov 20, 2026, 11:01:44 PM",
            },
            "assumedRoleUser": {
                "assumedRoleId": f"{world.key('AROA')}:session-{world.digits(8)}",
                "arn": f"{role}/session-{world.digits(8)}",
            },
        }
        served = {"endpointType": "regional", "awsServingRegion": world.region}
        asked = {"roleArn": role, "roleSessionName": f"session-{world.digits(8)}"}
        return {**asked, "durationSeconds": 3600}, answer, {"RequestDetails": served}
    if service == "ec2":
        items = [{"value": f"i-0{world.digits(16)}"} for _ in range(random.randrange(1, 6))]
        asked_of = {"items": [{"name": "tag:Environment", "valueSet": {"items": items}}]}
        return {"maxResults": 1000, "filterSet": asked_of, "instancesSet": {}}, None, None
    if service == "dynamodb":
        table = f"{arn}:table/orders-{random.randrange(30)}"
        keys = {"pk": f"customer#{world.digits(12)}", "sk": f"order#{world.digits(12)}"}
        return {"tableName": table, "key": keys, "returnConsumedCapacity": "TOTAL"}, None, None
    named = {
        "resource": f"{arn}:{operation.lower()}/{world.digits(8)}",
        "name": f"/production/service-{random.randrange(200)}/settings",
    }
    token = {"nextToken": world.digits(32)} if random.random() < 0.5 else None
    return named, token, None


def write(folder: str, number: int, each: int = EACH) -> str:
    """The file of this *number*, where CloudTrail would put it."""
    world = World(number)
    text = json.dumps({"Records": [record(world) for _ in range(each)]}, separators=(",", ":"))
    day = f"2026/11/{world.day:02}"
    name = f"{world.account}_CloudTrail_{world.region}_{day.replace('/', '')}T0000Z_{number:016}"
    place = Path(folder, "AWSLogs", world.account, "CloudTrail", world.region, day)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.json.gz"
    path.write_bytes(gzip.compress(text.encode(), 6, mtime=0))
    return str(path)


def make(folder: str, records: int) -> list[str]:
    """Files with so many *records*, rounded up to whole files."""
    count = -(-records // EACH)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(partial(write, folder), range(count), chunksize=4))


def main(arguments: list[str] | None = None) -> int:
    """Make them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit_files", description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--records", type=int, default=2_000_000)
    chosen = parser.parse_args(arguments)
    paths = make(chosen.folder, chosen.records)
    print(f"{len(paths)} files of {EACH} records, {sum(map(os.path.getsize, paths)):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
