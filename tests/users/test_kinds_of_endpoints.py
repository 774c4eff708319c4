"""Users whose one client speaks to more hosts than they knew."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import pytest
from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab import Absent, Fault
from endpoint_router.lab.network import Lab
from tests.kinds.table import interface
from tests.support.lab_client import ONE_ATTEMPT, client_for, hosts, installed, only, scope

BUCKET = "qerasdfzxcv"
STATE_MACHINE = {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:express"}


def vpce(label: str, region: str = "us-east-1", zone: str = "") -> str:
    return f"vpce-0123456789abcdef0-abcdefgh{zone}.{label}.{region}.vpce.amazonaws.com"


def moved_to(region: str) -> Fault:
    """What S3 answers about a bucket of another region."""
    return Fault(301, "PermanentRedirect", (("x-amz-bucket-region", region),))


def fetch(lab: Lab, url: str, address: str) -> None:
    """Use a presigned *url* as its receiver would, who knows no AWS SDK."""
    parts = urlsplit(url)
    context = ssl.create_default_context(cafile=lab.ca_bundle)
    with (
        lab.connect(address, 443, 5.0) as plain,
        context.wrap_socket(plain, server_hostname=parts.netloc) as secure,
    ):
        head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        secure.sendall(f"{head}Connection: close\r\n\r\n".encode())
        while secure.recv(4096):
            pass


def test_boto3_2786(lab: Lab) -> None:
    """With the URL of an S3 interface endpoint in sa-east-1 and the region us-east-1 "it also
    works, but it works because it ignores ``endpoint_url``": S3 named the bucket's region, and the
    SDK went on to the public host there. Now no attempt leaves the private path, whichever region
    the client or S3 names; in the endpoint's own region the URL works."""
    region = "sa-east-1"
    endpoint = vpce("s3", region)
    lab.host(f"*.bucket.{endpoint}", "10.20.9.1")
    lab.host(f"bucket.{endpoint}", "10.20.9.1")
    lab.host("*.s3.us-east-1.amazonaws.com", "52.94.9.1")
    lab.host("*.s3.amazonaws.com", "52.94.9.1")
    policy = {"defaults": {"private": "require"}, "vpc_endpoints": [interface(f"*.{endpoint}")]}
    url = f"https://bucket.{endpoint}"
    client = client_for(lab, policy, "s3", region, endpoint_url=url)
    client.list_objects_v2(Bucket=BUCKET)
    seen = lab.seen.pop()
    assert seen.host.removeprefix(f"{BUCKET}.") == f"bucket.{endpoint}"
    assert (seen.address, scope(seen)) == ("10.20.9.1", ("s3", region))

    elsewhere = client_for(lab, policy, "s3", "us-east-1", endpoint_url=url)
    with pytest.raises(EndpointDenied) as refusal:
        elsewhere.list_objects_v2(Bucket=BUCKET)
    assert refusal.value.code == "private.public_address"
    assert lab.seen == []

    lab.fail_next(1, moved_to("us-east-1"))
    with pytest.raises(EndpointDenied) as refusal:
        client.list_objects_v2(Bucket=BUCKET)
    assert refusal.value.region == "us-east-1"
    assert only(lab).address == "10.20.9.1"


def test_boto3_2477(lab: Lab) -> None:
    """Not read at its source, only cited: among notes on handing presigned S3 URLs to others. Such
    a URL goes to somebody who may not reach the VPC endpoint, and its host is signed: it names the
    public host while the same client's calls go to the endpoint, unless the policy says
    ``presigned = "routed"``."""
    region = "eu-west-1"
    endpoint = vpce("s3", region)
    lab.host(f"*.bucket.{endpoint}", "10.20.9.2")
    lab.host(f"bucket.{endpoint}", "10.20.9.2")
    lab.host(f"*.s3.{region}.amazonaws.com", "52.94.9.2")
    found = []
    for presigned in ("public", "routed"):
        policy = {
            "defaults": {"private": "require", "regional": "require", "presigned": presigned},
            "vpc_endpoints": [interface(f"*.{endpoint}")],
        }
        client = client_for(lab, policy, "s3", region, Config(signature_version="s3v4"))
        client.get_object(Bucket=BUCKET, Key="key")
        assert lab.seen.pop().host == f"{BUCKET}.bucket.{endpoint}"
        url = client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "key"})
        post = client.generate_presigned_post(BUCKET, "key")
        assert urlsplit(post["url"]).netloc == urlsplit(url).netloc
        fetch(lab, url, "52.94.9.2" if presigned == "public" else "10.20.9.2")
        seen = lab.seen.pop()
        assert (seen.operation, scope(seen)) == ("GetObject", ("s3", region))
        found.append(seen.host)
    assert found == [f"{BUCKET}.s3.{region}.amazonaws.com", f"{BUCKET}.bucket.{endpoint}"]


