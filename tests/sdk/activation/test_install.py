"""``install``, ``uninstall``, ``attach``: what is put in place, and that it leaves no trace."""

from __future__ import annotations

import copy
import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session
from botocore.stub import Stubber

import endpoint_router
from endpoint_router import EndpointDenied, Policy, PolicyError
from endpoint_router.lab import Silent
from endpoint_router.lab.network import Lab
from endpoint_router.policy.model import Settings
from endpoint_router.sdk.calls.route import Route
from tests.support.caught_calls import sent_to
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    ONE_ATTEMPT,
    catch,
    client_for,
    hosts,
    installed,
    only,
    policy_for,
)
from tests.support.wire import Caught, OnTheWire, on_the_wire

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
BROKEN = {"defaults": {"fisp": "require"}}
EVENTS = ("creating-client-class", "before-sign", "before-send", "before-endpoint-resolution")


@pytest.fixture(autouse=True)
def nothing_is_installed() -> Iterator[None]:
    endpoint_router.uninstall()
    yield
    endpoint_router.uninstall()


def unrouted(lab: Lab) -> Session:
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    return session


def kms(session: Any, **arguments: Any) -> Any:
    config = Config(retries=ONE_ATTEMPT, connect_timeout=2).merge(arguments.pop("config", Config()))
    make = getattr(session, "create_client", None) or session.client
    return make("kms", "us-east-1", config=config, **arguments)


def sent(client: Any) -> Any:
    """The request that would go out, and nothing of it does."""
    client.meta.events.register_last("before-send", catch, unique_id="catch")
    try:
        with pytest.raises(Caught) as caught:
            client.list_keys()
    finally:
        client.meta.events.unregister("before-send", unique_id="catch")
    return caught.value.request


def goes_to(client: Any) -> str:
    wire: OnTheWire = on_the_wire(sent(client))
    return wire.host


def handlers(emitter: Any) -> dict[str, list[Any]]:
    return {
        name: list(emitter._emitter._handlers.prefix_search(f"{name}.kms.ListKeys"))
        for name in EVENTS
    }


def fingerprint(client: Any) -> dict[str, Any]:
    """Everything about a client that routing may touch."""
    http = client._endpoint.http_session
    return {
        "bases": [base.__name__ for base in type(client).__mro__],
        "attributes": sorted(vars(client)),
        "class": sorted(name for name in vars(type(client)) if "router" in name),
        "events": {
            name: found
            for name, found in handlers(client.meta.events).items()
            if name != EVENTS[0]  # a copy of its session's, at which nobody looks any more
        },
        "http": sorted(vars(http)),
        "send": getattr(http.send, "__func__", http.send),
        "pools": http._manager.pool_classes_by_scheme,
        "endpoint": sorted(vars(client._endpoint)),
        "signer": sorted(vars(client._request_signer)),
        "resolver": sorted(vars(client._ruleset_resolver)),
        "host": client._endpoint.host,
        "url": client.meta.endpoint_url,
    }


# --- install and uninstall


