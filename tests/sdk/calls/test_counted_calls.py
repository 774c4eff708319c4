"""Each request of a client is counted in the decision log, whichever way it goes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.other_clients import resolve
from tests.support.decisions import records
from tests.support.lab_client import KMS_VPCE, ONE_ATTEMPT, hosts, installed
from tests.support.plain_wire import Wire
from tests.support.report_mode import FIPS, log, plain_session

__all__ = ["log"]

PINNED = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
}
CALLS = 7


class Counted:
    """A policy whose log is asked how many calls it stands for."""

    def __init__(self, lab: Lab, log: Path, policy: Mapping[str, Any]) -> None:
        self._log = log
        self.installation: Installation = installed(lab, {**policy, "log": {"decisions": str(log)}})
        self.session = plain_session(lab)
        self.installation(self.session)

    def client(self, service: str = "kms", **arguments: Any) -> Any:
        arguments.setdefault("config", Config(retries=ONE_ATTEMPT))
        return self.session.create_client(service, "us-east-1", **arguments)

    def counts(self) -> list[int]:
        """What the lines say once the log was told to count."""
        written = self.installation.router_for().log
        assert written is not None
        written.recount()
        return [record["calls"] for record in records(self._log)]


@pytest.mark.parametrize("policy", [{}, FIPS, PINNED], ids=["empty", "fips", "pinned"])
def test_every_request_that_is_sent(lab: Lab, log: Path, policy: dict[str, Any]) -> None:
    counted = Counted(lab, log, policy)
    client = counted.client()
    for _ in range(CALLS):
        client.list_keys()
    assert counted.counts() == [1, CALLS - 1]
    assert len(hosts(lab)) == CALLS


def test_clients_of_one_policy_count_together(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, FIPS)
    for _ in range(3):
        client = counted.client()
        client.list_keys()
        client.list_keys()
    assert counted.counts() == [1, 5]


def test_a_retry_is_a_request_more(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, FIPS)
    client = counted.client(config=Config(retries={"max_attempts": 2}))
    failures = iter([True, False])
    client.meta.events.register(
        "needs-retry.kms.ListKeys", lambda **_: 0 if next(failures) else None
    )
    client.list_keys()
    assert len(hosts(lab)) == 2
    assert counted.counts() == [1, 1]


def test_report_mode(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, {**FIPS, "mode": "report"})
    client = Wire().lead(counted.client(), lab)
    for _ in range(CALLS):
        client.list_keys()
    assert counted.counts() == [1, CALLS - 1]
    (line, _) = records(log)
    assert line["mode"] == "report"


def test_refusals(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, {"defaults": {"private": "require"}})
    client = counted.client()
    for _ in range(3):
        with pytest.raises(EndpointDenied):
            client.list_keys()
    assert counted.counts() == [1, 1, 1]


def test_presigned_urls(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, FIPS)
    client = counted.client("sts")
    for _ in range(CALLS):
        client.generate_presigned_url("get_caller_identity")
    assert counted.counts() == [1, CALLS - 1]


def test_urls_that_others_ask_about(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, PINNED)
    for _ in range(3):
        resolve("https://kms.us-east-1.amazonaws.com/", service="kms", policy=counted.installation)
    assert counted.counts() == [1, 2]


def test_who_counts_keeps_no_client(lab: Lab, log: Path) -> None:
    counted = Counted(lab, log, PINNED)
    client = counted.client()
    for _ in range(CALLS):
        client.list_keys()
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None
    assert counted.counts() == [1, CALLS - 1]
