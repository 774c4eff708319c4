"""What a live call does, and what an audit says of its record: one code, so they agree.

The host that the router chooses for a call is put into a record, and complies; the host that plain
botocore would have taken, and the router would not, violates. So it is with each row of the tables
in ``tests/kinds``. A sample, unless ``--all-services`` or ``--all-regions`` is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import xform_name
from botocore.session import Session

from endpoint_router.audit.endpoints import OwnEndpoints, own_endpoints
from endpoint_router.audit.grouping import Group, group_of
from endpoint_router.audit.judging import Judge, Verdict
from endpoint_router.audit.records import decode
from endpoint_router.policy.load import load
from endpoint_router.review.assumed import assuming
from endpoint_router.sdk import seams
from endpoint_router.sdk.activation.hooks import Clients
from endpoint_router.survey.every_call import EveryCall
from tests.audit.made import ACCOUNT, record
from tests.kinds import kinds
from tests.kinds.table import Row

#: Measured, it takes nearly twice its time; the gate holds without it.
pytestmark = pytest.mark.no_cover

CALLS = EveryCall()
SERVICES = CALLS.services()
FIPS = load({"defaults": {"fips": "require"}}, environ={}, system_policy="")
NOTHING = load({}, environ={}, system_policy="")
ROUTED, PLAIN = (Clients(assuming(each, (each,), private_dns=False)) for each in (FIPS, NOTHING))
#: Of the services, one in so many is in the sample, and of the rows.
ONE_IN, ROWS_ONE_IN = 48, 3
#: In it, too: their events bear other names than their clients, or their hosts are many.
UNLIKE_OTHERS = {"cloudwatch", "ecr", "elbv2", "iam", "s3", "s3control", "sesv2", "stepfunctions"}
ROWS = [
    pytest.param(row, id=f"{kind.title}: {row.title}")
    for kind in kinds.KINDS
    for row in kind.rows
    if row.url
]
#: Rows of which nobody can tell from a record that they are as the policy says.
UNKNOWN = {
    "Dual-stack on an endpoint that is declared for it",  # the client asked for dual-stack
    "An endpoint serves the cell",  # of endpoint discovery
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    whole = option("--all-services") or option("--all-regions")
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", ROWS if whole else ROWS[::ROWS_ONE_IN])
    else:
        sample = {*SERVICES[::ONE_IN], *UNLIKE_OTHERS}
        metafunc.parametrize(
            "service", [each for each in SERVICES if whole or each in sample], scope="module"
        )


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


@pytest.fixture(scope="module")
def judge(service: str, session: Session) -> Judge:
    """Forgets its clients after each service: those of all are a gigabyte."""
    return Judge(FIPS, OwnEndpoints(), session)


def group(service: str, operation: str, region: str, host: str, **changed: Any) -> Group:
    made = record(
        eventSource=f"{service}.amazonaws.com",
        eventName=operation,
        awsRegion=region,
        host=host,
        **changed,
    )
    (decoded,) = decode(json.dumps([made]).encode())
    return group_of(decoded)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_every_service(service: str, region: str, judge: Judge) -> None:
    client = CALLS.client(service, region)
    source = client.meta.service_model.signing_name
    parts = seams.client_parts(client)
    routed, plain = ROUTED.make(parts), PLAIN.make(parts)

    def verdict(operation: str, decision: Any) -> str:
        where = decision.region or region
        return judge.verdict(group(source, operation, where, decision.host)).name

    for kind in CALLS.kinds(service, lambda name: None):
        operation = kind.operations[0]
        chosen = routed.explain(kind.model, kind.arguments)
        other = plain.explain(kind.model, kind.arguments)
        if chosen.allowed:
            assert verdict(operation, chosen) == "complies", (operation, chosen.host)
        if other.allowed and other.host != chosen.host:
            assert verdict(operation, other) == "violates", (operation, other.host)


def test_every_kind_of_call(row: Row, session: Session) -> None:
    if row.lacks:
        pytest.skip(f"{row.lacks} is not installed")
    names = [verdict.name for verdict in _verdicts(row, session)]
    assert ("complies" in names) is (row.title not in UNKNOWN), names


def _verdicts(row: Row, session: Session) -> Iterator[Verdict]:
    """Of records that differ in what AWS says of the way, until one complies."""
    model = session.get_service_model(row.service)
    names = {xform_name(name): name for name in model.operation_names}
    name, _, region = row.scope.partition("/")
    source = name.replace("*", "") or model.signing_name
    host = urlsplit(row.url).netloc
    loaded = load(row.policy, environ=row.environ, system_policy="")
    for way in _ways(row, host):
        made = group(
            source,
            names.get(row.operation, row.operation),
            region.replace("*", "") or row.region or "",
            host,
            **way,
        )
        own = own_endpoints(loaded.parsed, (), [made])
        own = OwnEndpoints(own.declared, {"vpce-8": "interface", "vpce-9": "gateway"}, own.accounts)
        verdict = Judge(loaded, own, session).verdict(made)
        yield verdict
        if verdict.name == "complies":
            return


def _ways(row: Row, host: str) -> Iterator[dict[str, Any]]:
    """What a record may say: no endpoint, its host's, the policy's, or one that is listed."""
    named = re.search(r"vpce-[0-9a-f]+", host)
    if named:
        yield {"vpcEndpointId": named[0], "vpcEndpointAccountId": ACCOUNT}
        return
    yield {}
    declared = re.findall(r"vpce-[0-9a-f]+", str(row.policy.get("vpc_endpoints", "")))
    for id in (*dict.fromkeys(declared), "vpce-8", "vpce-9"):
        yield {"vpcEndpointId": id}
