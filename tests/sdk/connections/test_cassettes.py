"""Connections that a test library puts into botocore's pools, as vcrpy's cassettes do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import ConnectionClosedError
from urllib3.connectionpool import HTTPConnectionPool

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS_FIPS, KMS_VPCE, client_for
from tests.support.pinning import (
    ONE,
    PRIVATE_DNS,
    VPCE,
    addresses,
    between_decision_and_connect,
    private_dns,
)


class Tape:
    """What is asked of the cassette, which has nothing recorded."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connect(self, connection: Any) -> None:
        self.asked.append(connection.host)
        raise ConnectionRefusedError("nothing is recorded")


@contextmanager
def cassette() -> Iterator[Tape]:
    tape = Tape()
    get = HTTPConnectionPool._get_conn

    def get_conn(pool: Any, timeout: Any = None) -> Any:
        connection = get(pool, timeout)
        while not isinstance(connection, pool.ConnectionCls):
            connection.close()
            pool._put_conn(None)
            connection = get(pool, timeout)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        for pool, kind in (
            (AWSHTTPConnectionPool, AWSHTTPConnection),
            (AWSHTTPSConnectionPool, AWSHTTPSConnection),
        ):
            stub = type("Stub", (kind,), {"connect": lambda self: tape.connect(self)})
            patch.setattr(pool, "ConnectionCls", stub)
        patch.setattr(HTTPConnectionPool, "_get_conn", get_conn)
        yield tape


def refused(client: Any) -> EndpointDenied:
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "private.unpinned"
    assert "endpoint_router.testing" in refusal.value.remedy
    return refusal.value


@pytest.mark.parametrize("before", [True, False], ids=["first", "after a call"])
def test_what_relies_on_an_address_does_not_go_past_it(lab: Lab, before: bool) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    if not before:
        client.list_keys()
    dialled = addresses(lab)
    with cassette() as tape:
        refused(client)
    assert (addresses(lab), tape.asked) == (dialled, [])
    client.list_keys()
    assert addresses(lab) == [ONE]


def test_nor_when_it_comes_after_the_decision(lab: Lab) -> None:
    private_dns(lab, ONE)
    client = client_for(lab, PRIVATE_DNS)
    inside = cassette()
    between_decision_and_connect(client, inside.__enter__)
    try:
        refused(client)
    finally:
        inside.__exit__(None, None, None)
    assert addresses(lab) == []


@pytest.mark.parametrize(
    ("policy", "host"),
    [
        pytest.param(VPCE, KMS_VPCE, id="a name that only an endpoint bears"),
        pytest.param({"defaults": {"fips": "require"}}, KMS_FIPS, id="a public host"),
    ],
)
def test_what_does_not_is_played(lab: Lab, policy: dict[str, Any], host: str) -> None:
    """Also where connections are opened by the policy's DNS, and one of them is idle."""
    client = client_for(lab, policy)
    client.list_keys()
    dialled = addresses(lab)
    with cassette() as tape, pytest.raises(ConnectionClosedError):
        client.list_keys()
    assert (addresses(lab), tape.asked) == (dialled, [host])
    client.list_keys()
    assert [seen.host for seen in lab.seen] == [host] * 2
