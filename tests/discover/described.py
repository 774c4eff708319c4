"""Answers of EC2 in the shape that AWS documents, cut to what matters and joined by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

REGION = "us-east-1"
ACCOUNT = "123456789012"
ID, SUFFIX = "vpce-0123456789abcde{:02x}", "abcdefgh"


def id_of(number: int) -> str:
    return ID.format(number)


def names_of(service: str, number: int = 1, *zones: str, region: str = REGION) -> list[str]:
    """DNS names of an endpoint, the regional one first. *service* as in the name: ``api.ecr``."""
    star = "*." if service in ("s3", "s3-fips") else ""
    tail = f"{service}.{region}.vpce.amazonaws.com"
    ends = ["", *(f"-{region}{zone}" for zone in zones)]
    return [f"{star}{id_of(number)}-{SUFFIX}{end}.{tail}" for end in ends]


def interface(
    service: str,
    number: int = 1,
    *,
    zones: str = "",
    label: str = "",
    private: Iterable[str] = (),
    region: str = REGION,
    **values: Any,
) -> dict[str, Any]:
    """An interface endpoint of ``com.amazonaws.REGION.service``.

    :param label: of its DNS names, where that is not *service*.
    :param private: its private DNS names, which are entries, too, where private DNS is on.
    """
    names = [*names_of(label or service, number, *zones, region=region), *private]
    return {
        "VpcEndpointId": id_of(number),
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-aabb1122",
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "State": "available",
        "PolicyDocument": "{}",
        "RouteTableIds": [],
        "SubnetIds": ["subnet-d6fcaa8d"],
        "Groups": [{"GroupId": "sg-54e8bf31", "GroupName": "default"}],
        "IpAddressType": "ipv4",
        "DnsOptions": {"DnsRecordIpType": "ipv4"},
        "PrivateDnsEnabled": True,
        "RequesterManaged": False,
        "NetworkInterfaceIds": ["eni-2ec2b084"],
        # Not in the order that a policy has.
        "DnsEntries": [{"DnsName": name, "HostedZoneId": "Z7HUB22UULQXV"} for name in names[::-1]],
        "CreationTimestamp": "2017-09-05T17:55:27.123Z",
        "OwnerId": ACCOUNT,
        **values,
    }


def gateway(service: str = "s3", number: int = 90, **values: Any) -> dict[str, Any]:
    """A gateway endpoint."""
    return {
        "VpcEndpointId": id_of(number),
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-aabb1122",
        "ServiceName": f"com.amazonaws.{REGION}.{service}",
        "State": "available",
        "RouteTableIds": ["rtb-3d560345"],
        "PrivateDnsEnabled": False,
        "DnsEntries": [],
        "OwnerId": ACCOUNT,
        **values,
    }


def service(name: str, *private: str, kind: str = "Interface") -> dict[str, Any]:
    """A service, by its name without ``com.amazonaws.REGION.``."""
    return {
        "ServiceName": f"com.amazonaws.{REGION}.{name}",
        "ServiceId": "vpce-svc-04cc0a8ab14b34d4c",
        "ServiceType": [{"ServiceType": kind}],
        "AvailabilityZones": ["us-east-1a", "us-east-1b"],
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{name}.{REGION}.vpce.amazonaws.com"],
        "PrivateDnsNames": [{"PrivateDnsName": host} for host in private],
        "VpcEndpointPolicySupported": True,
    }


def document(
    endpoints: Iterable[dict[str, Any]] | None = None,
    services: Iterable[dict[str, Any]] | None = None,
) -> bytes:
    """As the AWS command line prints it."""
    made = {"VpcEndpoints": endpoints, "ServiceDetails": services}
    said = {key: list(value) for key, value in made.items() if value is not None}
    return json.dumps(said, indent=4).encode()


MONITORING = (
    "monitoring.us-east-1.amazonaws.com",
    "monitoring-fips.us-east-1.amazonaws.com",
)
KINDS = [
    interface("kms", 1, zones="ab", private=["kms.us-east-1.amazonaws.com"]),
    interface("kms-fips", 2, PrivateDnsEnabled=False),
    interface("monitoring", 3, private=MONITORING),
    interface("kinesis-streams", 4),
    interface("s3", 5, zones="a"),
    interface("ecr.api", 6, label="api.ecr"),
    interface("execute-api", 7),
    interface("ssmmessages", 8),
    interface("sqs", 9, State="pendingAcceptance"),
    interface("sns", 10, State="failed", LastError={"Code": "x", "Message": "no subnet left"}),
    interface("sts", 11, DnsEntries=[]),
    interface("vpce-svc-0aa", 12, ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-0aa"),
    interface("glb", 13, VpcEndpointType="GatewayLoadBalancer"),
    interface("x", 14, VpcEndpointType="ServiceNetwork", ServiceName=""),
    gateway("s3", 90),
    gateway("dynamodb", 91, RouteTableIds=[]),
]
SERVICES = [
    service("kms", "kms.us-east-1.amazonaws.com", "kms.us-east-1.api.aws"),
    service("kms-fips", "kms-fips.us-east-1.amazonaws.com"),
    service("monitoring", *MONITORING),
    service("kinesis-streams", "kinesis.us-east-1.amazonaws.com"),
    service("ecr.api", "api.ecr.us-east-1.amazonaws.com"),
    service(
        "execute-api",
        "execute-api.us-east-1.amazonaws.com",
        "*.execute-api.us-east-1.amazonaws.com",
    ),
    service("ssmmessages", "ssmmessages.us-east-1.amazonaws.com"),
    service("s3"),
    service("s3", kind="Gateway"),
]