def test_boto3_4696(lab: Lab) -> None:
    """The need: "accessing S3 from within an internet-isolated VPC" with a gateway endpoint for
    us-east-1 and interface endpoints for us-west-2 and eu-west-1. A client in us-east-1 goes to
    ``s3.amazonaws.com``, and from there to the public host of the bucket's region. Now it begins at
    the regional host, and follows S3 to the interface endpoint of the region that S3 names."""
    west, europe = vpce("s3", "us-west-2"), vpce("s3", "eu-west-1")
    lab.host("*.s3.us-east-1.amazonaws.com", "52.94.9.3")
    lab.host("*.s3.amazonaws.com", "52.94.9.4")
    lab.host("*.s3.ap-south-1.amazonaws.com", "52.94.10.1")
    for number, endpoint in enumerate((west, europe)):
        lab.host(f"*.bucket.{endpoint}", f"10.20.9.{10 + number}")
        lab.host(f"bucket.{endpoint}", f"10.20.9.{10 + number}")
    policy = {
        "defaults": {"regional": "require", "private": "require"},
        "vpc_endpoints": [
            {
                "type": "gateway",
                "service": "s3",
                "region": "us-east-1",
                "prefix_list": ["52.94.9.0/24"],
            },
            interface(f"*.{west}"),
            interface(f"*.{europe}"),
        ],
    }
    client = client_for(lab, policy, "s3", "us-east-1")
    lab.fail_next(1, moved_to("us-west-2"))
    client.head_bucket(Bucket=BUCKET)
    assert hosts(lab) == [f"{BUCKET}.s3.us-east-1.amazonaws.com", f"{BUCKET}.bucket.{west}"]
    assert [seen.region for seen in lab.seen] == ["us-east-1", "us-west-2"]
    lab.fail_next(1, moved_to("ap-south-1"))  # no endpoint there
    with pytest.raises(EndpointDenied) as refusal:
        client.head_bucket(Bucket="another")
    assert refusal.value.code == "private.public_address"
    assert refusal.value.region == "ap-south-1"
    assert len(lab.seen) == 3


def test_boto3_3015(lab: Lab) -> None:
    """The bug: "Presigned url does not create a url for the region_name specified", here
    af-south-1, but for ``s3.amazonaws.com``, which does not serve newer regions; the advice was an
    ``endpoint_url`` or an addressing style. Now ``regional = "require"`` is enough, for URLs and
    POSTs, and FIPS says that af-south-1 has none instead of naming another region's host."""
    region = "af-south-1"
    lab.host(f"*.s3.{region}.amazonaws.com", "52.94.9.5")
    policy = {"defaults": {"regional": "require"}}
    client = client_for(lab, policy, "s3", region, Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "test1.pdf"})
    fetch(lab, url, "52.94.9.5")
    seen = only(lab)
    assert (seen.host, scope(seen)) == (f"{BUCKET}.s3.{region}.amazonaws.com", ("s3", region))
    post = client.generate_presigned_post(BUCKET, "test1.pdf")
    assert urlsplit(post["url"]).netloc == seen.host
    fips = client_for(lab, {"defaults": {"fips": "require"}}, "s3", region)
    with pytest.raises(EndpointDenied) as refusal:
        fips.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "test1.pdf"})
    assert refusal.value.code == "fips.absent"
    assert refusal.value.host.endswith(f"s3-fips.{region}.amazonaws.com")


