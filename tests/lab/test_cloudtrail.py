"""What servers saw is recorded in CloudTrail's shapes, and delivered in its layout."""

from __future__ import annotations

import gzip
import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from endpoint_router.lab.cloudtrail import INSIDE, OUTSIDE, Endpoint, Trail
from endpoint_router.lab.network import Lab

ACCOUNT, OWNER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/billing"
USER, SESSION = "AKIALABLABLABLABLAB1", "ASIALABLABLABLABLAB2"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1")
        yield lab


def called(lab: Lab, service: str, operation: str, key: str = USER, **given: Any) -> dict[str, Any]:
    """The response to a call of botocore's to the lab's server."""
    session = botocore.session.Session()
    session.set_credentials(key, "secret")
    client: Any = session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=f"https://127.0.0.1:{lab.https.port}",
        verify=lab.ca_bundle,
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )
    reply: dict[str, Any] = client._make_api_call(operation, given)
    return reply


def test_a_record_says_what_the_server_saw(lab: Lab) -> None:
    response = called(lab, "kms", "ListKeys")
    (record,) = Trail(ACCOUNT).records(lab.seen)
    assert record["eventVersion"] == "1.11"
    assert record["eventSource"] == "kms.amazonaws.com"
    assert (record["eventName"], record["awsRegion"]) == ("ListKeys", "us-east-1")
    assert record["userIdentity"]["accessKeyId"] == USER
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["userAgent"] == lab.seen[0].user_agent
    assert record["sourceIPAddress"] == OUTSIDE
    # By which the caller's own log can be joined.
    assert record["requestID"] == response["ResponseMetadata"]["RequestId"]
    assert record["tlsDetails"]["clientProvidedHostHeader"] == f"127.0.0.1:{lab.https.port}"
    assert record["eventCategory"] == "Management"
    assert record["managementEvent"] is True
    assert "vpcEndpointId" not in record


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_is_that_of_the_connection(lab: Lab, version: str) -> None:
    context = ssl.create_default_context(cafile=lab.ca_bundle)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    connection = HTTPSConnection("127.0.0.1", lab.https.port, context=context, timeout=30)
    with closing(connection):
        connection.request("GET", "/?Action=GetCallerIdentity")
        assert connection.getresponse().status == 200
    (record,) = Trail(ACCOUNT).records(lab.seen)
    assert record["tlsDetails"]["tlsVersion"] == version.replace("_", ".")
    assert record["tlsDetails"]["cipherSuite"] in {each["name"] for each in context.get_ciphers()}
    assert record["tlsDetails"]["cipherSuite"].startswith("TLS_") is (version == "TLSv1_3")


def test_plain_http_has_no_tls_details(lab: Lab) -> None:
    with closing(HTTPConnection("127.0.0.1", lab.http.port, timeout=30)) as connection:
        connection.request("GET", "/?Action=GetCallerIdentity")
        assert connection.getresponse().status == 200
    (record,) = Trail(ACCOUNT).records(lab.seen)
    assert "tlsDetails" not in record


def test_what_came_through_an_endpoint_is_recorded_twice(lab: Lab) -> None:
    called(lab, "s3", "ListObjectsV2", SESSION, Bucket="lab")
    endpoint = Endpoint("vpce-0123456789abcdef0", ("127.0.0.1",), OWNER)
    call, activity = Trail(ACCOUNT, (endpoint,), {SESSION: ROLE}).records(lab.seen)
    for record in call, activity:
        assert record["vpcEndpointId"] == endpoint.id
        assert record["vpcEndpointAccountId"] == OWNER
        assert record["sourceIPAddress"] == INSIDE
        assert record["eventName"] == "ListObjects"  # as CloudTrail calls both of them
        issuer = record["userIdentity"]["sessionContext"]["sessionIssuer"]
        assert issuer["arn"] == ROLE
    assert call["eventCategory"] == "Data"
    assert call["requestParameters"]["Host"] == f"127.0.0.1:{lab.https.port}"
    assert (activity["eventCategory"], activity["eventType"]) == ("NetworkActivity", "AwsVpceEvent")
    assert activity["requestID"] == call["requestID"]
    assert activity["eventID"] != call["eventID"]
    assert activity["recipientAccountId"] == OWNER
    assert not {"tlsDetails", "userAgent"} & activity.keys()
    assert len(Trail(ACCOUNT, (endpoint,), network_activity=False).records(lab.seen)) == 1


def test_files_lie_where_cloudtrail_puts_them(lab: Lab, tmp_path: Path) -> None:
    for service, operation in ("kms", "ListKeys"), ("lambda", "ListFunctions"):
        called(lab, service, operation)
    endpoint = Endpoint("vpce-0123456789abcdef0", ("127.0.0.1",), ACCOUNT)
    files = Trail(ACCOUNT, (endpoint,)).deliver(tmp_path, lab.seen)
    assert sorted(tmp_path.rglob("*.gz")) == sorted(files)
    held = {path: json.loads(gzip.decompress(path.read_bytes()))["Records"] for path in files}
    for path, records in held.items():
        kind, region = path.relative_to(tmp_path).parts[2:4]
        day = records[0]["eventTime"][:10]
        folder = f"AWSLogs/{ACCOUNT}/{kind}/{region}/{day.replace('-', '/')}"
        assert path.parent == tmp_path / folder
        assert path.name.startswith(f"{ACCOUNT}_{kind}_{region}_{day.replace('-', '')}T")
    assert sorted(path.relative_to(tmp_path).parts[2] for path in files) == [
        "CloudTrail",
        "CloudTrail-NetworkActivity",
    ]
    names = {record["eventName"] for records in held.values() for record in records}
    assert names == {"ListKeys", "ListFunctions20150331"}


def test_no_request_is_left_out(lab: Lab) -> None:
    called(lab, "apigateway", "GetRestApis")
    with pytest.raises(ValueError, match="restapis: no operation that is known"):
        Trail(ACCOUNT).records(lab.seen)
