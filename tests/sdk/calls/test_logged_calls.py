"""What the decision log holds of real calls, and that no secret of theirs is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSHTTPConnectionPool
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.session import Session

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab import Absent, Addresses, Silent
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.sdk.activation.installation import Installation
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, client_for, only

S3_VPCE = "vpce-0123456789abcdef2-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
PRIVATE = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [
        {"type": "interface", "dns_names": [KMS_VPCE]},
        {"type": "interface", "dns_names": [f"*.{S3_VPCE}"]},
    ],
}
KEY, SECRET, TOKEN = "AKIASECRETKEYID00001", "wJalrSecretAccessKey", "session-token-of-the-run"
KEYS = {
    "aws_access_key_id": KEY,
    "aws_secret_access_key": SECRET,
    "aws_session_token": TOKEN,
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def logged(policy: Mapping[str, Any], log: Path) -> dict[str, Any]:
    return {**policy, "log": {"decisions": str(log)}}


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_a_distinct_decision_is_written_once_with_its_peer(lab: Lab, log: Path) -> None:
    client = client_for(lab, logged(PRIVATE, log))
    for _ in range(20):
        client.list_keys()
    (line,) = lines(log)
    assert (line["outcome"], line["mode"]) == ("allowed", "enforce")
    assert line["host"] == line["sent"] == KMS_VPCE == lab.seen[0].host
    assert line["peer"] == lab.seen[0].address == "10.20.0.10"
    assert (line["signing_name"], line["signing_region"]) == ("kms", "us-east-1")


def test_the_peer_of_a_public_host(lab: Lab, log: Path) -> None:
    client_for(lab, logged({"defaults": {"fips": "require"}}, log)).list_keys()
    (line,) = lines(log)
    assert (line["host"], line["peer"], line["fips_basis"]) == (KMS_FIPS, "52.94.0.11", "listed")


@pytest.mark.parametrize("streams", [False, True])
def test_the_peer_of_a_connection_that_is_all_botocores_own(log: Path, streams: bool) -> None:
    """For a log alone, nothing is put into botocore's pools."""
    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1")
        session = Session()
        client = session.create_client(
            "s3", "us-east-1", endpoint_url=f"http://127.0.0.1:{lab.http.port}"
        )
        Installation({"log": {"decisions": str(log)}}).adopt(client)
        if streams:
            client.get_object(Bucket="bucket", Key="key")["Body"].read()
        else:
            client.list_buckets()
        pools = client._endpoint.http_session._manager.pools
        (pool,) = [pools[key] for key in pools.keys()]  # noqa: SIM118 - no other way in
        assert type(pool) is AWSHTTPConnectionPool
    (line,) = lines(log)
    assert (line["host"], line["peer"]) == ("127.0.0.1", "127.0.0.1")


def test_each_refusal_is_written(lab: Lab, log: Path) -> None:
    policy = {"defaults": {"allowed_regions": ["eu-*"]}}
    client = client_for(lab, logged(policy, log))
    for _ in range(3):
        with pytest.raises(EndpointDenied):
            client.list_keys()
    found = lines(log)
    assert [line["code"] for line in found] == ["region.not_allowed"] * 3
    assert all(line["outcome"] == "denied" and not line["peer"] for line in found)
    assert lab.seen == []


def test_what_is_held_back_is_written_once(lab: Lab, log: Path) -> None:
    lab.zone.set(KMS_VPCE, Silent())
    lab.zone.set(KMS, Silent())
    client = client_for(lab, logged({**PRIVATE, "dns": {"timeout": 0.2}}, log))
    for _ in range(2):
        with pytest.raises(EndpointUnverified):
            client.list_keys()
    assert [line["code"] for line in lines(log)] == ["private.unverified"]


def test_a_verdict_that_turns_is_a_distinct_decision(lab: Lab, log: Path) -> None:
    policy = {**PRIVATE, "dns": {"min_ttl": 0, "max_ttl": 0}}
    client = client_for(lab, logged(policy, log))
    client.list_keys()
    lab.zone.set(KMS_VPCE, Absent())
    lab.zone.set(KMS, Addresses(("52.94.0.10",)))
    with pytest.raises(EndpointDenied):
        client.list_keys()
    assert [line["outcome"] for line in lines(log)] == ["allowed", "denied"]


