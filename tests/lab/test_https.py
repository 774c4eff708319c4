"""Every canned reply is parsed by real clients; every request is recorded as it was."""

from __future__ import annotations

import io
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, SSLError

from endpoint_router.lab import Fault, Reply, Request, Seen
from endpoint_router.lab.network import Lab

#: What takes no time may take so long where others want the machine. Seconds.
BUSY = 60.0


@pytest.fixture
def lab() -> Iterator[Lab]:
    started = time.monotonic()
    with Lab() as lab:
        assert time.monotonic() - started < BUSY
        lab.host("127.0.0.1", "127.0.0.1")
        yield lab
        started = time.monotonic()
    assert time.monotonic() - started < BUSY
    assert lab.https.errors == []


def a_client(service: str, lab: Lab, *, tls: bool = True, **options: Any) -> Any:
    """A botocore client that talks to the lab's servers by address."""
    session = botocore.session.Session()
    session.set_credentials("AKIALABLABLABLABLAB1", "secret")
    server = lab.https if tls else lab.http
    return session.create_client(
        service,
        region_name=options.pop("region", "us-east-1"),
        endpoint_url=f"{'https' if tls else 'http'}://127.0.0.1:{server.port}",
        verify=lab.ca_bundle,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, **options),
    )


@pytest.fixture
def client(lab: Lab) -> Callable[..., Any]:
    return lambda service, **options: a_client(service, lab, **options)


