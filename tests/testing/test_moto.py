"""moto in process answers calls that are routed, and nothing is weakened by its being there."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import moto
import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab.network import Lab
from endpoint_router.testing import FakeDns, assert_routed, policy_in_force
from tests.support.lab_client import KMS_FIPS, client_for, lab
from tests.support.moto_in_process import moto_in_process

__all__ = ["lab"]

REGION = "us-east-1"
FIPS = {"defaults": {"fips": "require"}}
_VPCE = "vpce-0123456789abcdef0-abcdefgh"
VPCE_KMS, VPCE_S3 = (f"{_VPCE}.{service}.{REGION}.vpce.amazonaws.com" for service in ("kms", "s3"))
PRIVATE = {
    "defaults": {"private": "require"},
    "rules": [{"services": ["sqs"], "private": "off", "fips": "require", "reason": "no endpoint"}],
    "vpc_endpoints": [
        {"type": "interface", "dns_names": [VPCE_KMS]},
        {"type": "interface", "dns_names": [f"*.{VPCE_S3}"]},
    ],
}


@pytest.fixture
def mocked() -> Iterator[None]:
    with moto_in_process():
        yield


def client_of(service: str) -> Any:
    # botocore's own: moto knows the sessions that were made after it was imported
    return Session().create_client(service, REGION)


@pytest.mark.usefixtures("mocked")
def test_real_objects_through_every_kind_of_host() -> None:
    with policy_in_force(PRIVATE) as block:
        assert client_of("kms").list_keys()["Keys"] == []
        s3 = client_of("s3")
        s3.create_bucket(Bucket="mine")
        s3.put_object(Bucket="mine", Key="k", Body=io.BytesIO(b"moto" * 1000))
        assert s3.get_object(Bucket="mine", Key="k")["Body"].read() == b"moto" * 1000
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["mine"]
        sqs = client_of("sqs")
        url = sqs.create_queue(QueueName="mine")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="moto")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert message["Body"] == "moto"
    assert_routed(
        block.calls,
        {"kms": VPCE_KMS, "s3": f"*.{VPCE_S3}", "sqs": "sqs-fips.us-east-1.amazonaws.com"},
    )
    assert_routed(block.calls[1:3], {"s3.*Bucket": f"mine.bucket.{VPCE_S3}", "s3.PutObject": "*"})


@pytest.mark.usefixtures("mocked")
def test_without_a_block_as_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application installs what production installs; no test knows of it."""
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "require")
    endpoint_router.install()
    try:
        client = client_of("kms")
        assert client.meta.endpoint_url == f"https://{KMS_FIPS}"
        assert client.list_keys()["Keys"] == []
    finally:
        endpoint_router.uninstall()


@pytest.mark.usefixtures("mocked")
def test_what_is_refused_is_refused() -> None:
    public, unknown = FakeDns({VPCE_KMS: "52.94.0.1"}), FakeDns(otherwise="timeout")
    with policy_in_force(PRIVATE, dns=public), pytest.raises(EndpointDenied):
        client_of("kms").list_keys()
    with policy_in_force(PRIVATE, dns=unknown), pytest.raises(EndpointUnverified):
        client_of("kms").list_keys()


@pytest.mark.usefixtures("mocked")
def test_a_request_that_was_changed_is_shown_as_it_is() -> None:
    """moto answers it as it would without us: on a route of ours it is no longer."""

    def change(request: Any, **_: Any) -> None:
        request.url = request.url.replace("kms-fips", "kms-elsewhere")

    with policy_in_force(FIPS):
        client = client_of("kms")
        client.meta.events.register_first("before-send", change)
        with pytest.raises((client.exceptions.ClientError, EndpointDenied)):
            client.list_keys()


@pytest.mark.usefixtures("mocked")
def test_handlers_of_others_see_the_host_that_was_decided_on() -> None:
    seen: list[str] = []
    with policy_in_force(FIPS):
        client = client_of("kms")
        client.meta.events.register("before-send", lambda request, **_: seen.append(request.url))
        response = client.list_keys()
    assert seen == [f"https://{KMS_FIPS}/"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_where_moto_is_only_imported_calls_go_where_they_are_to_go(lab: Lab) -> None:
    client = client_for(lab, FIPS)
    client.list_keys()
    with moto_in_process():
        assert client.list_keys()["Keys"] == []
    client.list_keys()
    assert [seen.host for seen in lab.seen] == [KMS_FIPS] * 2


def test_what_moto_lets_pass_goes_where_it_is_to_go(lab: Lab) -> None:
    pytest.importorskip("moto.core.config", reason="moto before 5 lets nothing pass")
    passes = {"core": {"passthrough": {"services": ["kms"]}, "mock_credentials": False}}
    with moto.mock_aws(config=passes):
        client = client_for(lab, FIPS)
        client.list_keys()
    assert [seen.host for seen in lab.seen] == [KMS_FIPS]


def test_moto_is_left_as_it_was_found() -> None:
    """In a process of its own, which also shows what an import brings along."""
    done = subprocess.run(
        [sys.executable, "-c", _FRESH], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["[]", "True", "False", "False", "False", "True"]


_FRESH = """
import sys
import endpoint_router.testing as testing
heavy = {"botocore", "boto3", "moto", "pytest", "msgspec", "dns", "asyncio"}
print(sorted(heavy & sys.modules.keys()))

from botocore.session import Session
from moto.core.botocore_stubber import BotocoreStubber
before = BotocoreStubber.__call__
is_as_before = lambda: print(BotocoreStubber.__call__ is before)
with testing.policy_in_force({"defaults": {"fips": "require"}}):
    is_as_before()
    Session().create_client("kms", "us-east-1")
    is_as_before()
    with testing.policy_in_force({}):
        Session().create_client("kms", "us-east-1")
        is_as_before()
    is_as_before()
is_as_before()
"""
