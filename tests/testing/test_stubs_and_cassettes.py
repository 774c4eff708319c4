"""What tests put in the place of AWS answers under a policy in force, and its calls are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from endpoint_router.testing import (
    FakeDns,
    NothingAnswered,
    Refused,
    assert_routed,
    policy_in_force,
)
from tests.support.sessions import new_session

KMS, KMS_FIPS = "kms.us-east-1.amazonaws.com", "kms-fips.us-east-1.amazonaws.com"
VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
#: Private because of what DNS says of KMS's own name: such connections are pinned.
BY_ADDRESS = {"defaults": {"private": "require"}}
FIPS = {"defaults": {"fips": "require"}}
BY_NAME = {**BY_ADDRESS, "vpc_endpoints": [{"type": "interface", "dns_names": [VPCE]}]}
PRIVATE_DNS = {KMS: "10.0.0.1"}

POLICIES = pytest.mark.parametrize(
    ("policy", "host"),
    [(FIPS, KMS_FIPS), (BY_NAME, VPCE), (BY_ADDRESS, KMS)],
    ids=["FIPS", "by name", "by address"],
)


def client_of() -> Any:
    return new_session().create_client("kms", "us-east-1")


@POLICIES
def test_stubber(policy: dict[str, Any], host: str) -> None:
    with policy_in_force(policy, dns=FakeDns(PRIVATE_DNS)) as block:
        client = client_of()
        with Stubber(client) as stubber:
            stubber.add_response("list_keys", {"Keys": []})
            assert client.list_keys()["Keys"] == []
        assert_routed(block.calls, {"kms.ListKeys": host})
        with pytest.raises(NothingAnswered):
            client.list_keys()


def test_a_stub_answers_what_is_forbidden_and_the_call_is_told_as_refused() -> None:
    with policy_in_force(BY_ADDRESS, dns=FakeDns({KMS: "52.94.0.1"})) as block:
        client = client_of()
        with Stubber(client) as stubber:
            stubber.add_response("list_keys", {"Keys": []})
            client.list_keys()
    assert_routed(block.calls, {"kms": Refused("private.public_address")})
    with pytest.raises(AssertionError, match=r"refused \[private\.public_address\]"):
        assert_routed(block.calls)
    (call,) = block.calls
    assert call.refusal is None  # nothing was raised


@POLICIES
def test_a_mock_on_the_class(policy: dict[str, Any], host: str) -> None:
    def send(_session: Any, request: Any) -> AWSResponse:
        sent.append(request.url)
        raw = mock.Mock()
        raw.stream.return_value = [b'{"Keys": []}']
        return AWSResponse(request.url, 200, {}, raw)

    sent: list[str] = []
    with policy_in_force(policy, dns=FakeDns(PRIVATE_DNS)) as block:
        with mock.patch.object(URLLib3Session, "send", send):
            assert client_of().list_keys()["Keys"] == []
        assert_routed(block.calls, {"kms": host})
    assert sent == [f"https://{host}/"]


def test_responses_patches_requests_and_leaves_botocore_alone() -> None:
    responses = pytest.importorskip("responses", reason="moto brings it")
    requests = pytest.importorskip("requests")
    with responses.RequestsMock() as mocked, policy_in_force(FIPS) as block:
        mocked.add(responses.GET, "https://api.example/", json={"is": "mocked"})
        assert requests.get("https://api.example/", timeout=5).json() == {"is": "mocked"}
        with pytest.raises(NothingAnswered):
            client_of().list_keys()
        assert_routed(block.calls, {"kms": KMS_FIPS})


# --- cassettes

_TAPE = """\
version: 1
interactions:
- request: {{method: POST, uri: "https://{host}/", body: "{{}}", headers: {{}}}}
  response:
    status: {{code: 200, message: OK}}
    headers: {{Content-Type: [application/x-amz-json-1.1]}}
    body: {{string: '{{"Keys": []}}'}}
"""


@pytest.fixture
def tapes(tmp_path: Path) -> Any:
    vcr = pytest.importorskip("vcr", reason="vcrpy is not installed")

    def tape(host: str) -> Any:
        file = tmp_path / "cassette.yaml"
        file.write_text(_TAPE.format(host=host), encoding="utf-8")
        return vcr.use_cassette(str(file), record_mode="none")

    return tape


@POLICIES
@pytest.mark.parametrize("made", ["before", "inside"])
def test_a_cassette_is_played(tapes: Any, policy: dict[str, Any], host: str, made: str) -> None:
    with policy_in_force(policy, dns=FakeDns(PRIVATE_DNS)) as block:
        client = client_of() if made == "before" else None
        with tapes(host) as cassette:
            client = client or client_of()
            assert client.list_keys()["Keys"] == []
            assert cassette.all_played
        assert_routed(block.calls, {"kms": host})
        with pytest.raises(NothingAnswered):
            client.list_keys()