KEY = {"Bucket": "bucket", "Key": "key"}
PART = {**KEY, "UploadId": "u", "PartNumber": 1, "Body": b"body"}
ROLE = {"RoleArn": "arn:aws:iam::111122223333:role/lab", "RoleSessionName": "lab"}
TOKEN = {**ROLE, "WebIdentityToken": "token"}
MACHINE = {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:lab"}
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/lab"
MESSAGE = {"QueueUrl": QUEUE, "MessageBody": "m"}
MAIL = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
OLD_MAIL = {"Source": "a@b", "Destination": {}, "Message": MAIL}
COPY = {"SourceRegion": "us-west-2", "SourceSnapshotId": "snap-1"}
ITEM = {"TableName": "lab", "Key": {"id": {"S": "lab"}}}

#: client, operation, parameters, where in the parsed reply something must be, and what
CALLS: list[tuple[str, str, dict[str, Any], str, object]] = [
    ("sts", "GetCallerIdentity", {}, "Account", "111122223333"),
    ("sts", "AssumeRole", ROLE, "Credentials.AccessKeyId", "ASIALAB"),
    ("sts", "AssumeRoleWithWebIdentity", TOKEN, "Credentials.SessionToken", "lab"),
    ("kms", "ListKeys", {}, "Keys.0.KeyId", "lab"),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": b"x"}, "CiphertextBlob", b"lab"),
    ("kms", "GenerateDataKey", {"KeyId": "k", "KeySpec": "AES_256"}, "Plaintext", b"lab"),
    ("kms", "DescribeKey", {"KeyId": "k"}, "", None),
    ("sqs", "ListQueues", {}, "QueueUrls.0", QUEUE),
    ("sqs", "SendMessage", MESSAGE, "MessageId", "lab-1"),
    ("s3", "ListBuckets", {}, "Buckets.0.Name", "lab"),
    ("s3", "HeadBucket", {"Bucket": "bucket"}, "", None),
    ("s3", "ListObjects", {"Bucket": "bucket"}, "Contents.0.Size", 3),
    ("s3", "PutObject", {**KEY, "Body": b"body"}, "ETag", '"lab"'),
    ("s3", "HeadObject", KEY, "ETag", '"lab"'),
    ("s3", "CreateMultipartUpload", KEY, "UploadId", "lab-upload"),
    ("s3", "UploadPart", PART, "ETag", '"lab"'),
    ("s3", "CompleteMultipartUpload", {**KEY, "UploadId": "u"}, "ETag", '"lab-1"'),
    ("dynamodb", "ListTables", {}, "TableNames.0", "lab"),
    ("dynamodb", "GetItem", ITEM, "Item.id.S", "lab"),
    ("dynamodb", "DescribeEndpoints", {}, "Endpoints.0.CachePeriodInMinutes", 60),
    ("iam", "ListUsers", {}, "Users.0.UserName", "lab"),
    ("iam", "GetUser", {}, "User.Path", "/"),
    ("ses", "ListIdentities", {}, "Identities.0", "lab@example.com"),
    ("ses", "SendEmail", OLD_MAIL, "MessageId", "lab-1"),
    ("sesv2", "GetAccount", {}, "SendingEnabled", True),
    ("sesv2", "SendEmail", {"Content": {"Simple": MAIL}}, "MessageId", "lab-1"),
    ("ec2", "DescribeRegions", {}, "Regions.0.RegionName", "us-east-1"),
    ("ec2", "CopySnapshot", COPY, "SnapshotId", "snap-11111111111111111"),
    ("lambda", "ListFunctions", {}, "Functions.0.FunctionName", "lab"),
    ("stepfunctions", "StartSyncExecution", MACHINE, "status", "SUCCEEDED"),
    ("logs", "DescribeLogGroups", {}, "logGroups.0.logGroupName", "lab"),
    ("ssm", "GetParameter", {"Name": "n"}, "Parameter.Value", "lab"),
    ("cloudwatch", "ListMetrics", {}, "", None),
    ("route53", "ListHostedZones", {}, "HostedZones.0.Id", "LAB"),
    ("sns", "ListTopics", {}, "", None),
    ("ecr", "DescribeRepositories", {}, "", None),
    ("apigateway", "GetRestApis", {}, "", None),
]
SCOPES = {"stepfunctions": "states", "sesv2": "ses", "cloudwatch": "monitoring"}


def dig(value: Any, path: str) -> object:
    for step in path.split("."):
        value = value[int(step) if step.isdecimal() else step]
    return value


@pytest.mark.parametrize(("service", "operation", "params", "path", "expected"), CALLS)
def test_real_clients_parse_every_reply(
    client: Callable[..., Any],
    lab: Lab,
    service: str,
    operation: str,
    params: dict[str, Any],
    path: str,
    expected: object,
) -> None:
    made = client(service, inject_host_prefix=False)
    reply = made._make_api_call(operation, {**params})  # a handler writes into it
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert not path or dig(reply, path) == expected
    seen = lab.seen[-1]
    signed = "WebIdentity" not in operation
    assert seen.service == (SCOPES.get(service, service) if signed else "")
    assert seen.region == ("us-east-1" if signed else "")
    assert ("host" in seen.signed_headers) is signed
    assert seen.operation == ("" if service == "apigateway" else operation)
    assert seen.user_agent.startswith("Boto")
    assert seen.host == f"127.0.0.1:{lab.https.port}"
    assert (seen.address, seen.port) == ("127.0.0.1", lab.https.port)


def test_streams_and_times_are_parsed_too(client: Callable[..., Any]) -> None:
    assert client("s3").get_object(**KEY)["Body"].read() == b"lab"
    assert json.load(client("lambda").invoke(FunctionName="f")["Payload"]) == {"lab": True}
    assert client("sts").assume_role(**ROLE)["Credentials"]["Expiration"].year == 2099
    made = client("stepfunctions", inject_host_prefix=False)
    assert made.start_sync_execution(**MACHINE)["startDate"].year == 2026


def upload(client: Callable[..., Any], lab: Lab, *, tls: bool, body: Any) -> Seen:
    client("s3", tls=tls).put_object(Bucket="bucket", Key="key", Body=body)
    return lab.seen[-1]


@pytest.mark.parametrize("tls", [True, False])
def test_uploads_arrive_whole(
    client: Callable[..., Any], lab: Lab, tls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "botocore.awsrequest")
    for _ in range(3):
        seen = upload(client, lab, tls=tls, body=io.BytesIO(b"x" * 100_000))
    # botocore gives up on a missing "100 Continue" after one second and sends the body anyway.
    assert "100 Continue response seen" in caplog.text
    assert seen.body_length == 100_000
    assert (seen.method, seen.operation, seen.service) == ("PUT", "PutObject", "s3")


@pytest.mark.parametrize(
    ("wire", "length"),
    [
        (b"Content-Length: 5\r\n\r\nhello", 5),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nX: y\r\n\r\n", 5),
        (
            b"Content-Encoding: aws-chunked\r\nContent-Length: 46\r\n\r\n"
            b"5;chunk-signature=ab\r\nhello\r\n0\r\nx-amz-a: b\r\n\r\n",
            5,
        ),
        (
            b"Content-Encoding: aws-chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"a\r\n5\r\nhello\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n",
            5,
        ),
    ],
)
def test_bodies_in_every_framing_and_the_connection_stays(
    lab: Lab, wire: bytes, length: int
) -> None:
    with socket.create_connection(("127.0.0.1", lab.http.port), 60) as raw:
        for number in range(1, 3):
            raw.sendall(b"PUT /bucket/key HTTP/1.1\r\nHost: s3.lab\r\n" + wire)
            assert raw.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
            assert len(lab.seen) == number
            assert lab.seen[-1].body_length == length
    assert lab.http.errors == []


def test_expect_100_continue_is_answered_before_the_body(lab: Lab) -> None:
    with socket.create_connection(("127.0.0.1", lab.http.port), 60) as raw:
        raw.sendall(
            b"PUT / HTTP/1.1\r\nHost: s3.lab\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert raw.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert lab.seen == []
        raw.sendall(b"ok")
        assert raw.recv(65536).startswith(b"HTTP/1.1 200")


def get(lab: Lab, path: str, headers: str = "") -> Seen:
    with socket.create_connection(("127.0.0.1", lab.http.port), 60) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: h.lab\r\n{headers}\r\n".encode())
        assert raw.recv(65536).startswith(b"HTTP/1.1 200")
    return lab.seen[-1]


def test_scopes_of_presigned_and_sigv4a_requests(client: Callable[..., Any], lab: Lab) -> None:
    made = client("s3", tls=False, region="eu-west-1", signature_version="s3v4")
    url = made.generate_presigned_url("get_object", Params=KEY)
    seen = get(lab, url[url.index("/bucket") :])
    assert (seen.service, seen.region, seen.operation) == ("s3", "eu-west-1", "GetObject")
    assert "host" in seen.signed_headers
    seen = get(
        lab,
        "/",
        "X-Amz-Region-Set: us-east-1,eu-*\r\nAuthorization: AWS4-ECDSA-P256-SHA256 "
        "Credential=AKIA/20260101/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=1\r\n",
    )
    assert (seen.service, seen.region) == ("s3", "us-east-1,eu-*")
    assert seen.signed_headers == ("host", "x-amz-date")
    assert get(lab, "/?a=b").service == ""


@pytest.mark.parametrize(
    ("host", "path", "operation"),
    [
        ("bucket.s3.us-east-1.amazonaws.com", "/", "ListObjects"),
        ("bucket.s3.us-east-1.amazonaws.com", "/a/b", "GetObject"),
        ("s3-fips.us-east-1.amazonaws.com", "/", "ListBuckets"),
        ("s3.us-east-1.amazonaws.com", "/bucket/a/b", "GetObject"),
        ("bucket.vpce-0a-b.s3.us-east-1.vpce.amazonaws.com", "/bucket", "ListObjects"),
        ("mine.bucket.vpce-0a-b.s3.us-east-1.vpce.amazonaws.com", "/a", "GetObject"),
        ("b--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session", "CreateSession"),
        ("111122223333.s3-control.us-east-1.amazonaws.com", "/v20180820/accesspoint", ""),
    ],
)
def test_s3_operations_are_told_from_host_and_path(
    lab: Lab, host: str, path: str, operation: str
) -> None:
    with socket.create_connection(("127.0.0.1", lab.http.port), 60) as raw:
        scope = "Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host"
        raw.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {scope}\r\n\r\n".encode()
        )
        assert raw.recv(65536).startswith(b"HTTP/1.1 200")
    assert lab.seen[-1].operation == operation


@pytest.mark.parametrize("service", ["kms", "sts", "ec2", "sesv2", "cloudwatch", "s3"])
def test_errors_are_parsed_and_pass(client: Callable[..., Any], lab: Lab, service: str) -> None:
    calls = {
        "kms": "ListKeys",
        "sts": "GetCallerIdentity",
        "ec2": "DescribeRegions",
        "sesv2": "GetAccount",
        "cloudwatch": "ListMetrics",
        "s3": "ListBuckets",
    }
    made = client(service)
    lab.fail_next(1, Fault(status=400, code="LabSaysNo"))
    with pytest.raises(ClientError) as caught:
        made._make_api_call(calls[service], {})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    if service != "cloudwatch":  # rpc-v2-cbor on newer releases: only the status is told
        assert caught.value.response["Error"]["Code"] == "LabSaysNo"
    made._make_api_call(calls[service], {})
    assert len(lab.seen) == 2


def test_other_faults(client: Callable[..., Any], lab: Lab) -> None:
    lab.fail_next(2, Fault(status=500))
    with pytest.raises(ClientError):
        client("kms").list_keys()
    assert len(lab.seen) == 2
    lab.fail_next(2, Fault(reset=True))
    with pytest.raises(ConnectionClosedError):
        client("kms").list_keys()
    assert len(lab.seen) == 4
    lab.fail_next(1, Fault(delay=0.1))
    started = time.monotonic()
    client("kms").list_keys()
    assert time.monotonic() - started >= 0.1
    redirect = Fault(301, "PermanentRedirect", (("x-amz-bucket-region", "eu-west-1"),))
    lab.fail_next(1, redirect)
    client("s3").list_objects(Bucket="bucket")
    assert [seen.region for seen in lab.seen[-2:]] == ["us-east-1", "eu-west-1"]


def test_replies_of_ones_own() -> None:
    own = Reply(418, (("X-Lab", "tea"),), b"short and stout")
    with (
        Lab(replies={("", ""): own}) as lab,
        socket.create_connection(("127.0.0.1", lab.http.port), 60) as raw,
    ):
        raw.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        answer = raw.recv(65536)
        assert answer.startswith(b"HTTP/1.1 418")
        assert b"X-Lab: tea\r\n" in answer
        assert answer.endswith(b"\r\n\r\nshort and stout")


def test_an_application_of_ones_own_answers_at_its_addresses() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        headers = (("Content-Length", "3000"),) if request.seen.method == "HEAD" else ()
        return Reply(207, headers, b"" if headers else request.body[::-1])

    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1", answer=answer)
        with closing(HTTPConnection("127.0.0.1", lab.http.port, timeout=60)) as connection:
            for method, body, length in (("PUT", b"hello", "5"), ("HEAD", None, "3000")):
                connection.request(method, "/a?b", body, {"Host": "any.lab", "X-Two": "2"})
                response = connection.getresponse()
                assert (response.status, response.headers["Content-Length"]) == (207, length)
                assert response.read() == (b"olleh" if body else b"")
            lab.http.fail_next(1, Fault(status=503))
            connection.request("GET", "/")
            assert connection.getresponse().status == 503
        assert [one.seen for one in asked] == lab.seen[:2]
        assert (asked[0].body, asked[0].seen.host) == (b"hello", "any.lab")
        assert ("X-Two", "2") in asked[0].headers


def test_its_requests_keep_the_chunks_of_s3() -> None:
    """The checksum is in there."""
    asked: list[bytes] = []

    def answer(request: Request) -> Reply:
        asked.append(request.body)
        return Reply()

    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1", answer=answer)
        with closing(HTTPConnection("127.0.0.1", lab.http.port, timeout=60)) as connection:
            chunks = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
            connection.request("PUT", "/", chunks, {"Content-Encoding": "aws-chunked"})
            assert connection.getresponse().status == 200
        assert asked == [chunks]
        assert lab.seen[0].body_length == 5


def test_a_certificate_for_another_name_is_refused_by_clients() -> None:
    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1", certificate="sqs.us-east-1.amazonaws.com")
        with pytest.raises(SSLError):
            a_client("kms", lab).list_keys()
        assert lab.seen == []


def test_it_stops_at_once_with_connections_open_and_requests_under_way() -> None:
    with Lab() as lab:
        idle = socket.create_connection(("127.0.0.1", lab.https.port))
        busy = socket.create_connection(("127.0.0.1", lab.http.port))
        lab.http.fail_next(1, Fault(delay=600))
        busy.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        deadline = time.monotonic() + BUSY
        while not lab.seen:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        started = time.monotonic()
    assert time.monotonic() - started < BUSY
    idle.close()
    busy.close()
