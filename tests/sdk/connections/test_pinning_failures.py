"""Confirmed addresses that fail: what a call costs, what is asked again, where it ends up."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    SSLError,
)

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Absent, Addresses, Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.routing.answer import Question
from endpoint_router.sdk.connections.confirmed import Confirmed
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, hosts, questions
from tests.support.pinning import (
    BUSY,
    HANGING,
    ONE,
    PRIVATE_DNS,
    PUBLIC,
    THREE,
    TWO,
    VPCE,
    VPCE_PREFERRED,
    addresses,
    arrived,
    at_servers,
    attempts,
    elapsed,
    no_pauses,
    pinned,
    private_dns,
)
from tests.support.renewing import Time, at, eventually

__all__ = ["no_pauses"]

ALL = (ONE, TWO, THREE)
HOWS: list[Any] = ["refused", "timeout"]


# --- some of several addresses


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("dead", ALL)
def test_one_dead_address_of_three_costs_no_call(lab: Lab, dead: str, how: Any) -> None:
    private_dns(lab, *ALL)
    lab.unreachable(dead, how)
    client = pinned(lab, PRIVATE_DNS, connect_timeout=HANGING)
    for _ in range(4):  # each address is the first one once
        assert elapsed(client.list_keys) < BUSY
        client.close()
    assert len(lab.seen) == 4
    assert {seen.address for seen in lab.seen} == {*ALL} - {dead}
    assert questions(lab, KMS) == 1  # nothing failed, so nothing is asked again
    assert addresses(lab).count(dead) <= 1  # others first, from then on


def test_two_dead_addresses_of_three_are_not_tried_in_turn(lab: Lab) -> None:
    private_dns(lab, *ALL)
    for dead in (ONE, THREE):
        lab.unreachable(dead, "timeout")
    client = pinned(lab, PRIVATE_DNS, connect_timeout=HANGING)
    for _ in range(5):
        client.list_keys()
        client.close()
    assert {seen.address for seen in lab.seen} == {TWO}
    assert len(lab.dialled) <= 7


@pytest.mark.parametrize("policy", [PRIVATE_DNS, {"defaults": {"fips": "require"}}])
def test_an_address_that_breaks_off_tls_is_put_behind(lab: Lab, policy: Any) -> None:
    """Pinned, and also where only ``dns.servers`` are the policy's."""
    private_dns(lab, *ALL)
    lab.host(KMS_FIPS, *ALL)
    lab.https.resetting.add(TWO)
    client = pinned(lab, policy)
    failed = 0
    for _ in range(8):
        try:
            client.list_keys()
        except (SSLError, ConnectionClosedError):
            failed += 1
        client.close()
    assert failed == 1
    assert addresses(lab).count(TWO) == 1
    assert {seen.address for seen in lab.seen} == {ONE, THREE}


def test_a_retry_of_the_same_call_goes_to_another_address(lab: Lab) -> None:
    private_dns(lab, *ALL)
    lab.https.resetting.update({ONE, THREE})
    client = pinned(lab, PRIVATE_DNS, retries=attempts(3, "standard"))
    client.list_keys()
    assert addresses(lab)[-1] == TWO
    assert len(addresses(lab)) == len(set(addresses(lab)))  # none of them twice


def test_addresses_that_failed_stay_behind_until_dns_confirms_them_again() -> None:
    confirmed = Confirmed(Question(KMS), ALL)
    assert confirmed.order() == [ONE, TWO, THREE]
    confirmed.put_behind((ONE,), TWO)
    confirmed.put_behind((THREE,), TWO)
    assert [confirmed.order()[0] for _ in range(3)] == [TWO] * 3
    confirmed.put_behind((TWO,), ONE)
    assert [confirmed.order()[0] for _ in range(3)] == [ONE] * 3
    confirmed.confirm_again(Question(KMS), ALL)
    assert {confirmed.order()[0] for _ in range(3)} == set(ALL)


def test_connections_are_spread_over_the_addresses(lab: Lab) -> None:
    private_dns(lab, *ALL)
    client = pinned(lab, PRIVATE_DNS)
    for _ in range(6):
        client.list_keys()
        client.close()
    assert sorted(addresses(lab)) == sorted(ALL * 2)


