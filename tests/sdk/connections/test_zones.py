"""Zonal names against servers: where connections go, and what happens when a zone is down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router import EndpointUnverified, explain
from endpoint_router.aws.zone import Zone
from endpoint_router.lab import Absent, Addresses, Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.installation import Installation
from tests.kinds.table import interface, policy, vpce, world
from tests.support.asked import asked
from tests.support.lab_client import KMS, REGION, hosts, installed, only, questions
from tests.support.pinning import no_pauses
from tests.support.renewing import Time

__all__ = ["no_pauses"]

ID = "vpce-0123456789abcdef0-abcdefgh"
REGIONAL = f"{ID}.kms.us-east-1.vpce.amazonaws.com"
HERE = f"{ID}-us-east-1a.kms.us-east-1.vpce.amazonaws.com"
THERE = f"{ID}-us-east-1b.kms.us-east-1.vpce.amazonaws.com"
AT_HERE, AT_THERE = "10.20.1.5", "10.20.2.5"
POLICY: dict[str, Any] = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [REGIONAL, HERE, THERE]}],
    "network": {"zone": "us-east-1a"},
}
#: Longer than a busy machine takes to connect; where an address hangs, it is waited for. Seconds.
CONNECT = 3.0
ASKED: dict[str, Any] = {**POLICY, "network": {}}


class Platform:
    """The platform's metadata: counts who asks."""

    def __init__(self, zone: Zone) -> None:
        self.zone, self.asked = zone, 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, timeout: float) -> Zone:
        self.asked += 1
        return self.zone if self.may_answer.wait(timeout) else Zone(source="no answer in time")


def client_in(
    lab: Lab,
    policy: dict[str, Any],
    clock: Callable[[], float] | None = None,
    zone: Callable[[float], Zone] | None = None,
    attempts: int = 1,
) -> Any:
    lab.host(REGIONAL, AT_HERE, AT_THERE)
    lab.host(HERE, AT_HERE)
    lab.host(THERE, AT_THERE)
    installation = installed(lab, policy)
    world = replace(installation.world, clock=clock) if clock else installation.world
    installation.world = replace(world, zone=zone) if zone else world
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installation(session)
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT,
        read_timeout=60,
    )
    return session.create_client("kms", REGION, config=config)


def test_the_own_zone_comes_first(lab: Lab) -> None:
    client_in(lab, POLICY).list_keys()
    assert (only(lab).host, only(lab).address) == (HERE, AT_HERE)


def test_by_address_only_the_own_zone_is_dialled(lab: Lab) -> None:
    policy = {**POLICY, "vpc_endpoints": [{**POLICY["vpc_endpoints"][0], "connect": "address"}]}
    lab.host("certificate.example", AT_HERE, certificate=KMS)
    client = client_in(lab, policy)
    for _ in range(3):
        client.list_keys()
        client.close()
    assert {(seen.host, seen.sni, seen.address) for seen in lab.seen} == {(KMS, KMS, AT_HERE)}


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("how", ["refused", "timeout"])
def test_a_zone_that_stops_connecting_and_returns(lab: Lab, how: Any) -> None:
    time = Time()
    client = client_in(lab, {**POLICY, "dns": {"timeout": 6.0}}, time, attempts=3)
    client.list_keys()
    client.close()
    lab.unreachable(AT_HERE, how)
    client.list_keys()  # no call is lost: the second attempt goes to the regional name
    assert hosts(lab) == [HERE, REGIONAL]
    assert lab.seen[-1].address == AT_THERE
    client.list_keys()
    lab.host(HERE, AT_HERE)  # it listens again
    time.passes(301)  # longer than any TTL
    client.list_keys()
    assert hosts(lab) == [HERE, REGIONAL, REGIONAL, HERE]


