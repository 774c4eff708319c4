"""What applications' own tests put in the place of AWS still works under a policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.installing import FIPS
from tests.support.lab_client import KMS, client_for
from tests.support.pinning import ONE, PRIVATE_DNS, pinned, private_dns


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


# --- mocks of botocore's own connections


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
