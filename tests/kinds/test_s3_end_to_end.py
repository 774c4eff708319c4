"""S3 through an interface endpoint, end to end: real objects in moto, real boto3, real TLS.

The public hosts are up, too, and moto is behind them: what went there would succeed, and be seen.
"""

from __future__ import annotations

import io
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from random import Random
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault, Seen
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from tests.support.lab_client import REGION, hosts, only, scope, session_for
from tests.support.moto_lab import (
    ACCOUNT,
    ENDPOINT,
    PUBLIC,
    S3,
    S3_GLOBAL,
    VPCE_ACCESS_POINT,
    VPCE_BUCKET,
    VPCE_CONTROL,
    VPCE_S3,
    moto_lab,
)

MIB = 1 << 20

#: Twice the same policy, but for what the URL names.
WAYS: dict[str, dict[str, Any]] = {
    way: {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [VPCE_S3], "connect": way}],
    }
    for way in ("name", "address")
}
#: The host below which a bucket's must lie, by way.
BUCKETS = {"name": VPCE_BUCKET, "address": S3}
ACCESS_POINTS = {"name": VPCE_ACCESS_POINT, "address": f"s3-accesspoint.{REGION}.amazonaws.com"}

AP = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/reports"


@pytest.fixture
def lab(moto: int) -> Iterator[Lab]:
    with moto_lab(moto) as lab:
        yield lab


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Make = Callable[..., Any]


@pytest.fixture
def make(lab: Lab, way: str) -> Iterator[Make]:
    """Makes clients whose every request, in the end, must have come in at the endpoint."""

    def client(service: str = "s3", style: str = "auto", policy: Any = None, **config: Any) -> Any:
        session = boto3.Session(botocore_session=session_for(lab, policy or WAYS[way]))
        settings = {"retries": {"max_attempts": 0}, "read_timeout": 60, **config}
        return session.client(
            service, region_name=REGION, config=Config(s3={"addressing_style": style}, **settings)
        )

    yield client
    assert lab.seen
    for seen in lab.seen:
        assert (seen.address, seen.sni, scope(seen)) == (ENDPOINT, seen.host, ("s3", REGION)), seen
    assert {address for address, _ in lab.dialled} == {ENDPOINT}


def at(lab: Lab, method: str, path: str) -> Seen:
    """The one request of this kind."""
    (found,) = (one for one in lab.seen if one.method == method and one.path.startswith(path))
    return found


def new_bucket(client: Any, name: str = "reports") -> str:
    client.create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize("style", ["virtual", "path"])
def test_an_object_from_its_bucket_to_its_end(lab: Lab, make: Make, way: str, style: str) -> None:
    client = make(style=style)
    bucket = new_bucket(client)
    at_key = {"Bucket": bucket, "Key": "a b/c+d/é%.txt"}
    put = client.put_object(**at_key, Body=b"first\nsecond\n", Metadata={"who": "me"})
    head = client.head_object(**at_key)
    assert (head["ContentLength"], head["ETag"]) == (13, put["ETag"])
    assert head["Metadata"] == {"who": "me"}
    got = client.get_object(**at_key, Range="bytes=6-")
    assert list(got["Body"].iter_lines()) == [b"second"]
    listed = client.list_objects_v2(Bucket=bucket)
    assert [one["Key"] for one in listed["Contents"]] == [at_key["Key"]]
    assert [one["Name"] for one in client.list_buckets()["Buckets"]] == [bucket]
    client.delete_object(**at_key)
    with pytest.raises(ClientError, match="404"):
        client.head_object(**at_key)
    client.delete_bucket(Bucket=bucket)
    bare, front = BUCKETS[way], f"{bucket}." if style == "virtual" else ""
    assert set(hosts(lab)) == {f"{front}{bare}", bare}  # ListBuckets has no bucket
    assert (lab.seen[0].host, lab.seen[0].path) == (f"{front}{bare}", "/" if front else "/reports")


