"""Connections that stay open: reused as long as a new one could lead there, and no longer."""

from __future__ import annotations

import binascii
import gc
import socket
import struct
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from endpoint_router import EndpointDenied
from endpoint_router.lab import Absent, Addresses, Reply
from endpoint_router.lab.network import Lab
from tests.support.children import forks, in_child
from tests.support.lab_client import KMS, KMS_VPCE, ONE_ATTEMPT, REGION, questions
from tests.support.pinning import (
    ONE,
    PRIVATE_DNS,
    PUBLIC,
    TWO,
    VPCE_PREFERRED,
    Through,
    addresses,
    arrived,
    at_servers,
    pinned,
    private_dns,
    session_of,
)
from tests.support.plain_wire import Wire
from tests.support.renewing import Reach, Time, eventually

LONG = 1000  # seconds; every answer has expired by then


@pytest.fixture
def clock() -> Time:
    return Time()


# --- what DNS says meanwhile


def test_the_same_answer_keeps_the_connection(lab: Lab, clock: Time) -> None:
    private_dns(lab, ONE, TWO)
    client = pinned(lab, PRIVATE_DNS, clock)
    client.list_keys()
    for order in ((TWO, ONE), (ONE, TWO), (TWO, ONE)):
        lab.zone.set(KMS, Addresses(order, 100))
        clock.passes(LONG)
        client.list_keys()
    assert len(lab.dialled) == 1
    assert questions(lab, KMS) == 4


def test_an_answer_that_still_names_the_address_keeps_the_connection(lab: Lab, clock: Time) -> None:
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS, clock)
    for more in ((ONE,), (ONE, TWO), (TWO, ONE), (ONE,)):
        private_dns(lab, *more)
        clock.passes(LONG)
        client.list_keys()
    assert addresses(lab) == [ONE]


def test_a_connection_to_an_address_that_dns_no_longer_names_is_closed(
    lab: Lab, clock: Time
) -> None:
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS, clock)
    client.list_keys()
    private_dns(lab, TWO)  # the old one would still answer
    clock.passes(LONG)
    client.list_keys()
    assert arrived(lab) == [(KMS, ONE), (KMS, TWO)]
    eventually(lambda: at_servers(lab) == 1)


@pytest.mark.parametrize(
    "bad", [Addresses((PUBLIC,)), Addresses((ONE, PUBLIC)), Absent()], ids=["public", "mixed", "no"]
)
def test_when_the_verdict_turns_bad_idle_connections_are_closed(
    lab: Lab, clock: Time, bad: Any
) -> None:
    private_dns(lab, ONE)
    client = pinned(lab, PRIVATE_DNS, clock)
    client.list_keys()
    assert at_servers(lab) == 1
    lab.zone.set(KMS, bad)
    clock.passes(LONG)
    with pytest.raises(EndpointDenied):
        client.list_keys()
    eventually(lambda: at_servers(lab) == 0)
    private_dns(lab, ONE)
    clock.passes(LONG)
    client.list_keys()
    assert arrived(lab) == [(KMS, ONE)] * 2


def test_a_connection_that_is_in_use_meanwhile_is_not_reused_either(lab: Lab, clock: Time) -> None:
    """It comes back to the pool after the pool was looked through."""
    client, bucket = s3(lab, clock)
    lab.https.replies["s3", "GetObject"] = Reply(200, (), b"x" * 300_000)
    body = client.get_object(Bucket="lab-bucket", Key="k")["Body"]
    assert body.read(1) == b"x"
    lab.host(bucket, TWO)
    lab.host(f"*.{bucket}", TWO)
    clock.passes(LONG)
    client.list_objects_v2(Bucket="lab-bucket")
    assert len(body.read()) == 299_999  # undisturbed
    client.list_objects_v2(Bucket="lab-bucket")
    assert [seen.address for seen in lab.seen] == [ONE, TWO, TWO]


# --- threads, processes, lifetimes


def test_eight_threads_and_a_pool_of_one(lab: Lab) -> None:
    private_dns(lab, ONE, TWO)
    client = pinned(lab, PRIVATE_DNS, max_pool_connections=1)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(client.list_keys) for _ in range(64)]
    for call in calls:
        call.result()
    assert len(lab.seen) == 64
    eventually(lambda: at_servers(lab) == 1)


