"""Real calls of real clients, on servers of the lab that record them as CloudTrail would.

The clients are boto3's. Some are routed by a policy; the others get along without the router, and
reach the lab's servers through a proxy, which looks names up as a network would.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.session import Session

from endpoint_router.lab.cloudtrail import Endpoint, Trail
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation

#: GovCloud's accounts are others.
ACCOUNT, GOV_ACCOUNT = "111122223333", "444455556666"
#: The role of whoever signs with this key, in each of them.
BILLING, GOV_BILLING = (
    f"arn:aws:iam::{ACCOUNT}:role/billing",
    f"arn:aws-us-gov:iam::{GOV_ACCOUNT}:role/billing",
)
KEY = "ASIALABLABLABLABLAB1"

_ID = "vpce-0123456789abcdef{}"
SQS_VPCE = f"{_ID.format(0)}-abcdefgh.sqs.us-east-1.vpce.amazonaws.com"
S3_VPCE = f"{_ID.format(1)}-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
KMS_VPCE = f"{_ID.format(2)}-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"

#: Addresses by host. 10.20.0.0/16 is the VPC.
_HOSTS = {
    "kms.us-east-1.amazonaws.com": "52.94.1.10",
    "kms-fips.us-east-1.amazonaws.com": "52.94.1.11",
    "kms.us-gov-west-1.amazonaws.com": "52.94.1.12",
    "sqs.us-east-1.amazonaws.com": "52.94.1.20",
    "*.s3.amazonaws.com": "52.94.1.30",
    "iam.amazonaws.com": "52.94.1.40",
    "iam-fips.amazonaws.com": "52.94.1.41",
    "lambda.us-east-1.amazonaws.com": "52.94.1.50",
    "lambda-fips.us-east-1.amazonaws.com": "52.94.1.51",
    "secretsmanager.us-east-1.amazonaws.com": "52.94.1.70",
    "sts.us-gov-west-1.amazonaws.com": "52.94.1.60",
    "dynamodb.us-east-1.amazonaws.com": "52.94.2.10",  # behind the gateway
    "ssm.us-east-1.amazonaws.com": "10.20.0.40",  # private DNS
    SQS_VPCE: "10.20.0.10",
    f"bucket.{S3_VPCE}": "10.20.0.20",
    f"*.bucket.{S3_VPCE}": "10.20.0.20",
    KMS_VPCE: "10.20.0.30",
}
ENDPOINTS = (
    Endpoint(_ID.format(0), ("10.20.0.10",), ACCOUNT),
    Endpoint(_ID.format(1), ("10.20.0.20",), ACCOUNT),
    Endpoint(_ID.format(2), ("10.20.0.30",), GOV_ACCOUNT),
    Endpoint(_ID.format(3), ("10.20.0.40",), ACCOUNT),
    Endpoint(_ID.format(4), ("52.94.2.10",), ACCOUNT),
)
_POLICY = f"""\
version = 1

[defaults]
fips = "require"
private = "prefer"

[[rules]]
services = ["sqs", "s3", "ssm", "dynamodb", "secretsmanager"]
fips = "off"
private = "require"
reason = "stays inside the VPC instead"

