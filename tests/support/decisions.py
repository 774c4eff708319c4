"""Decisions without a client, and logs that they are written to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.decision_log import DecisionLog
from endpoint_router.policy.load import load
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.case import Decision
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.explain import explain

FIPS = {"defaults": {"fips": "require"}}
#: DNS is asked about it: a listed FIPS host alone would be used in any case.
DUAL_STACK = {"defaults": {"fips": "require", "dual_stack": "prefer"}}
PRIVATE = {"defaults": {"private": "require"}}


def world(*addresses: str, **more: Any) -> World:
    """One where every name has these addresses."""
    answer = Answer("any", "answered", addresses or ("52.94.0.10",), ttl=60.0, **more)
    return World(lookup=lambda _dns: lambda name, _timeout: replace(answer, name=name))


def decided(policy: dict[str, Any], *addresses: str, service: str = "kms", **more: Any) -> Decision:
    installation = Installation(policy, world=world(*addresses), environ={})
    more.setdefault("session", Session())
    return explain(service, region="us-east-1", policy=installation, **more)


@pytest.fixture(scope="module")
def allowed() -> Decision:
    return decided(DUAL_STACK)


@pytest.fixture(scope="module")
def denied() -> Decision:
    return decided(PRIVATE)


def log_to(target: object, mode: str = "enforce", **more: Any) -> DecisionLog:
    return DecisionLog(str(target), load({"mode": mode, **FIPS}, environ={}), **more)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def variants(decision: Decision, count: int) -> Iterable[Decision]:
    return (called(decision, f"Operation{number}") for number in range(count))


def called(decision: Decision, operation: str) -> Decision:
    return replace(decision, call=replace(decision.call, operation=operation))