def test_threads_while_the_answer_changes_again_and_again(lab: Lab, clock: Time) -> None:
    lab.host("both.example", ONE, TWO, certificate=KMS)
    lab.zone.set(KMS, Addresses((ONE,), 5))
    client = pinned(lab, PRIVATE_DNS, clock, max_pool_connections=2)
    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            lab.zone.set(KMS, Addresses(((ONE, TWO)[turn % 2],), 5))
            clock.passes(LONG)
            for call in [pool.submit(client.list_keys) for _ in range(16)]:
                call.result()
    assert len(lab.seen) == 20 * 16


def idle(client: Any) -> Any:
    """The one pinned connection of *client*, which nobody uses now."""
    (lane,) = client._endpoint.http_session.close.__self__._lanes.values()
    manager = lane.session._manager
    (key,) = manager.pools.keys()
    (connection,) = [one for one in list(manager.pools.get(key).pool.queue) if one is not None]
    return connection


@forks
def test_a_child_leaves_the_parents_connection_alone(lab: Lab) -> None:
    client = Reach.of(lab).client()
    client.list_keys()
    before = idle(client).sock.getsockname()

    def calls_twice() -> bool:
        client.list_keys()
        client.list_keys()
        return True

    assert in_child(calls_twice)
    client.list_keys()
    assert len(lab.seen) == 4
    assert idle(client).sock.getsockname() == before


def test_closing_the_client_closes_its_connections(lab: Lab) -> None:
    private_dns(lab, ONE)
    loose = {"services": ["kms"], "operations": ["ListAliases"], "private": "off", "reason": "x"}
    client = pinned(lab, {**PRIVATE_DNS, "rules": [loose]})
    client.list_keys()
    client.list_aliases()
    assert at_servers(lab) == 2
    client.close()
    eventually(lambda: at_servers(lab) == 0)
    client.list_keys()  # as with botocore's own
    assert len(lab.seen) == 3


def test_undo_leaves_the_client_as_botocore_made_it(lab: Lab) -> None:
    private_dns(lab, ONE)
    session, installation = session_of(lab, PRIVATE_DNS)
    client = session.create_client("kms", REGION, config=Config(retries=ONE_ATTEMPT))
    client.list_keys()
    http_session = client._endpoint.http_session
    installation.release(client)
    eventually(lambda: at_servers(lab) == 0)
    for name in ("send", "close"):
        assert getattr(http_session, name).__func__ is getattr(URLLib3Session, name)
        assert name not in vars(http_session)
    assert http_session._manager.pool_classes_by_scheme is http_session._pool_classes_by_scheme
    lab.host(KMS, PUBLIC)
    Wire().lead(client, lab).list_keys()
    assert arrived(lab) == [(KMS, ONE), (KMS, PUBLIC)]
    client.close()
    eventually(lambda: at_servers(lab) == 0)


@pytest.mark.parametrize("policy", [PRIVATE_DNS, VPCE_PREFERRED], ids=["own name", "endpoint"])
def test_a_client_goes_with_its_pinned_connections(lab: Lab, policy: dict[str, Any]) -> None:
    private_dns(lab, ONE)
    client = pinned(lab, policy)
    client.list_keys()
    gc.collect()
    gc.disable()
    try:
        client.list_keys()
        parts = [client, client._endpoint.http_session, client._endpoint.http_session.close]
        lane = next(iter(parts[-1].__self__._lanes.values()))
        parts[-1] = lane
        parts += [lane.session, lane.session._manager]
        references = [weakref.ref(one) for one in parts]
        with warnings.catch_warnings():
            # urllib3 1.26 has no finalizer for its pools: an idle socket is just dropped there.
            warnings.simplefilter("ignore", ResourceWarning)
            del client, parts, lane
        assert [reference() for reference in references] == [None] * len(references)
        eventually(lambda: at_servers(lab) == 0)
    finally:
        gc.enable()


# --- the client's own settings