def test_a_call_that_does_not_arrive_is_on_record_all_the_same(lab: Lab, log: Path) -> None:
    lab.unreachable("10.20.0.10")
    with pytest.raises(EndpointConnectionError):
        client_for(lab, logged(PRIVATE, log)).list_keys()
    (line,) = lines(log)
    assert (line["outcome"], line["host"], line["peer"]) == ("allowed", KMS_VPCE, "")


def test_a_presigned_url_is_on_record_when_it_is_made(lab: Lab, log: Path) -> None:
    client = client_for(lab, logged(PRIVATE, log), "s3")
    for _ in range(2):
        client.generate_presigned_url("get_object", {"Bucket": "payroll-2026", "Key": "k"})
    (line,) = lines(log)
    assert line["presigned"] is True
    assert line["peer"] == ""
    assert "payroll" not in log.read_text("utf-8")


def test_a_log_that_cannot_be_written_loses_no_call(
    lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_for(lab, logged(PRIVATE, tmp_path / "no" / "such" / "directory" / "log"))
    client.list_keys()
    client.list_keys()
    assert len(lab.seen) == 2
    assert sum("decision log" in record.message for record in caplog.records) == 1


def test_buckets_do_not_make_decisions_distinct(lab: Lab, log: Path) -> None:
    lab.host(f"bucket.{S3_VPCE}", "10.20.0.30")
    lab.host(f"*.bucket.{S3_VPCE}", "10.20.0.30")
    client = client_for(lab, logged(PRIVATE, log), "s3")
    for bucket in ("payroll-2026", "invoices-2026", "minutes-2026"):
        client.list_objects_v2(Bucket=bucket)
    (line,) = lines(log)
    assert line["host"] == f"*.bucket.{S3_VPCE}"
    assert line["peer"] == "10.20.0.30"
    assert "2026-" not in json.dumps(line["candidates"])


def test_no_secret_is_in_it(lab: Lab, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signatures: set[str] = set()

    def note(request: Any, **_: Any) -> None:
        header = request.headers["Authorization"]
        text = header.decode() if isinstance(header, bytes) else header
        signatures.add(text.rpartition("Signature=")[2])

    lab.host(f"bucket.{S3_VPCE}", "10.20.0.30")
    lab.host(f"*.bucket.{S3_VPCE}", "10.20.0.30")

    def client(service: str, policy: Mapping[str, Any] = PRIVATE, **options: Any) -> Any:
        made = client_for(lab, logged(policy, log), service, **KEYS, **options)
        made.meta.events.register("before-send", note)
        return made

    client("kms").list_keys()
    s3 = client("s3")
    s3.put_object(Bucket="payroll", Key="secret-key", Body=b"secret-body")
    url = s3.generate_presigned_url("get_object", {"Bucket": "payroll", "Key": "secret-key"})
    signatures.add(url.rpartition("ignature=")[2].partition("&")[0])
    post = s3.generate_presigned_post("payroll", "secret-key")["fields"]
    signatures |= {post.get("x-amz-signature", ""), post.get("signature", "")} - {""}
    with pytest.raises(EndpointDenied):
        client("kms", endpoint_url="https://usr:pw-in-url@user.corp.example").list_keys()
    with ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        proxied = proxy.url.replace("://", "://prx:pw-of-proxy@")
        config = Config(proxies={"https": proxied})
        client("kms", {"defaults": {"fips": "require"}}, config=config).list_keys()
        assert proxy.targets == [(KMS_FIPS, 443)]
    text = log.read_text("utf-8")
    assert len(signatures) >= 4
    assert {line["code"] for line in lines(log)} == {"allowed", "endpoint_url.undeclared"}
    assert any(line["proxy"] == proxy.url for line in lines(log))
    secrets = {KEY, SECRET, TOKEN, "pw-in-url", "usr", "pw-of-proxy", "prx", "secret-key"}
    for secret in signatures | secrets | {"secret-body", "payroll"}:
        assert secret not in text, secret


def test_without_a_log_nothing_is_kept(lab: Lab) -> None:
    client_for(lab, PRIVATE).list_keys()
    assert only(lab).host == KMS_VPCE
