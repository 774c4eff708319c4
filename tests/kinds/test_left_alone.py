"""What is never touched: metadata services and the authentication tokens of databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.session import Session
from botocore.utils import (
    ContainerMetadataFetcher,
    InstanceMetadataFetcher,
    InstanceMetadataRegionFetcher,
)

import endpoint_router
from endpoint_router import EndpointDenied
from endpoint_router.sdk.activation.installation import Installation
from tests.kinds.table import world
from tests.support.answering import Answering, Sent
from tests.support.wire import nothing_leaves

#: Nothing that is reached over plain HTTP, or at loopback, could satisfy this.
STRICT: dict[str, Any] = {
    "defaults": {
        "fips": "require",
        "private": "require",
        "dual_stack": "require",
        "endpoint_url": "deny",
        "allowed_regions": ["mars-*"],
    },
    "network": {"private": ["10.20.0.0/16"]},
}
CREDENTIALS = {
    "AccessKeyId": "ASIAEXAMPLE",
    "SecretAccessKey": "secret-of-nobody",
    "Token": "token",
    "Expiration": "2099-01-01T00:00:00Z",
}
IMDS = "/latest/meta-data"
ROLE = f"{IMDS}/iam/security-credentials"


class Metadata(Answering):
    """A metadata service on loopback, and what it was asked."""

    content_type = "application/json"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        self.asked.append(sent.path)
        answers = {
            "/latest/api/token": "session-token",
            f"{ROLE}/": "role",
            f"{ROLE}/role": json.dumps({"Code": "Success", **CREDENTIALS}),
            f"{IMDS}/placement/availability-zone/": "us-east-1a",
            "/credentials": json.dumps(CREDENTIALS),
        }
        return 200, answers[sent.path].encode()


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metadata]:
    """What stands for 169.254.169.254 and 169.254.170.2."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    with Metadata() as metadata:
        yield metadata


@pytest.fixture
def strict() -> Iterator[None]:
    """A policy that nothing satisfies, in force in the whole process."""
    endpoint_router.install(STRICT)
    yield
    endpoint_router.uninstall()


def assert_in_force(session: Session) -> None:
    """Else the test would say nothing."""
    with nothing_leaves(), pytest.raises(EndpointDenied):
        session.create_client("kms", "us-east-1").list_keys()


@pytest.mark.usefixtures("strict")
def test_the_instance_metadata_service(metadata: Metadata) -> None:
    fetcher = InstanceMetadataFetcher(base_url=f"{metadata.url}/", num_attempts=1, timeout=60)
    found = fetcher.retrieve_iam_role_credentials()
    assert (found["role_name"], found["access_key"]) == ("role", "ASIAEXAMPLE")
    assert metadata.asked == ["/latest/api/token", f"{ROLE}/", f"{ROLE}/role"]
    region = InstanceMetadataRegionFetcher(base_url=f"{metadata.url}/", num_attempts=1, timeout=60)
    assert region.retrieve_region() == "us-east-1"
    assert_in_force(Session())


@pytest.mark.usefixtures("strict")
def test_container_credentials(metadata: Metadata) -> None:
    found = ContainerMetadataFetcher().retrieve_full_uri(f"{metadata.url}/credentials")
    assert found["AccessKeyId"] == "ASIAEXAMPLE"
    assert_in_force(Session())


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("source", ["instance", "container"])
def test_a_session_that_finds_its_credentials_there(
    metadata: Metadata, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: a call fetches them, and is refused for its own sake only."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    if source == "instance":
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url)
    else:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{metadata.url}/credentials")
    session = Session()
    found = session.get_credentials()
    assert found is not None
    assert found.get_frozen_credentials().token == "token"
    assert metadata.asked[-1] == (f"{ROLE}/role" if source == "instance" else "/credentials")
    assert_in_force(session)


def both(service: str) -> tuple[Any, Any]:
    """A client as botocore makes it, and one under a policy that nothing satisfies."""
    plain, routed = Session(), Session()
    Installation(STRICT, world=world({}), environ={})(routed)
    return plain.create_client(service, "us-east-1"), routed.create_client(service, "us-east-1")


def same_second(make: Callable[[Any], str], plain: Any, routed: Any) -> tuple[str, str]:
    """What *make* makes of either client, with the same time in it."""
    while True:
        before, found, after = make(plain), make(routed), make(plain)
        if before == after:
            return before, found


DATABASE = "db.cluster-abc123.us-east-1.rds.amazonaws.com"


def test_an_rds_token_names_the_database() -> None:
    plain, routed = both("rds")
    wanted, found = same_second(
        lambda client: client.generate_db_auth_token(DATABASE, 5432, "app"), plain, routed
    )
    assert found == wanted
    assert found.startswith(f"{DATABASE}:5432/?")
    with nothing_leaves(), pytest.raises(EndpointDenied):
        routed.describe_db_instances()


@pytest.mark.parametrize(
    "name", ["generate_db_connect_auth_token", "generate_db_connect_admin_auth_token"]
)
def test_a_dsql_token_names_the_cluster(name: str) -> None:
    if "dsql" not in Session().get_available_services():
        pytest.skip("this botocore does not know Aurora DSQL")
    host = "foo0bar1baz2quux3quuux4.dsql.us-east-1.on.aws"
    plain, routed = both("dsql")
    wanted, found = same_second(lambda client: getattr(client, name)(host), plain, routed)
    assert found == wanted
    assert found.startswith(f"{host}/?Action=DbConnect")
    with nothing_leaves(), pytest.raises(EndpointDenied):
        routed.list_clusters()
