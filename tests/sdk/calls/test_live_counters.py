"""What ``metrics()`` counts is what the lab's servers saw, with and without a decision log."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError
from endpoint_router.lab import Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.other_clients import resolve
from tests.support.children import forks, in_child
from tests.support.counting import Counting, Misled, counted_apart
from tests.support.lab_client import KMS, KMS_FIPS_VPCE, KMS_VPCE, SQS_FIPS, hosts
from tests.support.plain_wire import Wire
from tests.support.renewing import PLENTY, Time, eventually
from tests.support.report_mode import FIPS, PRIVATE, make, plain_session

PINNED = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
}
CALLS = 5


def sum_of(lines: Path) -> int:
    """Requests that a decision log stands for."""
    return sum(json.loads(line)["calls"] for line in lines.read_text("utf-8").splitlines())


# --- calls


@pytest.mark.parametrize(
    ("policy", "path"),
    [({}, "public"), (FIPS, "public"), (PINNED, "interface")],
    ids=["empty", "fips", "pinned"],
)
def test_every_request_that_is_sent(lab: Lab, policy: dict[str, Any], path: str) -> None:
    counting = Counting(lab, policy)
    client = counting.client()
    for _ in range(CALLS):
        client.list_keys()
    assert counting.calls() == {("allowed", "allowed", "kms", path): CALLS}
    assert len(hosts(lab)) == CALLS
    assert counting.by("mode") == {"enforce": CALLS}
    assert counting.by("fips_basis") == {"listed" if policy is FIPS else "none": CALLS}


def test_the_log_and_the_counters_agree(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "log"
    counting = Counting(lab, {**PINNED, "log": {"decisions": str(path)}})
    client = counting.client()
    for _ in range(CALLS):
        client.list_keys()
    for _ in range(3):
        with pytest.raises(EndpointDenied):
            counting.client("sqs", "eu-west-1").list_queues()
    client.generate_presigned_url("list_keys")
    resolve(f"https://{KMS}/", service="kms", policy=counting.installation)
    counting.recount()
    assert sum_of(path) == sum(counting.calls().values()) == CALLS + 3 + 2


def test_a_retry_is_a_call_more(lab: Lab) -> None:
    counting = Counting(lab, FIPS)
    client = counting.client(retries={"max_attempts": 2})
    failures = iter([True, False])
    client.meta.events.register(
        "needs-retry.kms.ListKeys", lambda **_: 0 if next(failures) else None
    )
    client.list_keys()
    assert counting.by("outcome") == {"allowed": len(hosts(lab))} == {"allowed": 2}


def test_a_presigned_url_is_a_call(lab: Lab) -> None:
    counting = Counting(lab, FIPS)
    client = counting.client("sts")
    for _ in range(CALLS):
        client.generate_presigned_url("get_caller_identity")
    assert counting.by("service") == {"sts": CALLS}
    assert hosts(lab) == []


def test_a_policy_comes_after_another_and_counts_go_on(lab: Lab) -> None:
    counting = Counting(lab, {})
    counting.client().list_keys()
    other = Counting(lab, PINNED)
    other.installation.world = counting.installation.world
    other.client().list_keys()
    assert counting.by("path") == {"public": 1, "interface": 1}
    assert other.by("path") == {}


def test_eight_threads_lose_no_call(lab: Lab) -> None:
    """On one client: all of them add to one number."""
    counting = Counting(lab, PINNED)
    client = counting.client(max_pool_connections=8)
    client.list_keys()

    def call() -> None:
        for _ in range(25):
            client.list_keys()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counting.calls().values()) == len(hosts(lab)) == 1 + 8 * 25


@forks
def test_a_child_begins_at_zero_and_counts_what_it_sends_itself(lab: Lab) -> None:
    counting = Counting(lab, FIPS)
    client = counting.client("sts")
    client.generate_presigned_url("get_caller_identity")
    assert sum(counting.calls().values()) == 1

    def in_the_child() -> bool:
        before = sum(counting.calls().values()), counting.lookups()
        client.generate_presigned_url("get_caller_identity")
        return before == (0, {}) and sum(counting.calls().values()) == 1

    assert in_child(in_the_child)
    assert sum(counting.calls().values()) == 1


# --- refusals


def test_refusals_are_counted_by_code_each_time(lab: Lab) -> None:
    counting = Counting(lab, PRIVATE)
    client = counting.client()
    for _ in range(3):
        with pytest.raises(EndpointDenied) as caught:
            client.list_keys()
    assert counting.calls() == {("denied", caught.value.code, "kms", "none"): 3}
    assert (counting.read().denied, counting.read().unverified) == (3, 0)
    assert hosts(lab) == []


def test_what_dns_leaves_unverified(lab: Lab) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    counting = Counting(lab, PRIVATE)
    with pytest.raises(EndpointUnverified) as caught:
        counting.client().list_keys()
    assert counting.calls() == {("unverified", caught.value.code, "kms", "none"): 1}
    assert (counting.read().denied, counting.read().unverified) == (0, 1)
    assert counting.by("evidence") == {"failed": 1}
    assert counting.lookups() == {"failed": 1}


def test_a_request_that_is_changed_after_it_was_signed(lab: Lab) -> None:
    counting = Counting(lab, FIPS)
    client = counting.client()

    def change(request: Any, **_: Any) -> None:
        request.url = request.url.replace("kms-fips", "kms")

    client.meta.events.register("before-send.kms.*", change)
    with pytest.raises(EndpointDenied) as caught:
        client.list_keys()
    assert counting.calls() == {("denied", "guard.changed", "kms", "none"): 1}
    assert caught.value.code == "guard.changed"


def test_a_connection_that_is_refused_is_no_allowed_call_besides(lab: Lab) -> None:
    counting = Counting(lab, PINNED, dialler=Misled(lab))
    with pytest.raises(EndpointDenied):
        counting.client().list_keys()
    assert counting.calls() == {("denied", "private.peer", "kms", "none"): 1}
    assert hosts(lab) == []


def test_a_policy_that_cannot_be_used(lab: Lab) -> None:
    installation = Installation({"defaults": {"fisp": "require"}}, environ={})
    counters = counted_apart(installation)
    session = plain_session(lab)
    installation(session)
    client = make(session, "kms")
    with pytest.raises(PolicyError) as caught:
        client.list_keys()
    ((kind, count),) = counters.calls.items()
    assert (kind.outcome, kind.code, kind.service) == ("denied", caught.value.code, "kms")
    assert count.calls == 1


# --- report mode, where nothing is refused


@pytest.mark.parametrize("logged", [True, False], ids=["with a log", "without"])
def test_report_mode_counts_what_enforce_would_do(lab: Lab, tmp_path: Path, logged: bool) -> None:
    log = {"log": {"decisions": str(tmp_path / "log")}} if logged else {}
    counting = Counting(lab, {**PRIVATE, **log, "mode": "report"})
    client = Wire().lead(counting.client(), lab)
    for _ in range(CALLS):
        client.list_keys()
    told = {("denied", "private.public_address", "kms", "none"): CALLS}
    assert counting.calls() == told
    assert counting.by("mode") == {"report": CALLS}
    # Nobody was refused.
    assert (counting.read().denied, hosts(lab)) == (0, [KMS] * CALLS)


def test_what_report_mode_cannot_tell_yet_is_counted_when_it_can(lab: Lab, tmp_path: Path) -> None:
    clock, told, path = Time(), threading.Event(), tmp_path / "log"
    policy = {**PRIVATE, "mode": "report", "log": {"decisions": str(path)}}

    def lookup(name: str, timeout: float) -> Answer:
        if name != KMS:  # as if DNS were away: nobody waits for it from then on
            return Answer(name, "failed")
        assert told.wait(PLENTY)
        return Answer(name, "answered", ("52.94.0.10",), ttl=60.0)

    counting = Counting(lab, policy, clock=clock, lookup=lambda _servers: lookup)
    Wire().lead(counting.client("sqs", "eu-west-1"), lab).list_queues()
    client = Wire().lead(counting.client(), lab)
    for _ in range(CALLS):
        client.list_keys()
    assert counting.by("service") == {"sqs": 1}
    told.set()
    # What fails is asked for again after a moment.
    eventually(lambda: counting.lookups().get("public") == 1)
    clock.passes(16)  # longer than a look-up takes
    client.list_keys()
    assert counting.by("service") == {"sqs": 1, "kms": CALLS + 1}
    assert counting.by("outcome") == {"unverified": 1, "denied": CALLS + 1}
    counting.recount()
    assert sum_of(path) == CALLS + 2


# --- look-ups


def _in_vain(renewals: dict[str, int]) -> int:
    return renewals["kept"] + renewals["stale"]


def test_look_ups_are_those_that_the_dns_server_saw(lab: Lab) -> None:
    counting = Counting(
        lab,
        {
            "defaults": {"private": "prefer", "fips": "prefer"},
            "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}],
        },
    )
    counting.client().list_keys()
    counting.client("sqs", "eu-west-1").list_queues()

    def asked() -> list[str]:
        return [question.name for question in lab.dns.questions if question.type == "A"]

    # They are counted when they end: perhaps after the call that did not need them.
    eventually(lambda: sum(counting.lookups().values()) == len(asked()))
    told = counting.lookups()
    assert {*asked()} >= {KMS_FIPS_VPCE, SQS_FIPS}
    assert told["private-address"] == 1
    assert told["absent"] == 1
    (private,) = (each for each in counting.read().lookups if each.verdict == "private-address")
    assert 0 < private.seconds < 15
    assert private.within[-1] in ((5.0, 0), (5.0, 1))


def test_renewals_and_what_is_used_past_its_ttl(lab: Lab) -> None:
    clock = Time()
    lab.host(KMS, "10.20.0.12", ttl=100)
    counting = Counting(lab, {**PRIVATE, "dns": {"max_stale": 3600}}, clock=clock)
    client = counting.client()
    client.list_keys()
    assert (counting.renewals(), counting.by("evidence")) == ({}, {"fresh": 1})

    clock.passes(80)  # in the background
    client.list_keys()
    eventually(lambda: counting.renewals() == {"renewed": 1})

    lab.zone.set(KMS, Rcode("SERVFAIL"))
    clock.passes(80)
    client.list_keys()
    eventually(lambda: counting.renewals() == {"renewed": 1, "kept": 1})
    assert counting.read().stale_use == 0

    clock.passes(60)  # by now it has run out
    client.list_keys()
    eventually(lambda: counting.renewals().get("stale", 0) >= 1)
    assert counting.read().stale_use == counting.by("evidence")["stale"] == 1
    eventually(lambda: counting.lookups()["failed"] == _in_vain(counting.renewals()))

    clock.passes(7200)  # and now nobody stands for it
    with pytest.raises(EndpointUnverified):
        client.list_keys()
    assert counting.read().unverified == 1