[[vpc_endpoints]]
type = "interface"
dns_names = ["{SQS_VPCE}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["*.{S3_VPCE}"]

[[vpc_endpoints]]
type = "interface"
dns_names = ["{KMS_VPCE}"]

[[vpc_endpoints]]
type = "gateway"
service = "dynamodb"
region = "us-east-1"
prefix_list = ["52.94.2.0/24"]

[network]
private = ["10.20.0.0/16"]

[dns]
servers = ["{{dns}}"]
timeout = 15.0

[log]
decisions = '{{log}}'
"""


class Call(NamedTuple):
    """One call, and the Host header that servers must see under the policy, and without it."""

    service: str
    method: str
    region: str
    routed: str
    plain: str
    parameters: Mapping[str, Any] = MappingProxyType({})


_AWS = "amazonaws.com"
CALLS = (
    Call("kms", "list_keys", "us-east-1", f"kms-fips.us-east-1.{_AWS}", f"kms.us-east-1.{_AWS}"),
    Call("kms", "list_keys", "us-gov-west-1", KMS_VPCE, f"kms.us-gov-west-1.{_AWS}"),
    Call("sqs", "list_queues", "us-east-1", SQS_VPCE, f"sqs.us-east-1.{_AWS}"),
    Call(
        *("s3", "list_objects_v2", "us-east-1"),
        *(f"lab-bucket.bucket.{S3_VPCE}", f"lab-bucket.s3.{_AWS}"),
        {"Bucket": "lab-bucket"},
    ),
    Call(
        *("ssm", "get_parameter", "us-east-1"),
        *(f"ssm.us-east-1.{_AWS}", f"ssm.us-east-1.{_AWS}"),
        {"Name": "lab"},
    ),
    Call("dynamodb", "list_tables", "us-east-1", *(f"dynamodb.us-east-1.{_AWS}",) * 2),
    Call("sts", "get_caller_identity", "us-gov-west-1", *(f"sts.us-gov-west-1.{_AWS}",) * 2),
    Call("iam", "list_users", "us-east-1", f"iam-fips.{_AWS}", f"iam.{_AWS}"),
    Call(
        *("lambda", "list_functions", "us-east-1"),
        *(f"lambda-fips.us-east-1.{_AWS}", f"lambda.us-east-1.{_AWS}"),
    ),
)
#: That the policy refuses: nothing private is there.
REFUSED = Call(
    *("secretsmanager", "list_secrets", "us-east-1"),
    *("", f"secretsmanager.us-east-1.{_AWS}"),
)


class Place:
    """The lab with its hosts, and files below *directory*: policy, endpoints, log and trail."""

    def __init__(self, lab: Lab, proxy: ConnectProxy, directory: Path) -> None:
        self.lab, self._proxy = lab, proxy
        self.policy, self.log = directory / "policy.toml", directory / "decisions.jsonl"
        self.policy.write_text(_POLICY.format(dns=lab.dns_server, log=self.log))
        self.endpoints, self._bucket = directory / "endpoints.json", directory / "trail"
        described = [
            {
                "VpcEndpointId": each.id,
                "VpcEndpointType": "Gateway" if each is ENDPOINTS[-1] else "Interface",
                "OwnerId": each.owner,
            }
            for each in ENDPOINTS
        ]
        self.endpoints.write_text(json.dumps({"VpcEndpoints": described}))
        self._router = Installation(self.policy, world=World(dialler=lab), environ={})
        self._sessions = {True: _session(lab, self._router), False: _session(lab)}

    def make(self, call: Call, *, routed: bool, agent: str = "") -> None:
        """Make *call* with a client of its own.

        :param agent: behind its user agent.
        """
        config = Config(
            retries={"total_max_attempts": 1},
            user_agent_extra=agent,
            proxies={} if routed else {"https": self._proxy.url},
        )
        client = self._sessions[routed].client(call.service, call.region, config=config)
        getattr(client, call.method)(**call.parameters)

    def record(self, *, left_out: str = "") -> list[str]:
        """Have CloudTrail deliver what servers saw, and the log written.

        :param left_out: a service that the trail does not record.
        :returns: the arguments of an audit of that.
        """
        for account, role in (ACCOUNT, BILLING), (GOV_ACCOUNT, GOV_BILLING):
            is_gov = account == GOV_ACCOUNT
            requests = [
                seen
                for seen in self.lab.seen
                if seen.region.startswith("us-gov-") is is_gov and seen.service != left_out
            ]
            Trail(account, ENDPOINTS, {KEY: role}).deliver(self._bucket, requests)
        log = self._router.router_for().log
        assert log is not None
        log.recount()  # as at the end of the process
        options = ["--policy", str(self.policy), "--endpoints", str(self.endpoints)]
        return ["audit", str(self._bucket), *options]


def _session(lab: Lab, router: Installation | None = None) -> Any:
    """A session of boto3's, which passes *router* if there is one."""
    session: Any = Session()
    session.set_credentials(KEY, "of-nobody", "token")
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    if router:
        router(session)
    return boto3.Session(botocore_session=session)


@contextmanager
def place(directory: Path) -> Iterator[Place]:
    """A running lab."""
    with Lab() as lab, ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        for name, address in _HOSTS.items():
            lab.host(name, address)
        yield Place(lab, proxy, directory)