@pytest.mark.parametrize(("dead", "how"), [("v4", "refused"), ("v4", "timeout"), ("v6", "timeout")])
def test_one_family_of_two_is_dead(lab: Lab, dead: str, how: Any) -> None:
    families = {"v4": ONE, "v6": "fd00::31"}
    private_dns(lab, *families.values())
    lab.unreachable(families.pop(dead), how)
    client = pinned(lab, PRIVATE_DNS, connect_timeout=HANGING)
    for _ in range(2):
        assert elapsed(client.list_keys) < BUSY
        client.close()
    assert {seen.address for seen in lab.seen} == {*families.values()}


# --- all of them


def test_dead_addresses_share_the_connect_timeout(lab: Lab) -> None:
    private_dns(lab, *ALL)
    for address in ALL:
        lab.unreachable(address, "timeout")
    client = pinned(lab, PRIVATE_DNS, connect_timeout=3)
    caught: list[Exception] = []

    def call() -> None:
        with pytest.raises(ConnectTimeoutError) as raised:
            client.list_keys()
        caught.append(raised.value)

    assert 2.9 < elapsed(call) < 8.9  # one after the other would be nine seconds
    assert type(caught[0]) is ConnectTimeoutError
    assert sorted(addresses(lab)) == sorted(ALL)
    assert questions(lab, KMS) == 2  # renewed once, to the same


def test_refusals_are_botocores_own_error(lab: Lab) -> None:
    private_dns(lab, *ALL)
    for address in ALL:
        lab.unreachable(address)
    with pytest.raises(EndpointConnectionError) as caught:
        pinned(lab, PRIVATE_DNS).list_keys()
    assert type(caught.value) is EndpointConnectionError
    assert f"https://{KMS}/" in str(caught.value)
    assert sorted(addresses(lab)) == sorted(ALL)
    assert questions(lab, KMS) == 2


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize(("how", "error"), [("refused", EndpointConnectionError),
                                            ("timeout", ConnectTimeoutError)])  # fmt: skip
@pytest.mark.usefixtures("no_pauses")
def test_errors_of_connecting_are_retried_as_ever(
    lab: Lab, mode: str, how: Any, error: type[Exception]
) -> None:
    private_dns(lab, ONE)
    lab.unreachable(ONE, how)
    client = pinned(lab, PRIVATE_DNS, retries=attempts(3, mode), connect_timeout=0.2)
    with pytest.raises(error):
        client.list_keys()
    assert addresses(lab) == [ONE] * 3
    assert questions(lab, KMS) <= 4


@pytest.mark.usefixtures("no_pauses")
def test_a_retry_succeeds_as_soon_as_somebody_listens(lab: Lab) -> None:
    private_dns(lab, ONE)
    lab.unreachable(ONE)
    client = pinned(lab, PRIVATE_DNS, retries=attempts(3))
    client.meta.events.register("needs-retry.kms", lambda **_: private_dns(lab, ONE))
    client.list_keys()
    assert arrived(lab) == [(KMS, ONE)]


# --- what DNS says now


def moved(lab: Lab, *, policy: Any = PRIVATE_DNS, name: str = KMS, **config: Any) -> Any:
    """A client whose one connection is gone, and with it the only address that it knows."""
    lab.host(name, ONE, ttl=100)
    client = pinned(lab, policy, **config)
    client.list_keys()
    client.close()
    lab.unreachable(ONE)
    lab.dialled.clear()
    lab.seen.clear()
    return client


@pytest.mark.parametrize(("policy", "name"), [(PRIVATE_DNS, KMS), (VPCE, KMS_VPCE)])
def test_a_new_private_address_is_found_within_the_same_attempt(
    lab: Lab, policy: Any, name: str
) -> None:
    client = moved(lab, policy=policy, name=name)
    at(lab, name, TWO)
    client.list_keys()
    assert arrived(lab) == [(name, TWO)]
    assert addresses(lab) == [ONE, TWO]
    assert questions(lab, name) == 2
    client.close()
    client.list_keys()
    assert addresses(lab) == [ONE, TWO, TWO]
    assert questions(lab, name) == 2