def test_install_covers_what_comes_later_and_what_exists() -> None:
    before = Session()
    endpoint_router.install({**FIPS, "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2}})
    assert goes_to(kms(before)) == KMS_FIPS
    assert goes_to(kms(Session())) == KMS_FIPS
    assert goes_to(kms(boto3.Session())) == KMS_FIPS


def test_uninstall_is_exact(lab: Lab) -> None:
    session = unrouted(lab)
    clean = handlers(session.get_component("event_emitter"))
    reference = fingerprint(kms(session))
    body = sent(kms(session)).body
    endpoint_router.install(policy_for(lab, FIPS))
    client = kms(session)
    assert goes_to(client) == KMS_FIPS
    assert client.meta.endpoint_url == f"https://{KMS_FIPS}"
    endpoint_router.uninstall()
    assert handlers(session.get_component("event_emitter")) == clean
    assert fingerprint(kms(session)) == reference
    now = fingerprint(client)
    # A class cannot be taken back from its instances; everything it did can.
    for kept in ("bases", "class"):
        now.pop(kept)
    assert now == {name: value for name, value in reference.items() if name in now}
    request = sent(client)
    assert on_the_wire(request) == OnTheWire(KMS, "us-east-1", "kms")
    assert request.body == body


def test_the_bytes_are_those_of_a_process_that_never_installed_it(lab: Lab) -> None:
    def bytes_of(client: Any) -> tuple[Any, ...]:
        client.meta.events.register_first("before-sign", _fix_the_time, unique_id="time")
        request = sent(client)
        changing = {"authorization", "x-amz-date", "amz-sdk-invocation-id"}
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in changing
        }
        return request.method, request.url, request.body, headers

    plain = bytes_of(kms(unrouted(lab)))
    endpoint_router.install(policy_for(lab, FIPS))
    assert bytes_of(kms(unrouted(lab))) != plain
    endpoint_router.uninstall()
    assert bytes_of(kms(unrouted(lab))) == plain
    endpoint_router.install({**policy_for(lab, FIPS), "mode": "off"})
    assert bytes_of(kms(unrouted(lab))) == plain


def _fix_the_time(request: Any, **_: Any) -> None:
    request.context["timestamp"] = "20260101T000000Z"


def test_uninstall_without_install_does_nothing() -> None:
    endpoint_router.uninstall()
    endpoint_router.uninstall()


def test_install_twice_is_once(lab: Lab) -> None:
    session = unrouted(lab)
    endpoint_router.install(policy_for(lab, FIPS))
    once = handlers(session.get_component("event_emitter"))
    endpoint_router.install(policy_for(lab, FIPS))
    assert handlers(session.get_component("event_emitter")) == once
    client = kms(Session())
    assert [base.__name__ for base in type(client).__mro__].count("RoutedBase") == 1
    endpoint_router.uninstall()
    assert goes_to(kms(Session())) == KMS


def test_another_policy_is_an_error_and_the_first_one_stays(lab: Lab) -> None:
    endpoint_router.install(policy_for(lab, FIPS))
    with pytest.raises(PolicyError) as error:
        endpoint_router.install({})
    assert error.value.code == "policy.installed"
    assert goes_to(kms(Session())) == KMS_FIPS


def test_a_policy_object_and_a_file(lab: Lab, tmp_path: Path) -> None:
    endpoint_router.install(Policy(defaults=Settings(fips="require")))
    assert goes_to(kms(Session())) == KMS_FIPS
    endpoint_router.uninstall()
    file = tmp_path / "policy.toml"
    file.write_text('version = 1\n[defaults]\nfips = "require"\n')
    endpoint_router.install(str(file))
    assert goes_to(kms(Session())) == KMS_FIPS


def test_environment_variables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "require")
    endpoint_router.install()
    assert goes_to(kms(Session())) == KMS_FIPS


def test_clients_made_before_are_named(caplog: pytest.LogCaptureFixture) -> None:
    client = kms(Session())
    with caplog.at_level(logging.WARNING, "endpoint_router"):
        endpoint_router.install(FIPS)
    assert "kms" in caplog.text
    assert "attach(client)" in caplog.text
    assert goes_to(client) == KMS


# --- a policy that cannot be used


def test_a_broken_policy_cannot_be_disarmed(lab: Lab) -> None:
    earlier = unrouted(lab)
    try:
        endpoint_router.install(BROKEN)
    except PolicyError as error:
        message = str(error)
    assert "fisp" in message
    for session in (earlier, unrouted(lab)):
        client = kms(session)  # never refused here: clients are made when modules are imported
        with pytest.raises(PolicyError, match="fisp"):
            client.list_keys()
        with pytest.raises(PolicyError, match="fisp"):
            client.generate_presigned_url("list_keys")
    assert lab.seen == []
    endpoint_router.uninstall()
    assert goes_to(kms(earlier)) == KMS


def test_a_broken_variable_cannot_be_disarmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FISP", "require")
    with pytest.raises(PolicyError, match="ENDPOINT_ROUTER_FIPS"):
        endpoint_router.install()
    with pytest.raises(PolicyError, match="ENDPOINT_ROUTER_FIPS"):
        kms(Session()).list_keys()


def test_a_broken_policy_of_an_attached_session(lab: Lab) -> None:
    session = unrouted(lab)
    with pytest.raises(PolicyError):
        endpoint_router.attach(session, BROKEN)
    with pytest.raises(PolicyError):
        kms(session).list_keys()
    assert goes_to(kms(unrouted(lab))) == KMS