@pytest.mark.parametrize("gone", [Absent(), Rcode("SERVFAIL"), Addresses(("52.94.0.77",))], ids=str)
def test_a_zone_that_stops_resolving_and_returns(lab: Lab, gone: Any) -> None:
    time = Time()
    client = client_in(lab, {**POLICY, "dns": {"max_stale": 0}}, time)
    client.list_keys()
    lab.zone.set(HERE, gone)
    time.passes(301)
    client.list_keys()
    lab.zone.set(HERE, Addresses((AT_HERE,)))
    time.passes(301)
    client.list_keys()
    assert hosts(lab) == [HERE, REGIONAL, HERE]


def test_only_zonal_names_and_none_connects(lab: Lab) -> None:
    """Nothing is left, so the refusal is one that a retry may lift."""
    endpoints = [{"type": "interface", "dns_names": [name]} for name in (HERE, THERE)]
    time = Time()
    client = client_in(lab, {**POLICY, "vpc_endpoints": endpoints}, time)
    for address in (AT_HERE, AT_THERE):
        lab.unreachable(address, "refused")
    time.passes(301)
    with pytest.raises(EndpointUnverified, match="accepts no connections on port 443"):
        client.list_keys()
    assert lab.seen == []


# --- the platform is asked


def test_the_platform_is_asked_once_for_all_clients(lab: Lab) -> None:
    platform = Platform(Zone("us-east-1b", "use1-az6"))
    client = client_in(lab, ASKED, zone=platform)
    client.list_keys()
    client.describe_key(KeyId="k")
    assert hosts(lab) == [THERE, THERE]
    assert platform.asked == 1


def test_nobody_is_asked_where_no_name_is_zonal(lab: Lab) -> None:
    platform = Platform(Zone("us-east-1a"))
    plain = {**ASKED, "vpc_endpoints": [{"type": "interface", "dns_names": [REGIONAL]}]}
    client_in(lab, plain, zone=platform).list_keys()
    assert platform.asked == 0
    assert questions(lab, HERE) == 0


def test_a_silent_platform_costs_no_more_than_the_deadline(lab: Lab) -> None:
    platform = Platform(Zone("us-east-1a"))
    platform.may_answer.clear()
    time = Time()
    client = client_in(lab, {**ASKED, "dns": {"timeout": 4.0}}, time, zone=platform)
    client.list_keys()
    assert hosts(lab) == [REGIONAL]
    client.list_keys()
    assert platform.asked == 1


def test_explain_names_the_zone_and_who_said_so(lab: Lab) -> None:
    lab.host(HERE, AT_HERE)
    decision = explain("kms", region=REGION, policy=installed(lab, POLICY))
    assert decision.host == HERE
    assert str(decision.zone) == "us-east-1a"
    assert "in the same zone (us-east-1a)" in decision.reason
    assert "network.zone" in decision.zone.source


# --- without servers

ZONAL = vpce("kms").replace("-abcdefgh.", "-abcdefgh-us-east-1{}.")


def _silent(timeout: float) -> Zone:
    time.sleep(timeout)
    return Zone(source="nobody answers")


def test_a_platform_that_does_not_answer_leaves_time_for_dns() -> None:
    declared = {
        **policy(interface(vpce("kms"), ZONAL.format("a")), private="require"),
        "dns": {"timeout": 3.0},
    }
    there = replace(world({}), zone=_silent)
    decision = asked("https://kms.us-east-1.amazonaws.com/", declared, there)
    assert decision.host == vpce("kms")
    installation = Installation(declared, world=there, environ={})
    told = explain("kms", "ListKeys", region="us-east-1", session=Session(), policy=installation)
    assert (told.outcome, told.host) == ("allowed", vpce("kms"))


def test_the_zone_of_an_endpoint_is_that_of_its_first_name() -> None:
    names = [vpce("kms"), ZONAL.format("a"), ZONAL.format("b")]
    declared = {
        **policy(interface(*names, zone="use1-az1"), private="require"),
        "network": {"zone": "use1-az1"},
    }
    decision = asked("https://kms.us-east-1.amazonaws.com/", declared)
    assert {one.candidate.host for one in decision.candidates} == {
        vpce("kms"),
        "kms.us-east-1.amazonaws.com",
    }