def test_keep_alive_and_other_options_reach_the_socket(lab: Lab) -> None:
    private_dns(lab, ONE)
    dialler = Through(lab)
    client = pinned(lab, PRIVATE_DNS, dialler=dialler, tcp_keepalive=True, connect_timeout=7)
    client.list_keys()
    (opened,) = dialler.sockets
    # urllib3 has wrapped and so detached it: look at the pool's own.
    wrapped = idle(client)
    assert opened.fileno() == -1
    assert wrapped.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
    assert wrapped.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_plain_http_to_a_preferred_endpoint_is_pinned_as_well(lab: Lab) -> None:
    client = pinned(lab, VPCE_PREFERRED, use_ssl=False)
    client.list_keys()
    seen = lab.seen[0]
    assert (seen.host, seen.sni, seen.address, seen.port) == (KMS_VPCE, "", "10.20.0.10", 80)
    assert {address for address, _ in lab.dialled} == {"10.20.0.10"}


# --- S3

S3_ID = "vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
S3_POLICY: dict[str, Any] = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [f"*.{S3_ID}"]}],
}
BUCKET = f"bucket.{S3_ID}"


def s3(lab: Lab, clock: Time | None = None, **config: Any) -> tuple[Any, str]:
    """An S3 client on a VPC endpoint, and the name that its connections are confirmed for."""
    lab.host(BUCKET, ONE, ttl=3600)
    lab.host(f"*.{BUCKET}", ONE, ttl=3600)
    return pinned(lab, S3_POLICY, clock, "s3", **config), BUCKET


def test_fifty_buckets_are_one_question(lab: Lab) -> None:
    client, bucket = s3(lab)
    for number in range(50):
        client.list_objects_v2(Bucket=f"bucket-{number}")
    # Private DNS, of which no bucket is known yet.
    at_creation = {"s3.amazonaws.com", "s3.us-east-1.amazonaws.com"}
    assert {asked.name for asked in lab.dns.questions} - at_creation == {bucket}
    assert questions(lab, bucket) == 1
    assert {seen.address for seen in lab.seen} == {ONE}
    assert len({seen.sni for seen in lab.seen}) == 50


def test_a_bucket_whose_own_name_leads_elsewhere_is_dialled_where_it_was_confirmed(
    lab: Lab,
) -> None:
    client, bucket = s3(lab)
    lab.zone.set(f"lab-bucket.{bucket}", Addresses(("52.94.0.66",)))
    client.list_objects_v2(Bucket="lab-bucket")
    assert addresses(lab) == [ONE]


def test_a_multipart_upload(lab: Lab, tmp_path: Path) -> None:
    lab.host(BUCKET, ONE, TWO)
    lab.host(f"*.{BUCKET}", ONE, TWO)
    session, _ = session_of(lab, S3_POLICY)
    client = boto3.session.Session(botocore_session=session).client("s3", REGION)
    path = tmp_path / "large"
    path.write_bytes(bytes(17 << 20))
    client.upload_file(
        str(path),
        "lab-bucket",
        "k",
        Config=TransferConfig(multipart_threshold=5 << 20, max_concurrency=4),
    )
    operations = [seen.operation for seen in lab.seen]
    assert operations.count("UploadPart") == 3
    assert operations[-1] == "CompleteMultipartUpload"
    assert {seen.host for seen in lab.seen} == {f"lab-bucket.{BUCKET}"}
    assert sum(seen.body_length for seen in lab.seen) >= 17 << 20
    client.close()


def event(kind: str, payload: bytes) -> bytes:
    """One message of ``application/vnd.amazon.eventstream``."""
    headers = b"".join(
        bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value
        for name, value in ((b":message-type", b"event"), (b":event-type", kind.encode()))
    )
    total = 16 + len(headers) + len(payload)
    prelude = struct.pack(">II", total, len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", binascii.crc32(message))


def test_an_event_stream(lab: Lab) -> None:
    client, _ = s3(lab)
    stream = event("Records", b"a,b\n") + event("Records", b"c,d\n") + event("End", b"")
    lab.https.replies["s3", ""] = Reply(200, (), stream)
    selected = client.select_object_content(
        Bucket="lab-bucket", Key="k", Expression="select *", ExpressionType="SQL",
        InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}},
    )  # fmt: skip
    records = [one["Records"]["Payload"] for one in selected["Payload"] if "Records" in one]
    assert records == [b"a,b\n", b"c,d\n"]
    client.list_objects_v2(Bucket="lab-bucket")
    assert addresses(lab) == [ONE]
