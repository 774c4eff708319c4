"""A decision as plain data. Pure: what is told is what the value holds."""

from __future__ import annotations

import datetime
from typing import Any

from .case import Decision
from .masking import masked as _masked


def as_data(
    decision: Decision, *, masked: bool = False, today: datetime.date | None = None
) -> dict[str, Any]:
    """The decision for a program: JSON types only. The keys are stable.

    :param masked: without the bucket names, access points, account ids and other labels that came
        from the call's parameters.
    :param today: the day in UTC; with it, the days that a waiver has left are told.
    """
    data = _data(decision)
    expires = decision.demands.rule.expires
    if today is not None:
        data["rule"]["days_left"] = (expires - today).days if expires else None
    return _masked(decision, data) if masked else data


def _data(decision: Decision) -> dict[str, Any]:
    demands = decision.demands
    return {
        "outcome": decision.outcome,
        "code": decision.code,
        "reason": decision.reason,
        "remedy": decision.remedy,
        "service": decision.service,
        "operation": decision.operation,
        "region": decision.region,
        "partition": decision.partition,
        "host": decision.host,
        "dials": decision.pin.question.name if decision.pin else "",
        "signing_name": decision.signing_name,
        "signing_region": decision.signing_region,
        "variant": str(decision.variant),
        "fips_basis": decision.fips_basis,
        "private_basis": decision.private_basis,
        "amber": list(decision.amber),
        "presigned": decision.presigned,
        "zone": str(decision.zone) if decision.zone else "",
        "proxy": decision.proxy,
        "setting": "" if decision.allowed else decision.setting,
        "rule": {
            "name": demands.rule.name,
            "reason": demands.rule.reason,
            "expires": str(demands.rule.expires) if demands.rule.expires else None,
        },
        "settings": {
            name: {"value": json_value(getattr(demands.settings, name)), "origin": str(origin)}
            for name, origin in demands.origins.items()
        },
        "candidates": [
            {
                "host": considered.candidate.host,
                "kind": considered.candidate.kind,
                "place": considered.candidate.place,
                "fips_basis": considered.candidate.fips_basis or "",
                "result": considered.result,
                "code": considered.code,
                "chosen": considered.chosen,
            }
            for considered in decision.candidates
        ],
        "evidence": [
            {
                "name": finding.question.name,
                "verdict": finding.verdict,
                "status": finding.answer.status,
                "addresses": list(finding.answer.addresses),
                "detail": finding.answer.detail,
                "source": finding.answer.source,
                "server": finding.answer.server,
                "ttl": finding.answer.ttl,
                "at": finding.answer.at,
                "reachable": finding.answer.reachable,
                "stale": finding.answer.stale,
            }
            for finding in decision.evidence
        ],
    }


def json_value(value: Any) -> Any:
    """A setting's value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value