def test_a_broken_policy_of_an_attached_client() -> None:
    client = kms(Session())
    with pytest.raises(PolicyError):
        endpoint_router.attach(client, BROKEN)
    with pytest.raises(PolicyError):
        client.list_keys()


# --- attach


def test_attach_a_session(lab: Lab) -> None:
    session, other = unrouted(lab), unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert goes_to(kms(session)) == KMS_FIPS
    assert goes_to(kms(other)) == KMS
    endpoint_router.uninstall()
    assert goes_to(kms(session)) == KMS


def test_attach_a_boto3_session(lab: Lab) -> None:
    session = boto3.Session(botocore_session=unrouted(lab))
    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert goes_to(kms(session)) == KMS_FIPS


def test_attach_a_client_and_take_it_back(lab: Lab) -> None:
    client = kms(unrouted(lab))
    reference = fingerprint(client)
    endpoint_router.attach(client, policy_for(lab, FIPS))
    assert goes_to(client) == KMS_FIPS
    assert client.meta.endpoint_url == f"https://{KMS_FIPS}"
    endpoint_router.uninstall()
    assert fingerprint(client) == reference
    assert goes_to(client) == KMS


def test_attach_a_client_that_is_routed_already(lab: Lab) -> None:
    endpoint_router.install(policy_for(lab, {"defaults": {"fips": "prefer"}}))
    client = kms(unrouted(lab))
    lab.dns.questions.clear()
    policy = {"defaults": {"private": "require"}}
    endpoint_router.attach(client, policy_for(lab, policy))
    with pytest.raises(EndpointDenied):
        client.list_keys()
    endpoint_router.uninstall()
    assert client.meta.endpoint_url == f"https://{KMS}"
    assert goes_to(client) == KMS


def test_attach_a_resource(lab: Lab) -> None:
    session = boto3.Session(botocore_session=unrouted(lab), region_name="us-west-2")
    resource = session.resource("sqs")
    endpoint_router.attach(resource, policy_for(lab, FIPS))
    client = resource.meta.client
    client.meta.events.register_last("before-send", catch)
    with pytest.raises(Caught) as caught:
        client.list_queues()
    assert on_the_wire(caught.value.request).host == "sqs-fips.us-west-2.amazonaws.com"


def test_a_policy_that_is_attached_wins_over_the_one_that_is_installed(lab: Lab) -> None:
    """Otherwise a stricter policy for one session would be dropped in silence."""
    endpoint_router.install(policy_for(lab, {}))
    session = unrouted(lab)
    assert goes_to(kms(session)) == KMS
    endpoint_router.attach(session, policy_for(lab, FIPS))
    assert goes_to(kms(session)) == KMS_FIPS
    assert goes_to(kms(unrouted(lab))) == KMS


def test_the_policy_that_is_attached_last_speaks(lab: Lab) -> None:
    session = unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, {}))
    endpoint_router.attach(session, policy_for(lab, FIPS))
    client = kms(session)
    assert goes_to(client) == KMS_FIPS
    assert [base.__name__ for base in type(client).__mro__].count("RoutedBase") == 1


def test_a_policy_that_is_attached_stays_when_another_one_is_installed(lab: Lab) -> None:
    session = unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, FIPS))
    endpoint_router.install(policy_for(lab, {}))
    assert goes_to(kms(session)) == KMS_FIPS
    endpoint_router.uninstall()
    assert goes_to(kms(session)) == KMS


