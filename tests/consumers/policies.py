"""The policies that consumers run under, and the network that goes with each.

Every host is up under every policy, at an address that tells what kind it is: what strays arrives,
and is seen.
"""

from __future__ import annotations

import re

from endpoint_router.lab import Application
from endpoint_router.lab.network import Lab

REGION = "us-east-1"
#: Of the hosts that plain botocore asks, of FIPS hosts, of VPC endpoints, and of the hosts that
#: are public and no default: what arrives there was changed without need.
PUBLIC, FIPS, PRIVATE, TWIN = "52.94.0.10", "52.94.0.11", "10.20.0.10", "52.94.0.12"

SERVICES = ("dynamodb", "kms", "s3", "sqs", "sts")
_ID = "vpce-0123456789abcdef0-abcdefgh"
#: Whose endpoint is declared under the private policy. That of the others has private DNS.
_DECLARED = ("s3", "sqs")


def _entry(service: str) -> str:
    wildcard = "*." if service == "s3" else ""
    name = f"{wildcard}{_ID}.{service}.{REGION}.vpce.amazonaws.com"
    return f'[[vpc_endpoints]]\ntype = "interface"\ndns_names = ["{name}"]\n'


#: By name, as the file reads; with time for a busy machine to answer.
TEXTS = {
    name: f"version = 1\ndns.timeout = 30\n{text}"
    for name, text in {
        "fips": '[defaults]\nfips = "require"\n',
        "private": '[defaults]\nprivate = "require"\n' + "".join(map(_entry, _DECLARED)),
        "report": 'mode = "report"\n[defaults]\nfips = "require"\nprivate = "require"\n'
        '[log]\ndecisions = "decisions.jsonl"\n',
    }.items()
}
#: The address at which a program's requests must arrive.
WANTED = {"plain": PUBLIC, "fips": FIPS, "private": PRIVATE, "report": PUBLIC}


def fill(lab: Lab, policy: str, answer: Application) -> None:
    """Give *lab* AWS's hosts, as a machine sees them for which *policy* is written."""

    def host(name: str, address: str) -> None:
        lab.host(name, address, answer=answer)

    for service in SERVICES:
        private_dns = policy == "private" and service not in _DECLARED
        standard = TWIN if service == "s3" else PUBLIC
        host(f"{service}.{REGION}.amazonaws.com", PRIVATE if private_dns else standard)
        host(f"{service}-fips.{REGION}.amazonaws.com", FIPS)
        host(f"{_ID}.{service}.{REGION}.vpce.amazonaws.com", PRIVATE)
    host(f"*.s3.{REGION}.amazonaws.com", TWIN)
    host(f"*.s3-fips.{REGION}.amazonaws.com", FIPS)
    host(f"bucket.{_ID}.s3.{REGION}.vpce.amazonaws.com", PRIVATE)
    host(f"*.bucket.{_ID}.s3.{REGION}.vpce.amazonaws.com", PRIVATE)
    # What botocore names by default in this region, S3's, and what it does not, STS's.
    host("s3.amazonaws.com", PUBLIC)
    host("*.s3.amazonaws.com", PUBLIC)
    host("sts.amazonaws.com", TWIN)


_KNOWN = re.compile(rf"(?:(?:bucket\.)?{_ID}\.)?(\w+?)(?:-fips)?\.{REGION}\.(?:vpce\.)?amazonaws")


def standard_name(host: str) -> str:
    """The standard host of the same service and bucket as *host*: the one that moto knows."""
    return _KNOWN.sub(rf"\1.{REGION}.amazonaws", host)
