"""Lines of a decision log: made by hand, or of real decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from endpoint_router.plan.findings import Plan, plan
from endpoint_router.plan.reading import Reading
from endpoint_router.policy.model import Settings
from endpoint_router.routing.case import Decision
from endpoint_router.routing.rendering import as_data, json_value

TIME = "2026-11-21T05:33:29.123Z"
REQUIRED = {"fips": "require", "private": "require"}


def settings(values: Mapping[str, Any], origin: str = "file policy.toml:4") -> dict[str, Any]:
    """Settings as a line has them: *values*, and the defaults for the rest."""
    return {
        name: {
            "value": values.get(name, json_value(getattr(Settings(), name))),
            "origin": origin if name in values else "default",
        }
        for name in Settings.__struct_fields__
    }


def line(service: str = "kms", **values: Any) -> dict[str, Any]:
    """A line about a call in us-east-1 that is refused for want of a private path."""
    host = values.get("host", f"{service}.us-east-1.amazonaws.com")
    demanded = values.pop("demands", {"private": "require"})
    return {
        "version": 1,
        "time": TIME,
        "process": 4711,
        "mode": "report",
        "policy": {"hash": "sha256:abc", "origin": ["file /etc/policy.toml"]},
        "peer": "",
        "sent": "",
        "outcome": "denied",
        "code": "private.public_address",
        "reason": f"{host}: resolves to 52.94.0.10, outside the trusted networks.",
        "remedy": "Declare an interface endpoint.",
        "service": service,
        "operation": "DoIt",
        "region": "us-east-1",
        "partition": "aws",
        "host": host,
        "signing_name": "",
        "signing_region": "",
        "variant": "standard",
        "fips_basis": "",
        "presigned": False,
        "proxy": "",
        "rule": {"name": "defaults", "reason": ""},
        "settings": settings(demanded),
        "candidates": [candidate(host, code="private.public_address")],
        "evidence": [{"name": host, "verdict": "public", "status": "answered"}],
        **values,
    }


def candidate(host: str, basis: str = "", kind: str = "standard", **values: Any) -> dict[str, Any]:
    """A candidate as a line has it."""
    made = {"host": host, "kind": kind, "place": "", "fips_basis": basis, "result": "", "code": ""}
    return {**made, **values}


def allowed(
    service: str = "kms", verdict: str = "private-address", **values: Any
) -> dict[str, Any]:
    """A line about a call that passes."""
    made = line(service, outcome="allowed", code="allowed", reason="", remedy="", **values)
    host = made["host"]
    made["candidates"] = values.get("candidates", [candidate(host, made["fips_basis"])])
    made["evidence"] = [{"name": host, "verdict": verdict}] if verdict else []
    return made


def no_fips(service: str = "chime", code: str = "fips.absent", **values: Any) -> dict[str, Any]:
    """A line about a call whose FIPS host does not exist; nobody asked about the plain one."""
    host, fips = (f"{service}{one}.us-east-1.amazonaws.com" for one in ("", "-fips"))
    made = {
        "host": fips,
        "code": code,
        "reason": f"{fips}: does not exist (NXDOMAIN).",
        "demands": REQUIRED,
        "candidates": [candidate(fips, "ruleset", code="fips.absent")],
        "sent": host,
        "peer": "52.94.0.20",
        "evidence": [{"name": fips, "verdict": "absent"}],
    }
    return line(service, **{**made, **values})


def of(decision: Decision, **envelope: Any) -> dict[str, Any]:
    """The line that the decision log writes for *decision*."""
    return {**line(), "rule": None, **as_data(decision, masked=True), **envelope}


def dump(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """A whole log."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


def read(*lines: Mapping[str, Any] | bytes, source: str = "a.jsonl") -> Reading:
    """What is read from *lines*."""
    reading = Reading()
    reading.add((one if isinstance(one, bytes) else dump([one]) for one in lines), source)
    return reading


def planned(*lines: Mapping[str, Any]) -> Plan:
    """The plan for *lines*, each of which must be understood."""
    reading = read(*lines)
    assert reading.understood == len(lines)
    return plan(reading)