def test_a_dotted_bucket_stays_in_the_path(lab: Lab, make: Make, way: str) -> None:
    """No wildcard certificate covers two labels."""
    client = make()
    bucket = new_bucket(client, "reports.example.com")
    client.put_object(Bucket=bucket, Key="k", Body=b"dotted")
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"dotted"
    assert set(hosts(lab)) == {BUCKETS[way]}
    assert {one.path.split("/")[1].partition("?")[0] for one in lab.seen} == {bucket}


def test_a_large_file_in_parts_by_several_threads(lab: Lab, make: Make) -> None:
    content = Random(1).randbytes(12 * MIB + 3)
    client = make()
    new_bucket(client)
    transfer = TransferConfig(
        multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=3
    )
    client.upload_fileobj(io.BytesIO(content), "reports", "large", Config=transfer)
    parts = sorted(one.body_length for one in lab.seen if one.operation == "UploadPart")
    assert parts == [2 * MIB + 3, 5 * MIB, 5 * MIB]
    assert client.head_object(Bucket="reports", Key="large")["ETag"].endswith('-3"')
    back = io.BytesIO()
    client.download_fileobj("reports", "large", back, Config=transfer)
    assert back.getvalue() == content
    assert sum("range" in one.header_names for one in lab.seen) == 3


def test_a_broken_part_is_sent_again_to_the_same_endpoint(lab: Lab, make: Make) -> None:
    client = make(retries={"max_attempts": 1, "mode": "standard"})
    new_bucket(client)
    lab.fail_next(1, Fault(reset=True))
    client.put_object(Bucket="reports", Key="k", Body=io.BytesIO(b"x" * MIB))
    assert [one.body_length for one in lab.seen if one.method == "PUT"][1:] == [MIB, MIB]
    assert client.head_object(Bucket="reports", Key="k")["ContentLength"] == MIB


def test_checksums_arrive_and_come_back(lab: Lab, make: Make) -> None:
    client = make()
    new_bucket(client)
    content = b"content" * 1000
    at_key = {"Bucket": "reports", "Key": "k"}
    client.put_object(**at_key, Body=io.BytesIO(content), ChecksumAlgorithm="CRC32")
    sent = at(lab, "PUT", "/k")
    assert sent.body_length == len(content)
    assert "x-amz-trailer" in sent.header_names  # behind the body, where it is a stream
    assert client.get_object(**at_key)["Body"].read() == content
    digest = b64encode(sha256(content).digest()).decode()
    ready = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": digest}
    client.put_object(**at_key, Body=content, **ready)
    got = client.get_object(**at_key, ChecksumMode="ENABLED")
    assert got["Body"].read() == content
    assert got.get("ChecksumSHA256", digest) == digest  # moto 4 keeps none


def test_copies_and_pages(lab: Lab, make: Make) -> None:
    client = make()
    new_bucket(client)
    new_bucket(client, "archive")
    for number in range(5):
        client.put_object(Bucket="reports", Key=f"k{number}", Body=str(number).encode())
        source = {"Bucket": "reports", "Key": f"k{number}"}
        client.copy_object(Bucket="archive", Key=f"old/{number}", CopySource=source)
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket="archive", Prefix="old/", PaginationConfig={"PageSize": 2}
    )
    keys = [[one["Key"] for one in page["Contents"]] for page in pages]
    assert keys == [["old/0", "old/1"], ["old/2", "old/3"], ["old/4"]]
    assert client.get_object(Bucket="archive", Key="old/4")["Body"].read() == b"4"
    client.get_waiter("object_exists").wait(Bucket="archive", Key="old/0")
    deleted = [{"Key": key} for page in keys for key in page]
    client.delete_objects(Bucket="archive", Delete={"Objects": deleted})
    assert client.list_objects_v2(Bucket="archive")["KeyCount"] == 0