@pytest.mark.parametrize("legacy", ["queue.amazonaws.com", "us-east-1.queue.amazonaws.com"])
def test_boto3_1900(lab: Lab, legacy: str) -> None:
    """In a VPC with an endpoint for SQS, boto3 called a legacy name, which no VPC endpoint covers,
    and the Lambda function "timed out after 15.01 seconds". The client and a stored queue URL now
    go to the name that is private; who still gives the legacy name is told so at once."""
    host = "sqs.us-east-1.amazonaws.com"
    lab.host(host, "10.20.9.20")
    lab.host(legacy, "52.94.9.6")
    policy = {"defaults": {"private": "require"}}
    client = client_for(lab, policy, "sqs")
    message = {"QueueUrl": f"https://{legacy}/123456789012/my-queue", "MessageBody": "Howdy"}
    client.send_message(**message)
    assert client.meta.endpoint_url == f"https://{host}"
    assert (only(lab).host, only(lab).address) == (host, "10.20.9.20")
    given = client_for(lab, policy, "sqs", endpoint_url=f"https://{legacy}")
    with pytest.raises(EndpointDenied) as refusal:
        given.send_message(**message)
    assert refusal.value.code == "endpoint_url.undeclared"
    assert legacy in refusal.value.reason
    assert len(lab.seen) == 1


