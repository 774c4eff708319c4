"""Which decisions botocore tries again: what is unverified, for a bounded time; a denial never."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import ByType, Delayed, Empty, Rcode, Silent
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, client_for, only


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_what_is_unverified_is_tried_again_and_asks_dns_again(lab: Lab, mode: str) -> None:
    lab.host(KMS, "10.20.0.12")
    answer = lab.zone.find(KMS)
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    policy = {"defaults": {"private": "require"}, "dns": {"timeout": 10, "failure_ttl": 60}}
    config = Config(retries={"mode": mode, "total_max_attempts": 2})
    client = client_for(lab, policy, config=config)
    attempts: list[int] = []

    def dns_comes_back(**_: Any) -> None:
        attempts.append(1)
        if len(attempts) == 2:
            lab.zone.set(KMS, answer)

    client.meta.events.register_first("request-created.kms", dns_comes_back)
    client.list_keys()
    assert len(attempts) == 2
    assert only(lab).address == "10.20.0.12"


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_what_stays_unverified_uses_up_its_attempts(lab: Lab, mode: str) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    config = Config(retries={"mode": mode, "total_max_attempts": 2})
    client = client_for(lab, {"defaults": {"private": "require"}}, config=config)
    attempts: list[int] = []
    client.meta.events.register_first("request-created.kms", lambda **_: attempts.append(1))
    with pytest.raises(EndpointUnverified):
        client.list_keys()
    assert len(attempts) == 2
    assert lab.seen == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_a_denial_is_tried_once(lab: Lab, mode: str) -> None:
    config = Config(retries={"mode": mode, "total_max_attempts": 3})
    client = client_for(lab, {"defaults": {"private": "require"}}, config=config)
    attempts: list[int] = []
    client.meta.events.register_first("request-created.kms", lambda **_: attempts.append(1))
    with pytest.raises(EndpointDenied):
        client.list_keys()
    assert len(attempts) == 1
    assert lab.seen == []


def test_all_attempts_together_wait_less_than_twice_the_timeout(lab: Lab) -> None:
    """Each half as long as the one before it; and the reason tells of a wait that took place."""
    lab.zone.set(KMS, Delayed(300, Empty()))
    policy = {"defaults": {"private": "require"}, "dns": {"timeout": 0.5}}
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = client_for(lab, policy, config=config)
    started = time.monotonic()
    with pytest.raises(EndpointUnverified) as caught:
        client.list_keys()
    waited = re.search(r"no answer within ([\d.]+) s", caught.value.reason)
    assert waited
    assert float(waited[1]) > 0
    # Less than one second by ourselves; botocore's own delays between the attempts are random, and
    # a machine may do much else. Whoever waits for the answer waits for minutes.
    assert time.monotonic() - started < 30
    assert lab.seen == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_a_resolver_slower_than_the_timeout_is_heard_by_the_retry(lab: Lab, mode: str) -> None:
    lab.host(KMS, "10.20.0.12")
    lab.zone.set(KMS, Delayed(2.3, lab.zone.find(KMS)))
    policy = {"defaults": {"private": "require"}, "dns": {"timeout": 2.0}}
    # Together they wait for nearly four seconds.
    config = Config(retries={"mode": mode, "total_max_attempts": 6})
    client_for(lab, policy, config=config).list_keys()
    assert only(lab).address == "10.20.0.12"


def test_one_family_that_is_filtered_fails_no_attempt(lab: Lab) -> None:
    """The first call of a process, and its only attempt."""
    lab.host(KMS, "10.20.0.12")
    lab.zone.set(KMS, ByType(a=lab.zone.find(KMS), aaaa=Silent()))
    policy = {"defaults": {"private": "require"}, "dns": {"timeout": 3.0}}
    client_for(lab, policy).list_keys()
    assert only(lab).address == "10.20.0.12"
