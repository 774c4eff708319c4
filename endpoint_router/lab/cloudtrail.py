"""What the lab's servers saw, as CloudTrail would record it and deliver it into a bucket.

Records have the shapes of event version 1.11. What they say is what a server saw: the Host header,
the TLS connection, the signature's scope, the address that was dialled. ``keyExchange`` is left
out, because Python's ssl does not tell it. Nothing here knows who reads the files.
"""

from __future__ import annotations

import datetime
import gzip
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from endpoint_router.aws.cloudtrail import event_name, is_data_event
from endpoint_router.lab.values import Seen

#: Where clients are: behind an endpoint, and as the internet sees them.
INSIDE, OUTSIDE = "10.20.1.5", "52.95.0.10"
#: Operations whose names CloudTrail writes with a date.
_DATED = {("lambda", "ListFunctions"): "ListFunctions20150331"}
_READ_ONLY = ("Describe", "Get", "Head", "List")
#: Hosts without a region, whose events are of this one.
_GLOBAL = "us-east-1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint, interface or gateway: whatever comes to its addresses comes through it."""

    id: str
    addresses: tuple[str, ...]
    #: Account that owns it.
    owner: str


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail of one account that records all events.

    :param roles: ARN of the role that a key's session has, by access key; a key without one is a
        user's.
    :param network_activity: are there records of the endpoints, too?
    """

    account: str
    endpoints: tuple[Endpoint, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    network_activity: bool = True

    def records(self, requests: Iterable[Seen]) -> list[dict[str, Any]]:
        """A record of each request, and another one of each that came through an endpoint.

        :raises ValueError: the lab does not know the operation of one.
        """
        made = []
        for seen in requests:
            record = self._record(seen)
            made.append(record)
            if self.network_activity and "vpcEndpointId" in record:
                made.append(_network_activity(record))
        return made

    def deliver(self, bucket: Path, requests: Iterable[Seen]) -> list[Path]:
        """Write the records of *requests* to where CloudTrail would put them below *bucket*.

        :returns: the files: one for each region, day and kind of log.
        :raises ValueError: as :meth:`records`.
        """
        folders: dict[Path, list[dict[str, Any]]] = {}
        for record in self.records(requests):
            folders.setdefault(bucket / self._folder(record), []).append(record)
        return [self._write(folder, records) for folder, records in folders.items()]

    def _folder(self, record: Mapping[str, Any]) -> Path:
        activity = record["eventCategory"] == "NetworkActivity"
        kind = "CloudTrail-NetworkActivity" if activity else "CloudTrail"
        day = record["eventTime"][:10].split("-")
        return Path("AWSLogs", self.account, kind, record["awsRegion"], *day)

    def _write(self, folder: Path, records: list[dict[str, Any]]) -> Path:
        _, kind, region, *day = folder.parts[-6:]
        time = records[-1]["eventTime"]
        stamp = f"{''.join(day)}T{time[11:13]}{time[14:16]}Z"
        unique = records[0]["eventID"].replace("-", "")[:16]
        path = folder / f"{self.account}_{kind}_{region}_{stamp}_{unique}.json.gz"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"Records": records}, separators=(",", ":"))
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        return path

    def _record(self, seen: Seen) -> dict[str, Any]:
        if not seen.operation:
            raise ValueError(f"{seen.method} {seen.host}{seen.path}: no operation that is known")
        service = seen.service or seen.host.partition(".")[0]
        region = seen.region or _GLOBAL
        name = event_name(service, seen.operation)
        is_data = is_data_event({"monitoring": "cloudwatch"}.get(service, service), name)
        endpoint = next((each for each in self.endpoints if seen.address in each.addresses), None)
        through = (
            {"vpcEndpointId": endpoint.id, "vpcEndpointAccountId": endpoint.owner}
            if endpoint
            else {}
        )
        return {
            "eventVersion": "1.11",
            "userIdentity": self._identity(seen),
            "eventTime": _utc(seen.at),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": _DATED.get((service, name), name),
            "awsRegion": region,
            "sourceIPAddress": INSIDE if endpoint else OUTSIDE,
            "userAgent": seen.user_agent,
            "requestParameters": {"Host": seen.host} if service == "s3" else None,
            "responseElements": None,
            "additionalEventData": _additional(seen, service, region),
            "requestID": seen.request_id,
            "eventID": _event_id(seen, "call"),
            "readOnly": name.startswith(_READ_ONLY),
            "eventType": "AwsApiCall",
            "managementEvent": not is_data,
            "recipientAccountId": self.account,
            **through,
            "eventCategory": "Data" if is_data else "Management",
            **_tls(seen),
        }

    def _identity(self, seen: Seen) -> dict[str, Any]:
        """Who signed."""
        role, session = self.roles.get(seen.access_key, ""), f"lab-{seen.access_key[-4:]}"
        who = {"accountId": self.account, "accessKeyId": seen.access_key}
        if not role:
            arn = f"arn:{_partition(seen.region)}:iam::{self.account}:user/lab"
            user = {"type": "IAMUser", "principalId": "AIDALAB", "arn": arn, "userName": "lab"}
            return {**user, **who}
        name = role.rpartition("/")[2]
        issuer = {
            "type": "Role",
            "principalId": "AROALAB",
            "arn": role,
            "accountId": self.account,
            "userName": name,
        }
        arn = f"arn:{role.split(':')[1]}:sts::{self.account}:assumed-role/{name}/{session}"
        return {
            "type": "AssumedRole",
            "principalId": f"AROALAB:{session}",
            "arn": arn,
            **who,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"creationDate": _utc(seen.at), "mfaAuthenticated": "false"},
            },
        }


def _tls(seen: Seen) -> dict[str, Any]:
    if not seen.tls_version:
        return {}
    return {
        "tlsDetails": {
            "tlsVersion": seen.tls_version,
            "cipherSuite": seen.cipher,
            "clientProvidedHostHeader": seen.host,
        }
    }


def _additional(seen: Seen, service: str, region: str) -> dict[str, Any] | None:
    """What a service adds."""
    if service == "sts":
        kind = "global" if seen.host == "sts.amazonaws.com" else "regional"
        return {"RequestDetails": {"endpointType": kind, "awsServingRegion": region}}
    if service == "s3":
        return {
            "SignatureVersion": "SigV4",
            "CipherSuite": seen.cipher,
            "AuthenticationMethod": "AuthHeader" if seen.signed_headers else "",
        }
    return None


def _network_activity(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of an endpoint's owner: without TLS and user agent, of the same request."""
    left_out = ("tlsDetails", "userAgent", "managementEvent", "readOnly", "additionalEventData")
    kept = {key: value for key, value in record.items() if key not in left_out}
    return {
        **kept,
        "eventID": str(uuid.uuid5(uuid.UUID(record["eventID"]), "network")),
        "eventType": "AwsVpceEvent",
        "eventCategory": "NetworkActivity",
        "recipientAccountId": record["vpcEndpointAccountId"],
    }


def _event_id(seen: Seen, what: str) -> str:
    """The same for the same request."""
    return str(uuid.uuid5(uuid.UUID(seen.request_id), what))


def _partition(region: str) -> str:
    known = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for start, name in known.items() if region.startswith(start)), "aws")


def _utc(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
