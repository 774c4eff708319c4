"""Only confirmed addresses are dialled, under the name that was decided on.

Asserted are what the servers saw, and every address that was dialled.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import SSLError
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from botocore.stub import Stubber

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Absent, Addresses, ByType, Fault, Rcode
from endpoint_router.lab.network import Lab
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_VPCE,
    ONE_ATTEMPT,
    REGION,
    installed,
    only,
    questions,
    resolves,
)
from tests.support.pinning import (
    ONE,
    PRIVATE_DNS,
    PUBLIC,
    TWO,
    VPCE,
    VPCE_PREFERRED,
    Through,
    addresses,
    arrived,
    at_servers,
    between_decision_and_connect,
    pinned,
    private_dns,
    session_of,
)
from tests.support.renewing import Time, eventually

WAYS = [
    pytest.param(PRIVATE_DNS, KMS, id="private DNS"),
    pytest.param(VPCE, KMS_VPCE, id="endpoint required"),
    pytest.param(VPCE_PREFERRED, KMS_VPCE, id="endpoint preferred"),
]


# --- an answer that changes


@pytest.mark.parametrize("changed", [Addresses(("52.94.0.66",)), Addresses((TWO,)), Absent()])
@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_an_answer_that_changes_after_the_look_up_moves_no_call(
    lab: Lab, policy: dict[str, Any], name: str, changed: Any
) -> None:
    lab.host("evil.example", "52.94.0.66", TWO, certificate=name)  # would be believed
    lab.host(name, ONE)
    client = pinned(lab, policy)
    between_decision_and_connect(client, lambda: lab.zone.set(name, changed))
    client.list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (name, name, ONE)
    assert set(addresses(lab)) == {ONE}
    assert questions(lab, name) == 1


def test_an_answer_that_changes_while_a_connection_is_renewed(lab: Lab) -> None:
    """Every question another answer: none but the private ones is ever dialled."""
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS)
    client.list_keys()
    client.close()
    for way in (Addresses((PUBLIC,)), Addresses((ONE, PUBLIC)), Addresses(("127.0.0.1",))):
        lab.zone.set(KMS, way)
        client.list_keys()
        client.close()
    assert set(addresses(lab)) == {ONE}


@pytest.mark.parametrize(("policy", "name"), WAYS)
def test_the_certificate_must_be_the_names_own(lab: Lab, policy: dict[str, Any], name: str) -> None:
    lab.host(name, ONE, certificate="evil.example")
    with pytest.raises(SSLError):
        pinned(lab, policy).list_keys()
    assert lab.seen == []
    assert set(addresses(lab)) == {ONE}


def test_a_certificate_for_the_address_does_not_do(lab: Lab) -> None:
    lab.host(KMS, ONE, certificate=ONE)
    with pytest.raises(SSLError):
        pinned(lab, PRIVATE_DNS).list_keys()


def test_public_hosts_are_looked_up_by_the_policys_servers_and_not_pinned(lab: Lab) -> None:
    pinned(lab, {"defaults": {"fips": "require"}}).list_keys()
    assert arrived(lab) == [(KMS_FIPS, "52.94.0.11")]


# --- who shares a connection


def test_pinned_and_unpinned_operations_of_one_client_share_no_connection(lab: Lab) -> None:
    private_dns(lab, ONE)
    clock = Time()
    loose = {"services": ["kms"], "operations": ["ListAliases"], "private": "off", "reason": "x"}
    client = pinned(lab, {**PRIVATE_DNS, "rules": [loose]}, clock)
    for _ in range(2):
        client.list_aliases()
        client.list_keys()
    assert addresses(lab) == [ONE, ONE]
    clock.passes(1000)
    lab.host(KMS, PUBLIC)
    client.close()
    client.list_aliases()  # a connection to a public address, idle from now on
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.public_address"
    clock.passes(1000)
    private_dns(lab, ONE)
    client.list_keys()
    assert arrived(lab)[-2:] == [(KMS, PUBLIC), (KMS, ONE)]


def test_two_services_with_one_host_and_different_rules(lab: Lab) -> None:
    host = "email.us-east-1.amazonaws.com"
    lab.host(host, PUBLIC)
    clock = Time()
    loose = {"services": ["sesv2"], "private": "off", "reason": "carries nothing"}
    session, _ = session_of(lab, {**PRIVATE_DNS, "rules": [loose]}, clock)
    ses, sesv2 = (
        session.create_client(service, REGION, config=Config(retries=ONE_ATTEMPT))
        for service in ("ses", "sesv2")
    )
    sesv2.get_account()
    with pytest.raises(EndpointDenied):
        ses.list_identities()
    assert arrived(lab) == [(host, PUBLIC)]
    clock.passes(1000)
    lab.host(host, ONE)
    ses.list_identities()
    assert arrived(lab)[-1] == (host, ONE)
    sesv2.get_account()  # its own connection is as good as ever
    assert arrived(lab)[-1] == (host, PUBLIC)


def test_an_operation_that_only_asks_for_existence_disturbs_no_pinned_one(lab: Lab) -> None:
    """Half an answer proves nothing to the one and enough to the other, under the same name."""
    half = ByType(Addresses((ONE,)), Rcode("SERVFAIL"))
    lab.host(KMS_FIPS, ONE)
    lab.zone.set(KMS_FIPS, half)
    loose = {"services": ["kms"], "operations": ["ListAliases"], "private": "off", "reason": "x"}
    policy = {"defaults": {"fips": "require", "private": "require"}, "rules": [loose]}
    client = pinned(lab, policy)
    for _ in range(3):
        client.list_keys()
        client.list_aliases()
    client.list_grants(KeyId="x")
    assert len(lab.seen) == 7
    assert len(lab.dialled) == 2  # one of each kind


@pytest.mark.parametrize("meanwhile", ["public", "public and private again"])
def test_what_another_operation_finds_out_counts_at_once(lab: Lab, meanwhile: str) -> None:
    """Between the decision about a call and its connection."""
    private_dns(lab, ONE)
    clock = Time()
    client = pinned(lab, PRIVATE_DNS, clock)

    def another() -> None:
        lab.zone.set(KMS, Addresses((PUBLIC,)))
        clock.passes(1000)
        with pytest.raises(EndpointDenied):
            client.list_aliases()
        if meanwhile != "public":
            lab.zone.set(KMS, Addresses((ONE,)))
            clock.passes(1000)

    between_decision_and_connect(client, another)
    if meanwhile == "public":
        with pytest.raises(EndpointUnverified) as held_back:
            client.list_keys()
        assert "public" in held_back.value.reason
        assert lab.dialled == []
    else:
        client.list_keys()
        assert addresses(lab) == [ONE]


def test_a_redirect_to_another_region_leaves_the_endpoint_for_nowhere(lab: Lab) -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com"
    lab.host(f"bucket.{name}", ONE)
    lab.host(f"*.bucket.{name}", ONE)
    lab.host("*.s3.eu-west-1.amazonaws.com", PUBLIC)
    entry = {"type": "interface", "dns_names": [f"*.{name}"]}
    client = pinned(lab, {**PRIVATE_DNS, "vpc_endpoints": [entry]}, None, "s3", "us-west-2")
    region = (("x-amz-bucket-region", "eu-west-1"),)
    lab.fail_next(1, Fault(status=301, code="PermanentRedirect", headers=region))
    with pytest.raises(EndpointDenied) as refusal:
        client.list_objects_v2(Bucket="lab-bucket")
    assert refusal.value.code == "private.public_address"
    assert "eu-west-1" in refusal.value.host
    assert set(addresses(lab)) == {ONE}
    assert len(lab.seen) == 1


# --- custom endpoints


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://kms.corp.example", ONE),
        ("https://KMS.corp.example", ONE),
        ("https://10.20.0.40", "10.20.0.40"),
        ("https://[fd00::40]", "fd00::40"),
        ("https://[FD00:0::40]", "fd00::40"),
    ],
)
def test_a_custom_endpoint_is_pinned_whatever_its_url_looks_like(
    lab: Lab, url: str, address: str
) -> None:
    if "corp" in url:
        lab.host("kms.corp.example", address)
    else:
        lab.host("literal.example", address, certificate=address)
    policy = {
        **PRIVATE_DNS,
        "custom_endpoints": [{"url": url.lower(), "services": ["kms"], "reason": "ours"}],
    }
    session, _ = session_of(lab, policy)
    config = Config(retries=ONE_ATTEMPT)
    session.create_client("kms", REGION, endpoint_url=url, config=config).list_keys()
    assert only(lab).address == address
    assert addresses(lab) == [address]


# --- the other end


class Elsewhere:
    """Leads every connection to a listener of its own, as a SOCKS library would."""

    def __init__(self, listener: socket.socket, peer: str) -> None:
        self._listener, self._peer = listener, peer

    def begin(
        self, _address: str, _port: int, _source: Any, options: Iterable[tuple[int, int, int]]
    ) -> socket.socket:
        client = socket.create_connection(self._listener.getsockname())
        client.setblocking(False)
        return client

    def peer(self, _connection: socket.socket) -> str:
        return self._peer


@pytest.mark.parametrize(("policy", "name"), WAYS[:2])
def test_no_byte_is_sent_to_a_peer_outside_the_trusted_networks(
    lab: Lab, policy: dict[str, Any], name: str
) -> None:
    resolves(lab, name, ONE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = pinned(lab, policy, dialler=Elsewhere(listener, "52.94.0.66"))
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(5)
            assert accepted.recv(1) == b""
    assert refusal.value.code == "private.peer"
    assert "52.94.0.66" in refusal.value.reason
    assert ONE in refusal.value.reason


def test_a_refusal_for_the_peer_is_not_retried(lab: Lab) -> None:
    private_dns(lab, ONE)
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    client = pinned(lab, PRIVATE_DNS, dialler=Through(lab, "52.94.0.66"), retries=retries)
    with pytest.raises(EndpointDenied):
        client.list_keys()
    assert addresses(lab) == [ONE]


def test_a_peer_that_is_gone_again_counts_as_not_connected(lab: Lab) -> None:
    private_dns(lab, ONE)
    dialler = Through(lab, OSError("Transport endpoint is not connected"))
    with pytest.raises(Exception, match="Could not connect to the endpoint URL"):
        pinned(lab, PRIVATE_DNS, dialler=dialler).list_keys()
    assert [one.fileno() for one in dialler.sockets] == [-1] * len(dialler.sockets)
    eventually(lambda: at_servers(lab) == 0)


# --- what cannot be pinned, and what stands in for the wire


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


def answered(url: str) -> AWSResponse:
    raw = mock.Mock()
    raw.stream.return_value = [b'{"Keys": []}']
    return AWSResponse(url, 200, {}, raw)


def test_a_mock_on_the_class_stands_for_the_wire(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    private_dns(lab, ONE)
    sent: list[str] = []

    def send(_session: Any, request: Any) -> AWSResponse:
        sent.append(request.url)
        return answered(request.url)

    monkeypatch.setattr(URLLib3Session, "send", send)
    pinned(lab, PRIVATE_DNS).list_keys()
    assert sent == [f"https://{KMS}/"]
    assert lab.dialled == []


def test_a_mock_on_the_class_after_the_client_was_made(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS)
    monkeypatch.setattr(URLLib3Session, "send", lambda _session, request: answered(request.url))
    client.list_keys()
    assert lab.dialled == []


def test_a_mock_object_on_the_class_as_well(lab: Lab) -> None:
    private_dns(lab, ONE)
    with mock.patch.object(URLLib3Session, "send") as send:
        send.side_effect = lambda *arguments: answered(arguments[-1].url)
        pinned(lab, PRIVATE_DNS).list_keys()
    send.assert_called_once()
    assert len(send.call_args.args) == 1  # as plain botocore calls it
    assert lab.dialled == []


def test_stubber_and_handlers_that_answer_themselves(lab: Lab) -> None:
    """moto answers in ``before-send``."""
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS)
    with Stubber(client) as stubber:
        stubber.add_response("list_keys", {"Keys": []})
        client.list_keys()
    client.meta.events.register("before-send", lambda request, **_: answered(request.url))
    client.list_keys()
    assert lab.dialled == []


def test_without_proof_nothing_is_dialled(lab: Lab) -> None:
    lab.zone.set(KMS, Rcode("SERVFAIL"))
    with pytest.raises(EndpointUnverified):
        pinned(lab, PRIVATE_DNS).list_keys()
    assert lab.dialled == []
