"""A call that carries a URL for another region: botocore presigns it while the call is made.

The URL stands in the body of the call, and the service follows it on its own. So it keeps the host
of the source's region, whatever endpoint the call itself goes to; under FIPS that host has to be
FIPS and to exist, or the call is not made at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.config import Config
from botocore.loaders import Loader

from endpoint_router import EndpointDenied
from endpoint_router.sdk.activation.installation import Installation
from tests.support.sessions import new_session
from tests.support.wire import Caught, nothing_leaves

from .table import interface, policy, vpce, world

#: Read once for all.
LOADER = Loader()
HOME, AWAY, IRELAND = "us-west-2", "us-east-2", "eu-west-1"
EC2_SNAPSHOT = {"SourceSnapshotId": "snap-11111111111111111", "SourceRegion": AWAY}
RDS_SOURCE = f"arn:aws:rds:{AWAY}:111122223333"
#: Service, method and parameters of every call in which botocore nests a URL.
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ec2.copy_snapshot": ("ec2", "copy_snapshot", EC2_SNAPSHOT),
    "rds.copy_db_snapshot": (
        "rds",
        "copy_db_snapshot",
        {
            "SourceDBSnapshotIdentifier": f"{RDS_SOURCE}:snapshot:a",
            "TargetDBSnapshotIdentifier": "b",
        },
    ),
    "rds.create_db_instance_read_replica": (
        "rds",
        "create_db_instance_read_replica",
        {"DBInstanceIdentifier": "b", "SourceDBInstanceIdentifier": f"{RDS_SOURCE}:db:a"},
    ),
    "rds.start_db_instance_automated_backups_replication": (
        "rds",
        "start_db_instance_automated_backups_replication",
        {"SourceDBInstanceArn": f"{RDS_SOURCE}:db:a"},
    ),
    **{
        f"{service}.copy_db_cluster_snapshot": (
            service,
            "copy_db_cluster_snapshot",
            {
                "SourceDBClusterSnapshotIdentifier": f"{RDS_SOURCE}:cluster-snapshot:a",
                "TargetDBClusterSnapshotIdentifier": "b",
            },
        )
        for service in ("rds", "docdb", "neptune")
    },
    **{
        f"{service}.create_db_cluster": (
            service,
            "create_db_cluster",
            {"DBClusterIdentifier": "b", "Engine": engine},
        )
        for service, engine in (("rds", "aurora"), ("docdb", "docdb"), ("neptune", "neptune"))
    },
}
#: What stands in front of the region, by service. DocumentDB and Neptune are RDS to the network.
PREFIXES = {"ec2": "ec2"}


def host(service: str, region: str, *, fips: bool = False) -> str:
    prefix = PREFIXES.get(service, "rds")
    return f"{prefix}-fips.{region}.amazonaws.com" if fips else f"{prefix}.{region}.amazonaws.com"


def sent(
    name: str,
    made: Mapping[str, Any],
    dns: Mapping[str, str] = {},
    source: str = AWAY,
    **config: Any,
) -> tuple[str, str, str]:
    """Where the call goes, where the URL in its body leads, and the region of that URL's scope."""
    service, method, parameters = CALLS[name]
    parameters = {**parameters, "SourceRegion": source}
    session = new_session()
    session.register_component("data_loader", LOADER)
    Installation(dict(made), world=world(dns), environ={})(session)
    settings = Config(retries={"max_attempts": 0}, **config)
    with nothing_leaves():
        client = session.create_client(service, HOME, config=settings)
        try:
            getattr(client, method)(**parameters)
        except Caught as caught:
            request = caught.request
        else:
            raise AssertionError("the call was answered without being sent")
    body = request.body if isinstance(request.body, str) else request.body.decode()
    fields = {key.lower(): values[0] for key, values in parse_qs(body).items()}
    nested = urlsplit(fields["presignedurl"])
    scope = parse_qs(nested.query)["X-Amz-Credential"][0].split("/")
    return urlsplit(request.url).netloc, nested.netloc, scope[2]


def label(service: str, *, fips: bool = False) -> str:
    """The name of the endpoint at home."""
    return vpce(PREFIXES.get(service, "rds") + ("-fips" if fips else ""), HOME)


def endpoint(name: str, *, fips: bool = False) -> dict[str, Any]:
    service = CALLS[name][0]
    return interface(label(service, fips=fips), serves=[host(service, HOME, fips=fips)])


@pytest.mark.parametrize("name", CALLS)
def test_without_demands_it_is_as_botocore_makes_it(name: str) -> None:
    service = CALLS[name][0]
    assert sent(name, policy(fips="off")) == (host(service, HOME), host(service, AWAY), AWAY)


