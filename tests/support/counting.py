"""Policies whose calls are counted apart from those of other tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from msgspec.structs import replace

from endpoint_router import Metrics
from endpoint_router.counters import Counters
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.metrics import read
from tests.support.lab_client import ONE_ATTEMPT, REGION, installed
from tests.support.report_mode import plain_session

__all__ = ["Counting", "Misled", "counted_apart"]


def counted_apart(installation: Installation) -> Counters:
    """Have what *installation* will do counted by itself."""
    counters = Counters()
    installation.world = replace(installation.world, counters=counters)
    return counters


class Misled:
    """Dials *lab*, and every connection ends outside the trusted networks."""

    def __init__(self, lab: Lab) -> None:
        self.begin = lab.begin

    def peer(self, _connection: Any) -> str:
        return "52.94.0.66"


class Counting:
    """A policy in the lab, its clients, and what was counted of them."""

    def __init__(self, lab: Lab, policy: Mapping[str, Any], **world: Any) -> None:
        self.installation = installed(lab, policy)
        self.counters = counted_apart(self.installation)
        self.installation.world = replace(self.installation.world, **world)
        self.session = plain_session(lab)
        self.installation(self.session)

    def client(self, service: str = "kms", region: str = REGION, **config: Any) -> Any:
        settings = {"retries": ONE_ATTEMPT, "connect_timeout": 30, "read_timeout": 60, **config}
        return self.session.create_client(service, region, config=Config(**settings))

    def recount(self) -> None:
        """Have the decision log written whole."""
        log = self.installation.router_for().log
        assert log is not None
        log.recount()

    def read(self) -> Metrics:
        """As ``endpoint_router.metrics()`` reads those of the process."""
        return read(self.counters)

    def calls(self) -> dict[tuple[str, ...], int]:
        """By outcome, code, service and path: kinds of which there was a call."""
        told: Counter[tuple[str, ...]] = Counter()
        for each in self.read().calls:
            told[each.outcome, each.code, each.service, each.path] += each.calls
        return dict(+told)

    def by(self, name: str) -> dict[str, int]:
        """Calls by one of their fields."""
        told: Counter[str] = Counter()
        for each in self.read().calls:
            told[getattr(each, name)] += each.calls
        return dict(+told)

    def lookups(self) -> dict[str, int]:
        """By verdict, those that there were."""
        return {each.verdict: each.lookups for each in self.read().lookups if each.lookups}

    def renewals(self) -> dict[str, int]:
        """By result, those that there were."""
        return {each.result: each.renewals for each in self.read().renewals if each.renewals}
