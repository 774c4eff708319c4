"""HTTP sessions that cannot be told where to dial: refused where an address counts."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab import Addresses
from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT, REGION, installed
from tests.support.pinning import ONE, PRIVATE_DNS, WAYS, arrived, pinned, private_dns


def adopted(lab: Lab, policy: dict[str, Any], change: Any) -> Any:
    """A client of plain botocore's that was changed before it is routed."""
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    client = session.create_client("kms", REGION, config=Config(retries=ONE_ATTEMPT))
    change(client._endpoint)
    installed(lab, policy).adopt(client)
    return client


class Foreign:
    """An HTTP session of somebody else's."""

    def send(self, request: Any) -> Any:
        raise AssertionError("sent")

    def close(self) -> None: ...


@pytest.mark.parametrize("how", ["session", "send"])
def test_an_http_session_of_somebody_elses_is_refused(lab: Lab, how: str) -> None:
    private_dns(lab, ONE)

    def change(endpoint: Any) -> None:
        if how == "session":
            endpoint.http_session = Foreign()
        else:
            endpoint.http_session.send = Foreign().send

    client = adopted(lab, PRIVATE_DNS, change)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.unpinned"
    assert lab.dialled == []


def test_it_is_used_where_nothing_relies_on_an_address(lab: Lab) -> None:
    def change(endpoint: Any) -> None:
        endpoint.http_session.send = Foreign().send

    client = adopted(lab, {"defaults": {"fips": "require"}}, change)
    with pytest.raises(AssertionError, match="sent"):
        client.list_keys()


class Traced:
    """What wrapt puts in the place of a method: X-Ray's ``patch_all()`` does, for PynamoDB."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return Traced(self.wrapped.__get__(instance, owner))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)

    def __call__(self, *arguments: Any) -> Any:
        return self.wrapped(*arguments)


@pytest.mark.parametrize("before", [True, False], ids=["before the client", "after a call"])
@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_who_wraps_send_of_the_class_keeps_it_pinned(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, before: bool, policy: dict[str, Any], name: str
) -> None:
    lab.host(name, ONE)
    native = URLLib3Session.send

    def trace() -> None:
        monkeypatch.setattr(URLLib3Session, "send", Traced(native))

    if before:
        trace()
    client = pinned(lab, policy)
    client.list_keys()
    trace()
    lab.unreachable("52.94.0.99")
    lab.zone.set(name, Addresses(("52.94.0.99",)))  # for whoever looks it up once more
    client.list_keys()
    assert arrived(lab) == [(name, ONE)] * 2
