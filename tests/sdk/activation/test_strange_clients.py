"""Clients that nobody knows how to route: left alone with one warning, or refused with a code."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore import client as botocore_client
from botocore import endpoint as botocore_endpoint
from botocore.config import Config
from botocore.session import Session

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.policy.toml import loads
from tests.support.installing import FIPS, kms
from tests.support.lab_client import KMS, ONE_ATTEMPT, REGION, installed, policy_for
from tests.support.plain_wire import Wire


class Borrowed:
    """As a part of another copy of botocore: it does the same, and is of no class that we know."""

    def __init__(self, part: Any) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


class BorrowedSigner(Borrowed):
    def handler(self, operation_name: str | None = None, request: Any = None, **_: Any) -> Any:
        return self.sign(operation_name, request)

    def sign(self, *arguments: Any, **options: Any) -> Any:
        return self._part.sign(*arguments, **options)


class BorrowedEndpoint(Borrowed):
    def _send(self, request: Any) -> Any:
        return self.http_session.send(request)

    def make_request(self, *arguments: Any) -> Any:
        return self._part.make_request(*arguments)


class HalfAsynchronous(botocore_endpoint.Endpoint):
    async def create_request(self, *arguments: Any) -> Any:  # type: ignore[override]
        return super().create_request(*arguments)


def with_signer(parts: dict[str, Any]) -> dict[str, Any]:
    return {**parts, "request_signer": BorrowedSigner(parts["request_signer"])}


def with_endpoint(parts: dict[str, Any]) -> dict[str, Any]:
    return {**parts, "endpoint": BorrowedEndpoint(parts["endpoint"])}


def without_send(parts: dict[str, Any]) -> dict[str, Any]:
    return {**parts, "endpoint": Borrowed(parts["endpoint"])}


def half_asynchronous(parts: dict[str, Any]) -> dict[str, Any]:
    endpoint = parts["endpoint"]
    other = object.__new__(HalfAsynchronous)
    vars(other).update(vars(endpoint))
    return {**parts, "endpoint": other}


STRANGE = [with_signer, with_endpoint, without_send, half_asynchronous]
#: The last does not work without us either.
WORKING = STRANGE[:3]
Change = Callable[[dict[str, Any]], dict[str, Any]]


class _Fork(botocore_client.ClientCreator):
    """Makes clients of parts that were changed."""

    change: Change

    def _get_client_args(self, *arguments: Any, **options: Any) -> Any:
        return type(self).change(super()._get_client_args(*arguments, **options))  # type: ignore[misc]


def session_of(lab: Lab, change: Change, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session of a fork whose clients are like that."""
    fork = type("Fork", (_Fork,), {"change": staticmethod(change)})
    monkeypatch.setattr(botocore_client, "ClientCreator", fork)
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    return session


@pytest.mark.parametrize("change", STRANGE)
@pytest.mark.parametrize(
    "policy",
    [
        FIPS,
        {"defaults": {"private": "require"}},
        {"defaults": {"allowed_regions": ["us-*"]}},
        {"defaults": {"endpoint_url": "deny"}},
        {"rules": [{"services": ["kms"], "operations": ["ListKeys"], "fips": "require"}]},
    ],
    ids=["fips", "private", "regions", "urls", "operation"],
)
def test_where_something_is_demanded_each_call_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, change: Change, policy: dict[str, Any]
) -> None:
    session = session_of(lab, change, monkeypatch)
    installed(lab, policy)(session)
    client = kms(session)  # never when it is made
    for call in (client.list_keys, lambda: client.generate_presigned_url("list_keys")):
        with pytest.raises(EndpointDenied) as refusal:
            call()
        assert refusal.value.code == "client.unknown"
        assert refusal.value.service == "kms"
    assert (lab.seen, lab.dialled) == ([], [])
    # The remedy helps.
    found = re.search(r"(services = .+) and a reason", refusal.value.remedy)
    assert found
    waiver = {**loads(f"rule = {{ {found[1]} }}")["rule"], "reason": "as it says"}
    session = session_of(lab, with_endpoint, monkeypatch)
    installed(lab, {**policy, "rules": [waiver, *policy.get("rules", [])]})(session)
    Wire().lead(kms(session), lab).list_keys()
    assert [seen.host for seen in lab.seen] == [KMS]


NOTHING: dict[str, Any] = {"defaults": {"private": "prefer"}}
WAIVED: dict[str, Any] = {
    **FIPS,
    "rules": [{"services": ["kms"], "fips": "off", "reason": "what the remedy says"}],
}


@pytest.mark.parametrize("change", WORKING)
@pytest.mark.parametrize("policy", [NOTHING, WAIVED], ids=["nothing", "waived"])
def test_where_nothing_is_demanded_it_is_left_alone_with_one_warning(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    change: Change,
    policy: dict[str, Any],
) -> None:
    sent: list[Wire] = []
    for routed in (True, False):
        session = session_of(lab, change, monkeypatch)
        if routed:
            installed(lab, policy)(session)
        with caplog.at_level(logging.WARNING, "endpoint_router"):
            clients = [kms(session), kms(session)]
        wire = Wire()
        for client in clients:
            wire.lead(client, lab).list_keys()
        sent.append(wire)
    assert sent[0] == sent[1]
    assert {seen.host for seen in lab.seen} == {KMS}
    (warning,) = [record.getMessage() for record in caplog.records if "kms" in record.getMessage()]
    assert "a client of kms is not routed, because its" in warning


@pytest.mark.parametrize("change", WORKING)
def test_report_mode_leaves_it_alone_with_one_warning(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Any,
    change: Change,
) -> None:
    session = session_of(lab, change, monkeypatch)
    policy = {**FIPS, "mode": "report", "log": {"decisions": str(tmp_path / "log")}}
    installed(lab, policy)(session)
    with caplog.at_level(logging.WARNING, "endpoint_router"):
        clients = [kms(session), kms(session)]
    for client in clients:
        Wire().lead(client, lab).list_keys()
    assert [seen.host for seen in lab.seen] == [KMS, KMS]
    assert caplog.text.count("is not routed, because its") == 1


def test_a_broken_policy_refuses_it_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(lab, without_send, monkeypatch)
    installed(lab, {"defaults": {"fisp": "require"}})(session)
    with pytest.raises(endpoint_router.PolicyError):
        kms(session).list_keys()


@pytest.mark.parametrize("change", [with_signer, with_endpoint])
def test_attach_refuses_and_uninstall_gives_back(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    client = kms(session_of(lab, change, monkeypatch))
    endpoint_router.attach(client, policy_for(lab, FIPS))
    with pytest.raises(EndpointDenied, match=r"client\.unknown"):
        client.list_keys()
    endpoint_router.uninstall()
    Wire().lead(client, lab).list_keys()
    assert [seen.host for seen in lab.seen] == [KMS]


def test_botocores_own_is_none(lab: Lab) -> None:
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installed(lab, FIPS)(session)
    config = Config(retries=ONE_ATTEMPT)
    session.create_client("kms", REGION, config=config).list_keys()
    assert [seen.host for seen in lab.seen] == ["kms-fips.us-east-1.amazonaws.com"]
