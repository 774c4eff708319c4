"""A resolver that fails: what stands, what is retried, and how soon calls pass again.

botocore's pauses between attempts are recorded and cut short; that is where outages end here.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from endpoint_router import EndpointUnverified
from endpoint_router.lab import Absent, Rcode, Silent
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, SQS_FIPS, hosts, questions
from tests.support.renewing import Time, answers, eventually, timed_client

ADDRESS = "10.20.0.12"
PRIVATE_DNS: dict[str, Any] = {"defaults": {"private": "require"}}
#: Seconds that the policy lets a good answer stand, and the TTL of what the lab answers.
MAX_STALE, TTL = 3600, 100

#: For a silent resolver one waits so long; a call that does not wait never takes it. Seconds.
SILENCE = 2.0

MODES = ["legacy", "standard", "adaptive"]


class Pauses(list[float]):
    """How long botocore meant to sleep before each retry, and what happens meanwhile."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.append(seconds)
        self.meanwhile()
        time.sleep(0.05)  # the shortest pause in which a look-up under way should land


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    pauses = Pauses()
    clock = SimpleNamespace(time=time.time, sleep=pauses.sleep)
    monkeypatch.setattr("botocore.endpoint.time", clock)
    return pauses


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture(autouse=True)
def private_dns(lab: Lab) -> None:
    lab.host(KMS, ADDRESS, ttl=TTL)


def client_for(
    lab: Lab, clock: Time, *, attempts: int, mode: str = "standard", timeout: float = 15.0
) -> Any:
    """A client of KMS that has a mode of retries, and so many attempts for a call.

    :param timeout: what a call waits for a resolver that is silent; where it answers, enough for
        any machine. Seconds.
    """
    policy = {**PRIVATE_DNS, "dns": {"timeout": timeout, "max_stale": MAX_STALE}}
    retries = {"mode": mode, "total_max_attempts": attempts}
    return timed_client(lab, policy, clock, retries=retries)


# --- retries


@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_verified_is_retried_and_asked_again_each_time(
    lab: Lab, clock: Time, pauses: Pauses, mode: str
) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    client = client_for(lab, clock, attempts=3, mode=mode)
    with pytest.raises(EndpointUnverified) as caught:
        client.list_keys()
    assert caught.value.code == "private.unverified"
    assert len(pauses) == 2
    assert questions(lab, KMS) >= 3
    assert hosts(lab) == []


@pytest.mark.parametrize("mode", MODES)
def test_a_call_recovers_within_one_pause_after_the_resolver_returns(
    lab: Lab, clock: Time, pauses: Pauses, mode: str
) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    client = client_for(lab, clock, attempts=4, mode=mode)

    def after_the_second_attempt() -> None:
        if len(pauses) == 2:
            answers(lab, KMS, ADDRESS, ttl=TTL)

    pauses.meanwhile = after_the_second_attempt
    client.list_keys()
    assert len(pauses) == 2
    assert hosts(lab) == [KMS]


@pytest.mark.parametrize("mode", MODES)
def test_a_call_that_has_waited_in_vain_recovers_as_well(
    lab: Lab, clock: Time, pauses: Pauses, mode: str
) -> None:
    """The first attempt has used up the time for DNS: what a retry asks, the next one uses."""
    lab.zone.set(KMS, Silent())
    client = client_for(lab, clock, attempts=5, mode=mode, timeout=SILENCE)
    pauses.meanwhile = lambda: answers(lab, KMS, ADDRESS, ttl=TTL)
    client.list_keys()
    assert 1 <= len(pauses) <= 3
    assert hosts(lab) == [KMS]


def test_after_the_outage_the_next_call_passes_at_once(
    lab: Lab, clock: Time, pauses: Pauses
) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    client = client_for(lab, clock, attempts=1)
    with pytest.raises(EndpointUnverified):
        client.list_keys()
    answers(lab, KMS, ADDRESS, ttl=TTL)
    clock.passes(0.5)  # failure_ttl
    client.list_keys()
    assert hosts(lab) == [KMS]
    assert pauses == []


# --- stale answers


@pytest.mark.parametrize("outage", [Rcode("SERVFAIL"), Rcode("REFUSED"), Silent()], ids=repr)
def test_an_outage_longer_than_the_ttl_loses_no_call(
    lab: Lab, clock: Time, pauses: Pauses, outage: Any
) -> None:
    client = client_for(lab, clock, attempts=1, timeout=SILENCE)
    client.list_keys()
    lab.zone.set(KMS, outage)
    for _ in range(8):
        clock.passes(60)
        client.list_keys()
    assert questions(lab, KMS) > 1
    answers(lab, KMS, ADDRESS, ttl=TTL)
    clock.passes(10)
    client.list_keys()
    assert hosts(lab) == [KMS] * 10


def test_in_an_outage_only_the_first_call_waits_for_dns(
    lab: Lab, clock: Time, pauses: Pauses
) -> None:
    client = client_for(lab, clock, attempts=1, timeout=SILENCE)
    client.list_keys()
    lab.zone.set(KMS, Silent())
    clock.passes(TTL)
    client.list_keys()  # waits: the answer has expired
    waits: list[float] = []
    asked = questions(lab, KMS)
    for _ in range(20):
        clock.passes(0.6)  # longer than failure_ttl: each call begins a look-up, if none is on
        began = time.monotonic()
        client.list_keys()
        waits.append(time.monotonic() - began)
    eventually(lambda: questions(lab, KMS) > asked)
    assert statistics.median(waits) < SILENCE / 2
    assert hosts(lab) == [KMS] * 22


def test_a_good_answer_stands_until_max_stale_and_no_longer(
    lab: Lab, clock: Time, pauses: Pauses
) -> None:
    client = client_for(lab, clock, attempts=1)
    client.list_keys()
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    clock.passes(TTL)
    client.list_keys()
    clock.passes(MAX_STALE - 10)
    client.list_keys()
    clock.passes(20)
    with pytest.raises(EndpointUnverified) as caught:
        client.list_keys()
    assert caught.value.code == "private.unverified"
    assert hosts(lab) == [KMS] * 3
    answers(lab, KMS, ADDRESS, ttl=TTL)
    clock.passes(1)
    client.list_keys()


def test_an_absence_never_stands_when_its_renewal_fails(
    lab: Lab, clock: Time, pauses: Pauses
) -> None:
    """An absence lets a call leave FIPS where that is preferred, so it ends with its TTL."""
    lab.zone.set(SQS_FIPS, Absent(ttl=60))
    client = timed_client(lab, {"defaults": {"fips": "prefer"}}, clock, "sqs", "eu-west-1")
    client.list_queues()
    assert hosts(lab) == ["sqs.eu-west-1.amazonaws.com"]
    lab.zone.set(SQS_FIPS, Rcode("SERVFAIL"))
    clock.passes(60)
    with pytest.raises(Exception, match="sqs-fips") as caught:
        client.list_queues()
    assert type(caught.value).__name__ in ("EndpointConnectionError", "EndpointUnverified")
    assert len(hosts(lab)) == 1