@pytest.mark.skipif(
    tuple(map(int, botocore_version.split(".")[:2])) < (1, 37), reason="no account-id hosts"
)
def test_boto3_4449(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The announcement: clients will connect to ``(account-id).ddb.(region)``, and "if your network
    configuration blocks outgoing traffic to DynamoDB based on DNS names or endpoint URLs, you must
    adjust your configuration". Where only the old name is private, calls that must be private keep
    to it; a client that insists on the new one is told what is missing; and with
    ``account_id_hosts = "off"`` all clients stay at the old one."""
    monkeypatch.setenv("AWS_ACCOUNT_ID", "111122223333")
    plain, own = "dynamodb.us-east-1.amazonaws.com", "111122223333.ddb.us-east-1.amazonaws.com"
    lab.host(plain, "10.20.9.21")
    lab.host(own, "52.94.9.7")
    defaults = {"private": "require"}
    insists = Config(account_id_endpoint_mode="required")
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, {"defaults": defaults}, "dynamodb", config=insists).list_tables()
    assert (refusal.value.code, refusal.value.host) == ("private.public_address", own)
    assert lab.seen == []
    client_for(lab, {"defaults": defaults}, "dynamodb").list_tables()
    off = {"defaults": {"account_id_hosts": "off"}}
    client_for(lab, off, "dynamodb").list_tables()
    assert {(seen.host, seen.address, scope(seen)) for seen in lab.seen} == {
        (plain, "10.20.9.21", ("dynamodb", "us-east-1"))
    }
    assert len(lab.seen) == 2


STATES, SYNC_STATES = vpce("states"), vpce("sync-states")


@pytest.fixture
def express(lab: Lab) -> Lab:
    """Step Functions: an endpoint for its API, one for synchronous executions, the public hosts."""
    lab.host(STATES, "10.20.9.30")
    lab.host(SYNC_STATES, "10.20.9.31")
    lab.host("states.us-east-1.amazonaws.com", "52.94.9.30")
    lab.host("sync-states.us-east-1.amazonaws.com", "52.94.9.31")
    return lab


def test_aws_sdk_js_v3_7146(express: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: "AWS SDKs add the host prefix [...] for custom endpoints, even if technically
    incompatible, for example ``sync-127.0.0.1``", which breaks all host-prefixed operations. A VPC
    endpoint that is given so, and known to the router, gets no prefix: each call goes to the
    endpoint of its own prefixed host; and an endpoint given for one host is no excuse to send it
    another's calls."""
    policy = {
        "defaults": {"private": "require"},
        "vpc_endpoints": [interface(STATES), interface(SYNC_STATES)],
    }
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", f"https://{STATES}")
    client = client_for(express, policy, "stepfunctions")
    client.list_state_machines()
    client.start_sync_execution(**STATE_MACHINE)
    assert hosts(express) == [STATES, SYNC_STATES]
    assert [seen.operation for seen in express.seen] == ["ListStateMachines", "StartSyncExecution"]
    assert {scope(seen) for seen in express.seen} == {("states", "us-east-1")}
    alone = {**policy, "vpc_endpoints": [interface(STATES)]}
    with pytest.raises(EndpointDenied) as refusal:
        client_for(express, alone, "stepfunctions").start_sync_execution(**STATE_MACHINE)
    assert refusal.value.code == "private.public_address"
    assert refusal.value.host == "sync-states.us-east-1.amazonaws.com"
    assert len(express.seen) == 2


@pytest.mark.parametrize("inject", [True, False])
def test_aws_cli_6898(express: Lab, inject: bool) -> None:
    """The wish: an option that keeps the host prefix away from a custom endpoint, like botocore's
    ``inject_host_prefix=False``. That is for all operations of a client, and without a custom
    endpoint the call then goes to the wrong host. Declared endpoints need no option, and where it
    is set all the same the call still finds its endpoint."""
    policy = {"vpc_endpoints": [interface(STATES), interface(SYNC_STATES)]}
    config = Config(inject_host_prefix=inject)
    client = client_for(express, policy, "stepfunctions", config=config)
    client.start_sync_execution(**STATE_MACHINE)
    client.list_state_machines()
    assert hosts(express) == [SYNC_STATES, STATES]


def test_gosoline_614(lab: Lab) -> None:
    """The wish: with endpoints in several zones "you might want to access the aws service in the
    same AZ your instance is in [...] to save costs"; it needed "to resolve the metadata and add an
    endpoint resolver". Now all names of the endpoint are pasted once for all instances, each of
    them says where it is, and when the name of its zone is gone the regional one serves."""
    regional = vpce("sqs")
    zones = {letter: vpce("sqs", zone=f"-us-east-1{letter}") for letter in "abc"}
    for number, letter in enumerate(zones):
        lab.host(zones[letter], f"10.20.9.{40 + number}")
    lab.host(regional, *(f"10.20.9.{40 + number}" for number in range(3)))
    lab.host("sqs.us-east-1.amazonaws.com", "52.94.9.40")

    def host_from(letter: str) -> str:
        environ = {
            "ENDPOINT_ROUTER_VPC_ENDPOINTS": " ".join([regional, *zones.values()]),
            "ENDPOINT_ROUTER_ZONE": f"us-east-1{letter}",
        }
        session = Session()
        session.set_config_variable("ca_bundle", lab.ca_bundle)
        installed(lab, {}, environ)(session)
        config = Config(retries=ONE_ATTEMPT, connect_timeout=2, read_timeout=30)
        session.create_client("sqs", "us-east-1", config=config).list_queues()
        return lab.seen.pop().host

    assert {letter: host_from(letter) for letter in zones} == zones
    lab.zone.set(zones["b"], Absent())
    assert host_from("b") == regional
    assert host_from("c") == zones["c"]


def test_landing_zone_accelerator_on_aws_942(lab: Lab) -> None:
    """The central zone of an S3 interface endpoint in Virginia is named ``s3.us-east-1``, "while
    some services in Virginia try to connect to S3 via (s3.amazonaws.com)", so that a second zone
    was made by hand. Without it, calls that must be private keep to the regional name, whether the
    endpoint is declared or only in DNS; where that is public too, they are refused."""
    endpoint = vpce("s3")
    lab.host("*.s3.us-east-1.amazonaws.com", "10.20.9.50")
    lab.host("*.s3.amazonaws.com", "52.94.9.50")
    lab.host(f"*.bucket.{endpoint}", "10.20.9.50")
    lab.host(f"bucket.{endpoint}", "10.20.9.50")
    defaults = {"private": "require"}
    client_for(lab, {"defaults": defaults}, "s3").get_object(Bucket=BUCKET, Key="key")
    declared = {"defaults": defaults, "vpc_endpoints": [interface(f"*.{endpoint}")]}
    client_for(lab, declared, "s3").get_object(Bucket=BUCKET, Key="key")
    assert hosts(lab) == [f"{BUCKET}.s3.us-east-1.amazonaws.com", f"{BUCKET}.bucket.{endpoint}"]
    assert {(seen.address, scope(seen)) for seen in lab.seen} == {
        ("10.20.9.50", ("s3", "us-east-1"))
    }
    lab.host("*.s3.us-east-1.amazonaws.com", "52.94.9.51")
    with pytest.raises(EndpointDenied) as refusal:
        client_for(lab, {"defaults": defaults}, "s3").get_object(Bucket=BUCKET, Key="key")
    assert refusal.value.code == "private.public_address"
    assert refusal.value.host == f"{BUCKET}.s3.amazonaws.com"
    assert len(lab.seen) == 2
