"""Records of which a judge says what they show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from endpoint_router.audit.endpoints import OwnEndpoints
from endpoint_router.audit.grouping import Group, group_of
from endpoint_router.audit.judging import Judge, Verdict
from endpoint_router.audit.records import decode
from endpoint_router.policy.load import load

from .made import record

NONE_OF_OURS = OwnEndpoints()


def host(service: str, region: str = "us-gov-west-1") -> str:
    return f"{service}.{region}.amazonaws.com"


def judge_by(folder: Path, policy: str, own: OwnEndpoints = NONE_OF_OURS) -> Judge:
    """Judges by *policy*, which is in *folder*."""
    path = folder / "policy.toml"
    path.write_text(policy)
    return Judge(load(path, environ={}, system_policy=""), own)


def group(**changed: Any) -> Group:
    service = changed.pop("service", "kms")
    made = record(eventSource=f"{service}.amazonaws.com", **changed)
    (decoded,) = decode(json.dumps([made]).encode())
    return group_of(decoded)


def verdict(judge: Judge, **changed: Any) -> Verdict:
    return judge.verdict(group(**changed))