def test_a_new_private_address_next_to_the_old_one(lab: Lab) -> None:
    client = moved(lab)
    lab.host(KMS, ONE, TWO)
    lab.unreachable(ONE)
    client.list_keys()
    assert arrived(lab) == [(KMS, TWO)]


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (Addresses((PUBLIC,)), "private.public_address"),
        (Addresses((TWO, PUBLIC)), "private.mixed"),
        (Absent(), "private.absent"),
    ],
)
def test_an_answer_that_is_not_private_any_more_is_never_dialled(
    lab: Lab, now: Any, code: str
) -> None:
    client = moved(lab)
    lab.host("other.example", TWO, PUBLIC, certificate=KMS)
    lab.zone.set(KMS, now)
    with pytest.raises(EndpointUnverified) as held_back:
        client.list_keys()
    assert held_back.value.code == "private.unverified"
    assert ONE in held_back.value.reason
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == code
    assert addresses(lab) == [ONE]
    assert lab.seen == []
    assert questions(lab, KMS) == 2


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_the_next_attempt_of_the_same_call_says_it_for_good(lab: Lab, mode: str) -> None:
    client = moved(lab, retries=attempts(4, mode))
    lab.zone.set(KMS, Addresses((PUBLIC,)))
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.public_address"
    assert addresses(lab) == [ONE]
    assert questions(lab, KMS) <= 3


def test_a_resolver_outage_changes_nothing_about_a_dead_address(lab: Lab) -> None:
    """What was confirmed stands, so the error is that of the connection."""
    client = moved(lab)
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    with pytest.raises(EndpointConnectionError) as caught:
        client.list_keys()
    assert type(caught.value) is EndpointConnectionError
    assert set(addresses(lab)) == {ONE}
    private_dns(lab, ONE)
    client.list_keys()
    assert arrived(lab) == [(KMS, ONE)]


def test_a_resolver_outage_does_not_hinder_what_was_confirmed(lab: Lab) -> None:
    private_dns(lab, ONE, TWO)
    client = pinned(lab, PRIVATE_DNS)
    client.list_keys()
    lab.dns.down()
    lab.unreachable(ONE)
    for _ in range(4):
        client.close()
        client.list_keys()
    assert len(lab.seen) == 5


# --- a VPC endpoint that is preferred


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.usefixtures("no_pauses")
def test_when_the_endpoint_dies_a_retry_goes_to_the_public_host(lab: Lab, how: Any) -> None:
    clock = Time()
    policy = {**VPCE_PREFERRED, "dns": {"timeout": 6.0}}
    client = pinned(lab, policy, clock, retries=attempts(2), connect_timeout=3)
    client.list_keys()
    client.close()
    lab.unreachable("10.20.0.10", how)
    client.list_keys()
    client.list_keys()
    assert hosts(lab) == [KMS_VPCE, KMS, KMS]
    lab.host(KMS_VPCE, "10.20.0.10")
    clock.passes(400)
    client.list_keys()
    eventually(lambda: client.list_keys() and hosts(lab)[-1] == KMS_VPCE)


def test_with_one_attempt_it_is_the_next_call_that_does(lab: Lab) -> None:
    client = pinned(lab, VPCE_PREFERRED)
    client.list_keys()
    client.close()
    lab.unreachable("10.20.0.10")
    with pytest.raises(EndpointConnectionError):
        client.list_keys()
    client.list_keys()
    assert hosts(lab) == [KMS_VPCE, KMS]


@pytest.mark.usefixtures("no_pauses")
def test_when_the_endpoints_name_becomes_public_a_retry_goes_to_the_public_host(lab: Lab) -> None:
    client = pinned(lab, VPCE_PREFERRED, retries=attempts(2))
    client.list_keys()
    client.close()
    lab.unreachable("10.20.0.10")
    lab.host("other.example", "52.94.0.66", certificate=KMS_VPCE)
    lab.zone.set(KMS_VPCE, Addresses(("52.94.0.66",)))
    client.list_keys()
    assert hosts(lab) == [KMS_VPCE, KMS]
    assert "52.94.0.66" not in addresses(lab)


def test_idle_connections_end_when_the_endpoint_is_given_up(lab: Lab) -> None:
    clock = Time()
    client = pinned(lab, VPCE_PREFERRED, clock)
    client.list_keys()
    assert at_servers(lab) == 1
    lab.zone.set(KMS_VPCE, Absent())
    clock.passes(1000)
    client.list_keys()
    assert hosts(lab) == [KMS_VPCE, KMS]
    eventually(lambda: at_servers(lab) == 1)  # the public host's