def test_a_profile_names_its_policy(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = 1\n[defaults]\nfips = "require"\n')
    config = tmp_path / "config"
    config.write_text(
        f"[default]\n[profile strict]\nendpoint_router_policy = {policy}\n"
        "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret-of-nobody\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    endpoint_router.install()
    assert goes_to(kms(Session())) == KMS
    assert goes_to(kms(Session(profile="strict"))) == KMS_FIPS
    policy.write_text("version = 1\n[defaults]\nfisp = 1\n")
    endpoint_router.uninstall()
    endpoint_router.install()
    with pytest.raises(PolicyError, match="fisp"):
        kms(Session(profile="strict")).list_keys()
    assert goes_to(kms(Session())) == KMS


# --- off


@pytest.mark.parametrize("mode", ["off", "report"])
def test_these_modes_leave_clients_as_they_are(lab: Lab, mode: str) -> None:
    session = unrouted(lab)
    reference = fingerprint(kms(session))
    endpoint_router.install({**policy_for(lab, FIPS), "mode": mode})
    client = kms(session)
    now = fingerprint(client)
    assert now == reference
    assert type(client).__bases__ == (BaseClient,)
    assert goes_to(client) == KMS
    assert lab.dns.questions == []


# --- what applications' own tests do


def test_stubber_works_while_dns_is_down(lab: Lab) -> None:
    lab.dns.down()
    policy = {"defaults": {"fips": "require", "private": "require"}, "dns": {"timeout": 0.2}}
    client = client_for(lab, policy)
    with Stubber(client) as stubber:
        stubber.add_response("list_keys", {"Keys": [{"KeyId": "stubbed"}]}, {"Limit": 1})
        assert client.list_keys(Limit=1)["Keys"] == [{"KeyId": "stubbed"}]
        stubber.assert_no_pending_responses()
    assert lab.seen == []


def test_stubber_works_for_a_call_that_is_denied(lab: Lab) -> None:
    client = client_for(lab, {"defaults": {"private": "require"}})
    with Stubber(client) as stubber:
        stubber.add_response("list_keys", {"Keys": []})
        assert client.list_keys()["Keys"] == []
    with pytest.raises(EndpointDenied):
        client.list_keys()


def test_a_handler_that_answers_before_the_wire_still_answers(lab: Lab) -> None:
    """moto and others reply from ``before-send``."""
    client = client_for(lab, FIPS)

    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield b'{"Keys": [{"KeyId": "mocked"}]}'

    def answer(request: Any, **_: Any) -> AWSResponse:
        headers = {"Content-Type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, 200, headers, Raw())

    client.meta.events.register_first("before-send", answer)
    assert client.list_keys()["Keys"] == [{"KeyId": "mocked"}]
    assert lab.seen == []


def test_the_request_context_can_be_deep_copied(lab: Lab) -> None:
    """botocore does so for presigns inside calls; applications do so in their handlers."""
    client = client_for(lab, FIPS)
    copies: list[Any] = []

    def take(request: Any, **_: Any) -> None:
        copies.append(copy.deepcopy({k: v for k, v in request.context.items() if k != "auth_type"}))

    client.meta.events.register_first("before-sign", take)
    client.list_keys()
    assert len(copies) == 1
    assert any(isinstance(value, Route) for value in copies[0].values())
    assert only(lab).host == KMS_FIPS


def test_the_initializer_is_gone_after_uninstall(lab: Lab) -> None:
    before = len(botocore.get_initializers()) if hasattr(botocore, "get_initializers") else None
    endpoint_router.install(policy_for(lab, FIPS))
    endpoint_router.uninstall()
    after = len(botocore.get_initializers()) if hasattr(botocore, "get_initializers") else None
    assert before == after
    assert goes_to(kms(Session())) == KMS


def test_two_policies_side_by_side(lab: Lab) -> None:
    """Each session has its own; nothing of one reaches the other."""
    strict, loose = unrouted(lab), unrouted(lab)
    installed(lab, FIPS)(strict)
    installed(lab, {})(loose)
    kms(strict).list_keys()
    kms(loose).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS]


def test_the_public_session_is_not_delayed_by_a_silent_resolver(lab: Lab) -> None:
    lab.zone.set(KMS_FIPS, Silent())
    client = client_for(lab, {"defaults": {"fips": "prefer"}, "dns": {"timeout": 0.3}})
    assert client.meta.endpoint_url == f"https://{KMS_FIPS}"


@pytest.mark.usefixtures("no_network")
def test_sessions_that_share_an_emitter_stay_routed() -> None:
    emitter = HierarchicalEmitter()
    endpoint_router.install({**FIPS, "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2}})
    try:
        first, second = Session(event_hooks=emitter), Session(event_hooks=emitter)
        del first
        gc.collect()
        client = second.create_client("kms", "us-east-1")
        assert sent_to(client, "list_keys") == "kms-fips.us-east-1.amazonaws.com"
    finally:
        endpoint_router.uninstall()
    assert sent_to(second.create_client("kms", "us-east-1"), "list_keys") == (
        "kms.us-east-1.amazonaws.com"
    )
