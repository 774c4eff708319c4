"""A decision as a readable trace, and as plain data. Pure: what is told is what the value holds.

Each line of the trace is made printable: reasons, regions and answers of DNS are others' words.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from ..policy.model import Settings
from ..policy.rules import until
from ..printable import printable
from .case import Considered, Decision, Finding
from .masking import masked as _masked

_DEFAULTS = Settings()


def as_text(decision: Decision, today: datetime.date | None = None) -> str:
    """The decision for a person, several lines.

    :param today: the day in UTC; with it, the days that a waiver has left are told.
    """
    return "\n".join(map(printable, _lines(decision, today)))


def _lines(decision: Decision, today: datetime.date | None) -> Iterator[str]:
    call = ".".join(filter(None, (decision.service, decision.operation)))
    where = f" in {decision.region}" if decision.region else ""
    yield f"{call}{where}: {decision.outcome.upper()}"
    if decision.chosen:
        yield f"  host      {decision.host}"
        if decision.pin and decision.pin.question.name != decision.host:
            yield f"  dials     {decision.pin.question.name}"
        yield f"  signed as {decision.signing_name} / {decision.signing_region}"
    else:
        yield f"  code      {decision.code}"
    yield from (f"  AMBER     {_unproven(decision, setting)}" for setting in decision.amber)
    yield f"  why       {decision.reason}"
    if decision.remedy:
        yield f"  way out   {decision.remedy}"
    yield f"  rule      {decision.rule}{_said_by_rule(decision, today)}"
    for name in Settings.__struct_fields__:
        value = getattr(decision.demands.settings, name)
        if value != getattr(_DEFAULTS, name):
            yield f"    {name} = {_plain(value)}  ({decision.demands.origins[name]})"
    if any(considered.candidate.zone for considered in decision.candidates):
        yield f"  own zone  {decision.zone} ({decision.zone.source})"
    if decision.proxy:
        yield f"  proxy     {decision.proxy}"
    if decision.candidates:
        yield "  candidates, most wanted first"
    for considered in decision.candidates:
        yield f"    {considered.candidate}: {considered.result}" + _basis(considered)
    if decision.evidence:
        yield "  DNS"
    for finding in decision.evidence:
        yield f"    {_finding(finding)}"


def _unproven(decision: Decision, setting: str) -> str:
    says = f"the policy alone says that {decision.host} is"
    if setting == "fips":
        return f"{says} FIPS; nothing that botocore or a name of AWS's says proves it"
    if decision.private_basis == "gateway-declared":
        way = "reached through a gateway endpoint; what proves it is vpcEndpointId in CloudTrail"
        return f"{says} {way}"
    return f"{says} private; its addresses were not looked at"


def _said_by_rule(decision: Decision, today: datetime.date | None) -> str:
    rule = decision.demands.rule
    if not decision.by_rule:
        return ""
    reason = f": {rule.reason}" if rule.reason else ""
    if rule.expires is None:
        return reason
    return f"{reason}, {until(rule.expires, today) if today else f'until {rule.expires}'}"


def _basis(considered: Considered) -> str:
    basis = considered.candidate.fips_basis
    return f" [FIPS: {basis}]" if basis else ""


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _finding(finding: Finding) -> str:
    answer = finding.answer
    said = ", ".join(answer.addresses) or answer.detail or answer.status
    source = answer.source if answer.source == "hosts" else answer.server or "dns"
    ttl = f", TTL {answer.ttl:g} s" if answer.ttl else ""
    reach = {None: "", True: ", port open", False: ", port closed"}[answer.reachable]
    stale = ", stale" if answer.stale else ""
    return f"{finding.question.name} -> {said} ({source}{ttl}{reach}{stale}): {finding.verdict}"


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