@pytest.mark.parametrize("presigned", ["public", "routed"])
@pytest.mark.parametrize("name", CALLS)
def test_fips_holds_for_both(name: str, presigned: str) -> None:
    service = CALLS[name][0]
    assert sent(name, policy(fips="require", presigned=presigned)) == (
        host(service, HOME, fips=True),
        host(service, AWAY, fips=True),
        AWAY,
    )


@pytest.mark.parametrize(
    ("private", "presigned"), [("require", "routed"), ("prefer", "routed"), ("require", "public")]
)
@pytest.mark.parametrize("name", CALLS)
def test_the_call_is_private_and_its_url_is_public(name: str, private: str, presigned: str) -> None:
    """Also where an endpoint serves the source: AWS follows the URL, and is not in our VPC."""
    service = CALLS[name][0]
    source = interface(vpce("any", AWAY, id="2"), serves=[host(service, AWAY)])
    made = policy(endpoint(name), source, private=private, presigned=presigned)
    assert sent(name, made) == (label(service), host(service, AWAY), AWAY)


@pytest.mark.parametrize("name", CALLS)
def test_a_copy_within_the_region(name: str) -> None:
    service = CALLS[name][0]
    made = policy(endpoint(name), private="require", presigned="routed")
    assert sent(name, made, source=HOME) == (label(service), host(service, HOME), HOME)


@pytest.mark.parametrize("name", CALLS)
def test_both(name: str) -> None:
    service = CALLS[name][0]
    made = policy(endpoint(name, fips=True), private="require", fips="require", presigned="routed")
    assert sent(name, made) == (label(service, fips=True), host(service, AWAY, fips=True), AWAY)


@pytest.mark.parametrize("name", CALLS)
def test_the_source_has_no_fips_host(name: str) -> None:
    """Ireland is not listed, so that the host exists has to be seen."""
    service = CALLS[name][0]
    absent = host(service, IRELAND, fips=True)
    with pytest.raises(EndpointDenied) as refusal:
        sent(name, policy(fips="require"), {absent: "NXDOMAIN"}, IRELAND)
    assert (refusal.value.code, refusal.value.host) == ("fips.absent", absent)
    assert sent(name, policy(fips="require"), source=IRELAND)[1:] == (absent, IRELAND)


@pytest.mark.parametrize("name", CALLS)
def test_preferably_fips_does_without_it_for_the_source(name: str) -> None:
    service = CALLS[name][0]
    absent = host(service, IRELAND, fips=True)
    assert sent(name, policy(fips="prefer"), {absent: "NXDOMAIN"}, IRELAND) == (
        host(service, HOME, fips=True),
        host(service, IRELAND),
        IRELAND,
    )


@pytest.mark.parametrize("name", CALLS)
def test_the_source_is_in_a_region_that_is_not_allowed(name: str) -> None:
    with pytest.raises(EndpointDenied) as refusal:
        sent(name, policy(allowed_regions=[HOME]))
    assert refusal.value.code == "region.not_allowed"
    assert AWAY in refusal.value.reason


def test_a_url_that_the_application_nests_itself_is_left_alone() -> None:
    ours = "https://ec2.eu-west-1.amazonaws.com/?X-Amz-Credential=a%2Fb%2Feu-west-1"
    session = new_session()
    Installation(policy(fips="require"), world=world({}), environ={})(session)
    with nothing_leaves():
        client = session.create_client("ec2", HOME)
        with pytest.raises(Caught) as caught:
            client.copy_snapshot(**EC2_SNAPSHOT, PresignedUrl=ours)
    assert parse_qs(caught.value.request.body)["PresignedUrl"] == [ours]


def test_report_mode_tells_the_same(tmp_path: Path) -> None:
    """Also of a URL for the call's own region: no VPC endpoint of ours serves AWS itself."""
    log = tmp_path / "decisions.jsonl"
    wanted = policy(interface(vpce("ec2", HOME)), private="require", presigned="routed")
    session = new_session()
    session.register_component("data_loader", LOADER)
    report = {**wanted, "mode": "report", "log": {"decisions": str(log)}}
    Installation(report, world=world({}), environ={})(session)
    with nothing_leaves(), pytest.raises(Caught):
        session.create_client("ec2", HOME).copy_snapshot(**EC2_SNAPSHOT | {"SourceRegion": HOME})
    (line,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert (line["presigned"], line["outcome"], line["host"]) == (
        True,
        "allowed",
        host("ec2", HOME),
    )
