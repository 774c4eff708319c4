"""A lab with the servers that tests of the routed client share, and sessions that are routed to it.

What is asserted is what the lab's servers saw. Nothing of the router is replaced: the lab comes in
as :class:`~endpoint_router.router.World`, the way it does for the demo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router.lab import Addresses, Seen
from endpoint_router.lab.network import Lab
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from tests.support.sessions import new_session
from tests.support.wire import Caught

REGION = "us-east-1"

KMS = "kms.us-east-1.amazonaws.com"
KMS_FIPS = "kms-fips.us-east-1.amazonaws.com"
KMS_VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
KMS_FIPS_VPCE = "vpce-0123456789abcdef1-abcdefgh.kms-fips.us-east-1.vpce.amazonaws.com"
#: A FIPS host that only the ruleset names: ``endpoints.json`` does not list it.
SQS = "sqs.eu-west-1.amazonaws.com"
SQS_FIPS = "sqs-fips.eu-west-1.amazonaws.com"

#: No test waits for botocore's own delays between attempts.
ONE_ATTEMPT: Any = {"max_attempts": 0}


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Plain and FIPS hosts at public addresses, VPC endpoints at private ones."""
    with Lab() as lab:
        declare(lab)
        yield lab


def declare(lab: Lab) -> None:
    """Give *lab* the hosts that all tests may count on."""
    lab.host(KMS, "52.94.0.10")
    lab.host(KMS_FIPS, "52.94.0.11")
    lab.host(KMS_VPCE, "10.20.0.10")
    lab.host(KMS_FIPS_VPCE, "10.20.0.11")
    lab.host(SQS, "52.94.0.20")


def policy_for(lab: Lab, policy: Mapping[str, Any]) -> dict[str, Any]:
    """*policy* with the lab's DNS server, and a time limit that a busy machine can keep."""
    dns = {"servers": [lab.dns_server], "timeout": 15.0, **policy.get("dns", {})}
    return {**policy, "dns": dns}


def installed(lab: Lab, policy: Mapping[str, Any], environ: Mapping[str, str] = {}) -> Installation:
    """*policy* in a world whose network is the lab; not yet in force anywhere."""
    return Installation(policy_for(lab, policy), world=World(dialler=lab), environ=dict(environ))


def session_for(lab: Lab, policy: Mapping[str, Any], profile: str | None = None) -> Session:
    """A fresh botocore session whose clients are routed to the lab by *policy*."""
    session = new_session(profile=profile)
    # What AWS_CA_BUNDLE would set, for the clients that botocore makes inside itself too.
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installed(lab, policy)(session)
    return session


def client_for(
    lab: Lab,
    policy: Mapping[str, Any],
    service: str = "kms",
    region: str = REGION,
    config: Config | None = None,
    **arguments: Any,
) -> Any:
    """A routed client of a fresh session; one attempt only, unless *config* says otherwise."""
    session = session_for(lab, policy)
    one = Config(retries=ONE_ATTEMPT, connect_timeout=30, read_timeout=60)
    return session.create_client(
        service, region, config=one.merge(config) if config else one, **arguments
    )


def only(lab: Lab) -> Seen:
    """The one request that reached the lab's servers."""
    assert len(lab.seen) == 1, lab.seen
    return lab.seen[0]


def scope(seen: Seen) -> tuple[str, str]:
    """Signing name and region, as the server saw them."""
    return seen.service, seen.region


def hosts(lab: Lab) -> list[str]:
    """The Host header of every request, in order."""
    return [seen.host for seen in lab.seen]


def questions(lab: Lab, name: str) -> int:
    """How many A questions for *name* reached the lab's DNS server."""
    return sum(asked.name == name and asked.type == "A" for asked in lab.dns.questions)


def resolves(lab: Lab, name: str, *addresses: str) -> None:
    """Give *name* addresses at which nothing listens."""
    lab.zone.set(name, Addresses(addresses))


def catch(request: Any, **_: Any) -> None:
    """Handler for ``before-send``, for a client that exists already: ends the call there."""
    raise Caught(request)
