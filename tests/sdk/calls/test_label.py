"""``log.user_agent``: the user agent of routed clients tells which policy judges their calls."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

import endpoint_router
from endpoint_router._version import __version__
from endpoint_router.audit.grouping import group_of
from endpoint_router.audit.records import Record
from endpoint_router.lab import Fault
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import load
from endpoint_router.sdk import seams
from endpoint_router.sdk.calls.label import Label, label_of
from endpoint_router.testing import policy_in_force
from tests.support.lab_client import KMS_FIPS, REGION, client_for, only, policy_for
from tests.support.sessions import new_session
from tests.support.wire import Caught, nothing_leaves

LOG: dict[str, Any] = {"user_agent": True}
FIPS: dict[str, Any] = {"defaults": {"fips": "require"}, "log": LOG}


@pytest.fixture
def nobody_installed() -> Iterator[None]:
    yield
    endpoint_router.uninstall()


def expected(policy: dict[str, Any]) -> str:
    """How the user agent has to end under *policy*, as the docs say it."""
    digest = load(policy, environ={}, system_policy="").digest()
    return f" md/endpoint-router#{__version__}-{digest.removeprefix('sha256:')[:8]}"


def prepared(client: Any) -> Any:
    """The next request of *client*, as it would leave."""
    with pytest.raises(Caught) as caught:
        client.list_keys()
    return caught.value.request


def agent_of(request: Any) -> str:
    found = request.headers["User-Agent"]
    return found.decode() if isinstance(found, bytes) else str(found)


def agent(client: Any) -> str:
    return agent_of(prepared(client))


def kms(session: Any, **config: Any) -> Any:
    return session.create_client("kms", REGION, config=Config(**config))


def itself(client: Any) -> Any:
    """What an application has: where tests do not await, something stands around it."""
    return getattr(client, "_target", client)


def keys() -> Any:
    """A session that is covered by what is in force, and whose calls need nobody."""
    session = new_session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    return session


# --- what is sent


def test_the_server_sees_which_policy_judges(lab: Lab) -> None:
    lab.fail_next(1, Fault(status=500))
    config = Config(retries={"max_attempts": 1, "mode": "standard"})
    client_for(lab, FIPS, config=config).list_keys()
    assert len(lab.seen) == 2  # a retry bears it, too
    for seen in lab.seen:
        assert seen.host == KMS_FIPS
        assert seen.user_agent.endswith(expected(policy_for(lab, FIPS)))
        assert seen.user_agent.count("endpoint-router") == 1
        assert "user-agent" not in seen.signed_headers
    # What the audit reads in CloudTrail is what was sent here.
    assert group_of(Record(user_agent=seen.user_agent)).labelled


def test_it_has_to_be_asked_for(lab: Lab) -> None:
    client_for(lab, {"defaults": {"fips": "require"}}).list_keys()
    assert "endpoint-router" not in only(lab).user_agent
    assert not group_of(Record(user_agent=only(lab).user_agent)).labelled


def test_what_an_application_says_of_itself_stays(nobody_installed: None) -> None:
    endpoint_router.install(FIPS)
    label = expected(FIPS)
    for config in (
        {"user_agent_extra": "billing/2", "user_agent_appid": "billing"},
        {"user_agent": "mine/1", "user_agent_extra": "billing/2"},
        {"user_agent_appid": "billing"},
        {"user_agent": "mine/1"},
    ):
        with nothing_leaves():
            text = agent(kms(keys(), **config))
        extra = f" {config['user_agent_extra']}" if "user_agent_extra" in config else ""
        assert text.endswith(f"{label}{extra}")
        assert not config.get("user_agent") or text.startswith("mine/1 ")
        assert "user_agent" in config or " app/billing " in text


def test_a_signature_is_the_same_without_it(nobody_installed: None) -> None:
    """Nobody signs the user agent: the label proves nothing, and breaks no signature."""
    endpoint_router.install(FIPS)
    with nothing_leaves():
        request = prepared(kms(keys()))
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    authorization = headers.pop("Authorization")
    signed, signature = re.search(r"SignedHeaders=(\S+), Signature=(\w+)", authorization).groups()  # type: ignore[union-attr]
    assert "user-agent" not in signed.split(";")
    again = AWSRequest(request.method, request.url, data=request.body)
    again.context["timestamp"] = headers["X-Amz-Date"]
    for name in signed.split(";"):
        if name != "host":
            again.headers[name] = {key.lower(): text for key, text in headers.items()}[name]
    auth: Any = SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "kms", REGION)
    text = auth.string_to_sign(again, auth.canonical_request(again))
    assert auth.signature(text, again) == signature


def test_presigned_urls_are_the_same(nobody_installed: None) -> None:
    parts = []
    for policy in ({**FIPS, "log": {}}, FIPS):
        endpoint_router.install(policy)
        url = (
            keys()
            .create_client("s3", REGION)
            .generate_presigned_url("get_object", {"Bucket": "payroll", "Key": "k"})
        )
        endpoint_router.uninstall()
        parts.append(re.sub(r"(Date|Signature|Expires)=[^&]+|%2F\d{8}(?=%2F)", "", url))
    assert parts[0] == parts[1]


# --- whose it is


def test_it_is_of_the_policy_that_judges(nobody_installed: None) -> None:
    """Attached, put over by a test's block, and taken back: never of another one."""
    client = kms(keys())
    other: dict[str, Any] = {"log": LOG}
    with nothing_leaves():
        plain = agent(client)
        endpoint_router.attach(itself(client), FIPS)
        assert agent(client) == plain + expected(FIPS)
        endpoint_router.attach(itself(client), other)
        assert agent(client) == plain + expected(other)
        with policy_in_force(FIPS) as block:
            assert agent(client).endswith(f" {label_of(load(block.policy, environ={}))}")
            assert agent(client).count("endpoint-router") == 1
        assert agent(client) == plain + expected(other)
        endpoint_router.uninstall()
        assert agent(client) == plain


