"""``mode = "report"``: calls go as ever, the decision log says what enforce would do."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.lab import Absent
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import load
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.check import check_policy
from endpoint_router.sdk.activation.installation import Installation
from tests.support.decisions import records
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    ONE_ATTEMPT,
    SQS,
    SQS_FIPS,
    hosts,
    installed,
    policy_for,
    questions,
    session_for,
)
from tests.support.own_service import OWN, teach
from tests.support.plain_wire import Wire
from tests.support.renewing import PLENTY
from tests.support.report_mode import (
    FIPS,
    PRIVATE,
    SERVICES,
    client_of,
    log,
    make,
    only,
    plain_session,
    reporting,
)

__all__ = ["log"]

# --- what is recorded


def test_what_enforce_would_do_is_recorded(lab: Lab, log: Path) -> None:
    client = client_of(lab, log, FIPS)
    client.list_keys()
    record = only(log)
    assert (record["outcome"], record["host"], record["sent"]) == ("allowed", KMS_FIPS, KMS)
    assert hosts(lab) == [KMS]


def test_a_call_that_enforce_would_refuse_is_sent_and_recorded(lab: Lab, log: Path) -> None:
    client = client_of(lab, log, PRIVATE)
    client.list_keys()
    record = only(log)
    assert (record["outcome"], record["code"]) == ("denied", "private.public_address")
    assert record["sent"] == KMS
    assert hosts(lab) == [KMS]


def test_a_call_that_fails_is_recorded(lab: Lab, log: Path) -> None:
    """The NAT may have gone already."""
    client = client_of(lab, log, FIPS)
    lab.unreachable("52.94.0.10")
    with pytest.raises(EndpointConnectionError):
        client.list_keys()
    assert only(log)["host"] == KMS_FIPS


def test_a_thousand_calls_are_one_line(lab: Lab, log: Path) -> None:
    lab.host(KMS, "52.94.0.10", ttl=3600)  # longer than a busy machine takes for them
    client = client_of(lab, log, PRIVATE)
    asked = []
    for number in range(1000):
        client.list_keys()
        if number in (0, 999):
            asked.append(questions(lab, KMS))
    assert len(records(log)) == 1
    assert asked == [1, 1]


def test_clients_of_one_policy_share_what_was_written(lab: Lab, log: Path) -> None:
    session = session_for(lab, reporting(log, FIPS))
    for _ in range(3):
        Wire().lead(make(session, "kms"), lab).list_keys()
    assert len(records(log)) == 1


def test_each_operation_and_each_kind_of_bucket_host_is_one_line(lab: Lab, log: Path) -> None:
    lab.host("*.s3.us-west-2.amazonaws.com", "52.94.1.1")
    client = Wire().lead(make(session_for(lab, reporting(log, FIPS)), "s3", "us-west-2"), lab)
    for bucket in ("one-bucket", "two-bucket", "three-bucket"):
        client.put_object(Bucket=bucket, Key="k")
        client.get_object(Bucket=bucket, Key="k")
    assert sorted(one["operation"] for one in records(log)) == ["GetObject", "PutObject"]
    assert "-bucket" not in log.read_text()


def test_a_changed_answer_is_another_line(lab: Lab, log: Path) -> None:
    now = [1000.0]
    policy = {**policy_for(lab, reporting(log, FIPS)), "defaults": {"fips": "prefer"}}
    session = plain_session(lab)
    Installation(policy, world=World(clock=lambda: now[0]), environ={})(session)
    lab.zone.set(SQS_FIPS, Absent(ttl=60))
    client = Wire().lead(make(session, "sqs", "eu-west-1"), lab)
    client.list_queues()
    assert [one["fips_basis"] for one in records(log)] == [""]
    lab.host(SQS_FIPS, "52.94.1.9")
    now[0] += 61
    until = time.monotonic() + PLENTY
    while len(records(log)) == 1 and time.monotonic() < until:
        client.list_queues()  # never waits, so one of the next calls tells
        now[0] += 3
    assert [one["code"] for one in records(log)] == ["allowed", "allowed"]
    assert [one["host"] for one in records(log)] == [SQS, SQS_FIPS]


def test_without_a_ruleset_the_url_itself_is_judged(lab: Lab, log: Path, tmp_path: Path) -> None:
    lab.host(OWN, "52.94.1.7")
    session = session_for(lab, reporting(log, FIPS))
    teach(session, tmp_path)
    Wire().lead(make(session, "own"), lab).do()
    record = only(log)
    assert (record["operation"], record["outcome"]) == ("Do", "denied")
    assert record["sent"] == OWN


# --- what it costs


def test_a_dead_dns_slows_the_first_call_only(lab: Lab, log: Path) -> None:
    """Each other operation is a decision of its own, but who waited once in vain waits no more."""
    silent, timeout = threading.Event(), 2.0

    def lookup(name: str, seconds: float) -> Answer:
        silent.wait(5 * PLENTY)
        return Answer(name, "failed", detail="SERVFAIL")

    policy = {**reporting(log, PRIVATE), "dns": {"timeout": timeout}}
    session = plain_session(lab)
    Installation(policy, world=World(lookup=lambda _dns: lookup), environ={})(session)
    client = Wire().lead(make(session, "kms"), lab)
    client.list_keys()
    assert len(records(log)) == 1
    began = time.monotonic()
    for _ in range(5):
        client.list_keys()
        client.list_aliases()
        client.list_grants(KeyId="a")
        client.list_retirable_grants(RetiringPrincipal="a")
    # Three operations are new.
    assert time.monotonic() - began < 3 * timeout
    silent.set()


def test_nothing_waits_before_the_request_is_sent(lab: Lab, log: Path) -> None:
    order: list[str] = []

    def lookup(name: str, seconds: float) -> Answer:
        sent.wait(PLENTY)
        order.append("answered")
        return Answer(name, "answered", ("52.94.0.11",), ttl=60)

    sent = threading.Event()
    session = plain_session(lab)
    world = World(lookup=lambda _dns: lookup)
    Installation({**reporting(log, PRIVATE), "dns": {"timeout": 60}}, world=world, environ={})(
        session
    )
    client = Wire().lead(make(session, "kms"), lab)

    def received(**_: Any) -> None:
        order.append("received")

    def before_send(**_: Any) -> None:
        order.append("sent")
        # Only what comes after the response can let the look-up go on.
        threading.Timer(0.2, sent.set).start()

    client.meta.events.register("before-send.kms", before_send)
    client.meta.events.register("response-received.kms", received)
    client.list_keys()
    assert order == ["sent", "answered", "received"]
    assert only(log)["outcome"] == "denied"


def test_our_own_failure_costs_no_call(
    lab: Lab, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    days = [datetime.date(2026, 1, 1)]  # the policy is loaded on this one

    def broken_today() -> datetime.date:
        if not days:
            raise RuntimeError("no calendar")
        return days.pop()

    session = plain_session(lab)
    world = World(today=broken_today)
    Installation(policy_for(lab, reporting(log, FIPS)), world=world, environ={})(session)
    client = Wire().lead(make(session, "kms"), lab)
    client.list_keys()
    client.list_aliases()
    assert hosts(lab) == [KMS, KMS]
    errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert errors[0].exc_info
    assert "no calendar" in caplog.text


# --- where it stands


def test_undo_is_exact(lab: Lab, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
    client = make(plain_session(lab), "kms")
    parts = [client._endpoint, client._endpoint.http_session, client._request_signer]
    parts.append(client._ruleset_resolver)
    before = [dict(vars(part)) for part in parts]
    endpoint_router.attach(client, policy_for(lab, reporting(log, FIPS)))
    try:
        assert [dict(vars(part)) for part in parts] != before
        Wire().lead(client, lab).list_keys()
        assert only(log)["sent"] == KMS
    finally:
        endpoint_router.uninstall()
    after = [dict(vars(part)) for part in parts]
    assert after == before


def test_stubber_works(lab: Lab, log: Path) -> None:
    client = client_of(lab, log, PRIVATE)
    with Stubber(client) as stubber:
        stubber.add_response("list_keys", {"Keys": [{"KeyId": "stubbed"}]})
        assert client.list_keys()["Keys"] == [{"KeyId": "stubbed"}]
    assert not log.exists()  # nothing was sent


def test_explain_works(lab: Lab, log: Path) -> None:
    installation = installed(lab, reporting(log, PRIVATE))
    session = session_for(lab, reporting(log, PRIVATE))
    decision = endpoint_router.explain(
        "kms", "ListKeys", region="us-east-1", session=session, policy=installation
    )
    assert decision.code == "private.public_address"
    assert not log.exists()


def test_a_policy_that_cannot_be_used_refuses(lab: Lab, log: Path) -> None:
    client = make(session_for(lab, reporting(log, {"defaults": {"fips": "maybe"}})), "kms")
    with pytest.raises(PolicyError):
        client.list_keys()
    assert lab.seen == []


def test_without_a_log_clients_are_left_alone_and_the_check_warns(lab: Lab) -> None:
    policy = {**FIPS, "mode": "report"}
    client = make(session_for(lab, policy), "kms")
    assert type(client).__bases__ == (BaseClient,)
    (warning,) = check_policy(load(policy, environ={}))
    assert "log.decisions" in warning


def test_the_same_client_is_freed(lab: Lab, log: Path) -> None:
    """With its connections, as soon as nobody refers to it: no cycle through what was observed."""
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        client = client_of(lab, log, FIPS)
        client.list_keys()
        parts = [client, client._endpoint, client._endpoint.http_session, client._ruleset_resolver]
        references = [weakref.ref(part) for part in parts]
        del client, parts
        assert [reference() for reference in references] == [None] * 4
    finally:
        gc.enable()


# --- secrets


KEY, SECRET, TOKEN = "AKIASECRETKEYID00001", "wJalrSecretAccessKey", "session-token-of-the-run"


def test_no_secret_is_in_the_log(lab: Lab, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, address in SERVICES.items():
        lab.host(name, address)
    lab.host("user.corp.example", "52.94.2.1")
    monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
    signatures: set[str] = set()

    def note(request: Any, **_: Any) -> None:
        header = request.headers["Authorization"]
        text = header.decode() if isinstance(header, bytes) else header
        signatures.add(text.rpartition("Signature=")[2])

    policy = {"defaults": {"fips": "require", "private": "require"}}
    session = boto3.Session(KEY, SECRET, TOKEN, region_name="us-east-1")
    endpoint_router.attach(session, policy_for(lab, reporting(log, policy)))
    try:
        calls = {
            "kms": lambda client: client.list_keys(),
            "sts": lambda client: client.get_caller_identity(),
            "dynamodb": lambda client: client.list_tables(),
        }
        for service, call in calls.items():
            client = session.client(service, config=Config(retries=ONE_ATTEMPT))
            client.meta.events.register("before-send", note)
            call(Wire().lead(client, lab))
        s3 = Wire().lead(session.client("s3", "us-west-2"), lab)
        s3.meta.events.register("before-send", note)
        s3.put_object(Bucket="payroll", Key="secret-key", Body=b"secret-body")
        url = s3.generate_presigned_url("get_object", {"Bucket": "payroll", "Key": "secret-key"})
        signatures.add(url.rpartition("ignature=")[2].partition("&")[0])
        for options in (
            {"endpoint_url": "https://usr:pw-in-url@user.corp.example"},
            {"config": Config(proxies={"https": "http://prx:pw-of-proxy@127.0.0.1:9"})},
        ):
            config = Config(retries=ONE_ATTEMPT, connect_timeout=30).merge(
                options.pop("config", Config())  # type: ignore[arg-type]
            )
            client = session.client("kms", config=config, **options)  # type: ignore[call-overload]
            client.meta.events.register("before-send", note)
            with pytest.raises(Exception):  # noqa: B017, PT011  (nobody is there)
                client.list_keys()
    finally:
        endpoint_router.uninstall()
    text = log.read_text("utf-8")
    assert len(signatures) >= 5  # alike for the same call in the same second
    assert len(text.splitlines()) >= 7
    secrets = {KEY, SECRET, TOKEN, "pw-in-url", "usr", "pw-of-proxy", "prx", "secret-key"}
    secrets |= {"secret-body", "payroll"}
    for secret in secrets | signatures:
        assert secret not in text, secret
    assert "http://127.0.0.1:9" in text  # the proxy itself
