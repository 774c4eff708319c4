"""Parts of a client that somebody replaces after it was made: nothing goes around the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, SSLError
from botocore.httpsession import ProxyConfiguration
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.installing import fingerprint
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_VPCE,
    client_for,
    hosts,
    installed,
    only,
)
from tests.support.own_sender import Wrapped, own_session
from tests.support.pinning import ONE, PRIVATE_DNS, PUBLIC, VPCE, VPCE_PREFERRED, private_dns
from tests.support.proxied import a_proxy

FIPS = {"defaults": {"fips": "require"}}


def replace_session(lab: Lab, client: Any) -> None:
    client._endpoint.http_session = own_session(lab)


def wrap_session(lab: Lab, client: Any) -> None:
    client._endpoint.http_session = Wrapped(own_session(lab))


def replace_send(lab: Lab, client: Any) -> None:
    client._endpoint.http_session.send = own_session(lab).send


def replace_endpoint(lab: Lab, client: Any) -> None:
    old = client._endpoint
    client._endpoint = Endpoint(
        old.host, "kms", old._event_emitter, old._response_parser_factory, own_session(lab)
    )


def replace_endpoints_send(lab: Lab, client: Any) -> None:
    client._endpoint._send = own_session(lab).send


WAYS = [replace_session, wrap_session, replace_send, replace_endpoint, replace_endpoints_send]
Way = Callable[[Lab, Any], None]


@pytest.mark.parametrize("replace", WAYS)
def test_what_relies_on_an_address_is_not_sent_by_another(lab: Lab, replace: Way) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    client.list_keys()
    assert lab.dialled == [(ONE, 443)]
    replace(lab, client)
    private_dns(lab, PUBLIC)  # DNS changes, and who connects by himself would follow it
    for _ in range(2):
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        assert refusal.value.code == "private.unpinned"
        assert 'connect = "name"' in refusal.value.remedy
    assert lab.dialled == [(ONE, 443)]


@pytest.mark.parametrize("replace", WAYS)
def test_before_its_first_call_as_well(lab: Lab, replace: Way) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    replace(lab, client)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.unpinned"
    assert lab.dialled == []


def test_between_signing_and_sending_as_well(lab: Lab) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    client.meta.events.register("before-send", lambda **_: replace_session(lab, client))
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.unpinned"
    assert lab.dialled == []


@pytest.mark.parametrize("replace", WAYS)
def test_a_name_that_only_an_endpoint_bears_proves_itself(lab: Lab, replace: Way) -> None:
    """TLS does, to whoever connects."""
    client = client_for(lab, VPCE)
    client.list_keys()
    replace(lab, client)
    client.list_keys()
    assert hosts(lab) == [KMS_VPCE, KMS_VPCE]


@pytest.mark.parametrize("replace", [replace_session, wrap_session, replace_send])
def test_what_is_only_preferred_takes_another_endpoint(lab: Lab, replace: Way) -> None:
    policy = {
        "defaults": {"private": "prefer"},
        "vpc_endpoints": [
            {"type": "interface", "dns_names": [KMS_VPCE], "connect": "address", "serves": [KMS]}
        ],
    }
    lab.host(KMS_VPCE, ONE, certificate=False)
    lab.host(KMS, ONE)
    lab.host(KMS, PUBLIC)
    client = client_for(lab, policy)
    client.list_keys()
    replace(lab, client)
    client.list_keys()
    assert [(seen.host, seen.address) for seen in lab.seen] == [(KMS, ONE), (KMS, PUBLIC)]


@pytest.mark.parametrize("replace", WAYS)
def test_where_nothing_relies_on_an_address_it_sends(lab: Lab, replace: Way) -> None:
    client = client_for(lab, FIPS)
    replace(lab, client)
    client.list_keys()
    assert only(lab).host == KMS_FIPS


@pytest.mark.parametrize("replace", [replace_session, wrap_session, replace_send])
def test_the_guard_looks_at_what_a_replaced_session_is_to_send(lab: Lab, replace: Way) -> None:
    client = client_for(lab, FIPS)
    replace(lab, client)

    def lead_away(request: Any, **_: Any) -> None:
        request.url = request.url.replace(KMS_FIPS, KMS)

    client.meta.events.register_last("before-send", lead_away)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "guard.changed"
    assert lab.dialled == []


def test_a_session_that_is_put_back_is_trusted_again(lab: Lab) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    theirs = mock.patch.object(client._endpoint, "http_session", own_session(lab))
    with theirs, pytest.raises(EndpointDenied):
        client.list_keys()
    client.list_keys()
    assert lab.dialled == [(ONE, 443)]


# --- certificates


@pytest.mark.parametrize("policy", [FIPS, PRIVATE_DNS])
@pytest.mark.parametrize("called_before", [True, False])
def test_verification_that_is_switched_off_later(
    lab: Lab, policy: dict[str, Any], called_before: bool
) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, policy)
    session = client._endpoint.http_session
    if called_before:
        client.list_keys()
    dialled = len(lab.dialled)
    verify, session._verify = session._verify, False
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "tls.unverified"
    assert len(lab.dialled) == dialled
    session._verify = verify
    client.list_keys()


def test_verification_of_another_session(lab: Lab) -> None:
    client = client_for(lab, FIPS)
    client._endpoint.http_session = own_session(lab, verify=False)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "tls.unverified"
    assert lab.dialled == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_pinned_connections_verify_as_the_client_does_by_now(lab: Lab) -> None:
    """Nothing is required, so an application may do as it likes, as with plain botocore."""
    lab.host(KMS_VPCE, ONE, certificate=False)
    client = client_for(lab, VPCE_PREFERRED)
    with pytest.raises(SSLError):
        client.list_keys()
    client._endpoint.http_session._verify = False
    client.list_keys()
    assert only(lab).host == KMS_VPCE


def test_a_proxy_that_would_end_tls_put_there_later(lab: Lab) -> None:
    client = client_for(lab, FIPS)
    client.list_keys()
    with a_proxy(lab, tls=lab.certificate("127.0.0.1")) as proxy:
        settings = {"proxy_ca_bundle": lab.ca_bundle, "proxy_use_forwarding_for_https": True}
        forwarding = ProxyConfiguration({"https": proxy.url}, settings)
        client._endpoint.http_session._proxy_config = forwarding
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        assert refusal.value.code == "tls.unverified"
        assert proxy.asked == []


# --- tests' own doubles, and the way back


def test_a_mock_on_the_endpoints_class(lab: Lab) -> None:
    """Applications' tests patch ``Endpoint._send``; what it calls is still pinned."""
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    native = Endpoint._send  # type: ignore[attr-defined]
    seen: list[str] = []

    def looking(endpoint: Any, request: Any) -> Any:
        seen.append(request.url)
        return native(endpoint, request)

    with mock.patch.object(Endpoint, "_send", looking):
        client.list_keys()
        client.list_keys()
    assert seen == [f"https://{KMS}/"] * 2
    assert lab.dialled == [(ONE, 443)]


@pytest.mark.parametrize("policy", [FIPS, PRIVATE_DNS])
def test_a_mock_object_on_the_endpoints_class(lab: Lab, policy: dict[str, Any]) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, policy)
    with mock.patch.object(Endpoint, "_send", return_value=mock.Mock(status_code=400)) as send:
        send.return_value.headers, send.return_value.content = {}, b"{}"
        with pytest.raises(ClientError):
            client.list_keys()
    send.assert_called_once()
    assert lab.dialled == []


@pytest.mark.parametrize("replace", WAYS)
def test_the_way_back_is_exact_all_the_same(lab: Lab, replace: Way) -> None:
    client = Session().create_client("kms", "us-east-1")
    before, endpoint = fingerprint(client), client._endpoint
    session, send = endpoint.http_session, endpoint.http_session.send
    installation = installed(lab, FIPS)
    installation.adopt(client)
    with pytest.MonkeyPatch.context() as patch:
        # What is put back here is what they replaced, as they would do it themselves.
        patch.setattr(client, "_endpoint", endpoint)
        replace(lab, client)
        installation.undo()
    endpoint.http_session = session
    vars(session).pop("send", None)
    assert session.send == send
    vars(endpoint).pop("_send", None)
    assert fingerprint(client) == before