def test_clients_of_a_session_do_not_share_it(nobody_installed: None) -> None:
    session = keys()
    one, two = kms(session), kms(session)
    endpoint_router.attach(itself(one), FIPS)
    with nothing_leaves():
        assert "endpoint-router" in agent(one)
        assert "endpoint-router" not in agent(two)
        assert "endpoint-router" not in agent(kms(session))


@pytest.mark.parametrize("mode", ["report", "off"])
def test_who_is_not_routed_bears_none(nobody_installed: None, mode: str) -> None:
    """Report mode sends what plain botocore sends, to the byte."""
    with nothing_leaves():
        plain = agent(kms(keys()))
        endpoint_router.install({**FIPS, "mode": mode, "log": {**LOG, "decisions": "logger"}})
        assert agent(kms(keys())) == plain


# --- length and characters


def test_what_cloudtrail_would_cut_off_is_left_out_and_said_once(
    nobody_installed: None, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint_router.install(FIPS)
    session = keys()
    long = "x" * 900
    with nothing_leaves(), caplog.at_level(logging.WARNING, "endpoint_router"):
        for _ in range(2):
            text = agent(kms(session, user_agent_extra=long))
            assert text.endswith(f" {long}")
            assert "endpoint-router" not in text
        assert expected(FIPS) in agent(kms(session, user_agent_extra="x" * 500))
    told = (record.getMessage() for record in caplog.records)
    (said,) = (text for text in told if "log.user_agent" in text)
    assert "a client of kms" in said
    assert "1,024 bytes" in said


@pytest.mark.parametrize(("more", "bears"), [(0, True), (1, False)])
def test_it_fits_to_the_byte(more: int, bears: bool) -> None:
    """With 128 bytes for what a call may add."""
    loaded = load(FIPS, environ={}, system_policy="")
    plain = len(seams.user_agent(itself(kms(keys(), user_agent_extra="x")))) - 1
    extra = 1024 - 128 - len(f" {label_of(loaded)}") - plain + more
    client = itself(kms(keys(), user_agent_extra="x" * extra))
    assert Label(loaded).put(client) is bears
    assert (label_of(loaded) in seams.user_agent(client)) is bears


def test_somebody_elses_client_goes_without(caplog: pytest.LogCaptureFixture) -> None:
    service = SimpleNamespace(service_name="billing")
    client = SimpleNamespace(meta=SimpleNamespace(service_model=service))
    assert Label(load(FIPS, environ={}, system_policy="")).put(client) is False
    assert "a client of billing goes without" in caplog.text
    assert "its user agent is none that botocore builds" in caplog.text


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2.dev4+g0a1b2c3.d20261122", "1.2.dev4+g0a1b2c3.d20261122"),
        ("1.0 (patched)\r\nX: y#z/ö", "1.0--patched---X--y-z--"),
    ],
)
def test_its_characters_are_those_of_a_user_agent(version: str, shown: str) -> None:
    loaded = load(FIPS, environ={}, system_policy="")
    label = label_of(loaded, version)
    assert label == f"md/endpoint-router#{shown}-{loaded.digest()[7:15]}"
    assert re.fullmatch(r"[\w!$%&'*+\-.^`|~,#/]+", label, re.ASCII)
