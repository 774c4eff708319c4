"""``install`` and ``uninstall``: what is put in place, and that it leaves no trace."""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.client import BaseClient
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session

import endpoint_router
from endpoint_router import Policy, PolicyError
from endpoint_router.lab.network import Lab
from endpoint_router.policy.model import Settings
from tests.support.caught_calls import sent_to
from tests.support.installing import FIPS, fingerprint, goes_to, handlers, kms, sent, unrouted
from tests.support.lab_client import KMS, KMS_FIPS, policy_for
from tests.support.wire import OnTheWire, on_the_wire


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
    assert goes_to(client) == KMS_FIPS
    endpoint_router.uninstall()
    assert goes_to(client) == KMS
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


def test_off_leaves_clients_as_they_are(lab: Lab) -> None:
    session = unrouted(lab)
    reference = fingerprint(kms(session))
    endpoint_router.install({**policy_for(lab, FIPS), "mode": "off"})
    client = kms(session)
    now = fingerprint(client)
    assert now == reference
    assert type(client).__bases__ == (BaseClient,)
    assert goes_to(client) == KMS
    assert lab.dns.questions == []


def test_the_initializer_is_gone_after_uninstall(lab: Lab) -> None:
    before = len(botocore.get_initializers()) if hasattr(botocore, "get_initializers") else None
    endpoint_router.install(policy_for(lab, FIPS))
    endpoint_router.uninstall()
    after = len(botocore.get_initializers()) if hasattr(botocore, "get_initializers") else None
    assert before == after
    assert goes_to(kms(Session())) == KMS


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