def test_one_client_for_buckets_and_access_points(lab: Lab, make: Make, way: str) -> None:
    make("s3control").create_access_point(AccountId=ACCOUNT, Name="reports", Bucket="reports")
    control = VPCE_CONTROL if way == "name" else f"s3-control.{REGION}.amazonaws.com"
    assert only(lab).host == f"{ACCOUNT}.{control}"
    client = make()
    new_bucket(client)
    client.put_object(Bucket=AP, Key="by/access point", Body=b"one")
    assert client.get_object(Bucket="reports", Key="by/access point")["Body"].read() == b"one"
    client.put_object(Bucket="reports", Key="by bucket", Body=b"two")
    assert client.get_object(Bucket=AP, Key="by bucket")["Body"].read() == b"two"
    transfer = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    client.upload_fileobj(io.BytesIO(b"x" * (6 * MIB)), AP, "large", Config=transfer)
    assert client.head_object(Bucket="reports", Key="large")["ContentLength"] == 6 * MIB
    bucket, access_point = f"reports.{BUCKETS[way]}", f"reports-{ACCOUNT}.{ACCESS_POINTS[way]}"
    assert [one.host for one in lab.seen[2:6]] == [access_point, bucket, bucket, access_point]
    assert {one.host for one in lab.seen if "large" in one.path} == {bucket, access_point}


def fetched(lab: Lab, url: str) -> bytes:
    """What another application, which knows nothing of a router, gets from *url*."""
    context = ssl.create_default_context(cafile=lab.ca_bundle)
    with ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"https": proxy.url}),
            urllib.request.HTTPSHandler(context=context),
        )
        with closing(opener.open(url, timeout=60)) as response:
            return bytes(response.read())


PRESIGNED: dict[str, Any] = {"signature_version": "s3v4"}


def test_a_presigned_url_of_the_endpoint_works_for_anybody(lab: Lab, make: Make, way: str) -> None:
    routed = {**WAYS[way], "defaults": {"private": "require", "presigned": "routed"}}
    client = make(policy=routed, **PRESIGNED)
    new_bucket(client)
    client.put_object(Bucket="reports", Key="k", Body=b"presigned")
    url = client.generate_presigned_url("get_object", {"Bucket": "reports", "Key": "k"})
    if way == "address":  # the URL names AWS's host, and whoever resolves it is not inside the VPC
        lab.host(f"*.{S3}", ENDPOINT)
    assert fetched(lab, url) == b"presigned"
    assert lab.seen[-1].host == f"reports.{BUCKETS[way]}"
    assert lab.seen[-1].user_agent.startswith("Python-urllib")


def test_a_presigned_url_for_the_public_names_the_public_host(lab: Lab) -> None:
    made = boto3.Session(botocore_session=session_for(lab, WAYS["name"]))
    client = made.client("s3", region_name=REGION, config=Config(**PRESIGNED))
    new_bucket(client)
    client.put_object(Bucket="reports", Key="k", Body=b"public")
    url = client.generate_presigned_url("get_object", {"Bucket": "reports", "Key": "k"})
    assert fetched(lab, url) == b"public"
    assert [one.address for one in lab.seen] == [ENDPOINT, ENDPOINT, PUBLIC]
    assert lab.seen[-1].host == f"reports.{S3_GLOBAL}"


def test_without_the_endpoint_it_is_refused_though_the_public_host_works(lab: Lab) -> None:
    required = session_for(lab, {"defaults": {"private": "require"}})
    off = session_for(lab, {"defaults": {"private": "off"}})
    refused, plain = (
        boto3.Session(botocore_session=one).client("s3", region_name=REGION)
        for one in (required, off)
    )
    with pytest.raises(EndpointDenied) as caught:
        refused.create_bucket(Bucket="reports")
    assert caught.value.code == "private.public_address"
    assert lab.seen == []
    plain.create_bucket(Bucket="reports")
    assert (only(lab).address, only(lab).host) == (PUBLIC, f"reports.{S3_GLOBAL}")
