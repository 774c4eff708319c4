"""A plan for a program: JSON types only. The keys are stable. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from ..routing.rendering import json_value
from .callers import Caller
from .policy import expiry
from .reading import Reading
from .values import Amber, Endpoint, Plan, PlannedRule, Public, Unknown, Value, Work


def as_data(reading: Reading, plan: Plan, today: datetime.date | None = None) -> dict[str, Any]:
    """What the report says, and more of it; lists are sorted."""
    return {
        "version": 1,
        "complete": plan.complete,
        "read": _read(reading, plan),
        "defaults": _settings(plan.defaults.items()),
        "disagreements": list(plan.disagreements),
        "vpc_endpoints": [_endpoint(endpoint) for endpoint in plan.endpoints],
        "waivers": [
            {
                **_said(rule),
                "hosts": list(rule.hosts),
                "expires": expiry([rule], plan.day),
                "callers": _callers(rule.callers),
            }
            for rule in plan.waivers
        ],
        "ending": [
            {
                **_said(rule),
                "expires": str(rule.expires),
                "days_left": (rule.expires - (today or plan.day)).days,
                "callers": _callers(rule.callers),
            }
            for rule in plan.ending
            if rule.expires
        ],
        "work": [_work(work) for work in plan.work],
        "unknown": [_unknown(unknown) for unknown in plan.unknown],
        "amber": [_amber(amber) for amber in plan.amber],
        "public": [_public(public) for public in plan.public],
        "concerned": _callers(plan.concerned),
    }


def _read(reading: Reading, plan: Plan) -> dict[str, Any]:
    return {
        "lines": reading.understood,
        "broken": reading.broken,
        "unknown_versions": dict(sorted(reading.versions.items())),
        "processes": len(reading.processes),
        "calls": sum(caller.calls for caller in plan.callers),
        "callers": _callers(plan.callers),
        "first": reading.first,
        "last": reading.last,
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "service_name": endpoint.link.name,
        "basis": endpoint.link.basis,
        "region": endpoint.link.region,
        "private_dns": endpoint.link.private_dns,
        "asked": endpoint.asked,
        "hosts": list(endpoint.hosts),
        "services": list(endpoint.services),
        "note": endpoint.link.note,
        "callers": _callers(endpoint.callers),
    }


def _said(rule: PlannedRule) -> dict[str, Any]:
    """What a rule is about, and says."""
    return {
        "services": list(rule.services),
        "operations": list(rule.operations),
        "regions": list(rule.regions),
        "settings": _settings(rule.settings),
    }


def _public(public: Public) -> dict[str, Any]:
    return {
        "host": public.link.host,
        "services": list(public.services),
        "service_name": public.link.name,
        "basis": public.link.basis,
        "note": public.link.note,
        "callers": _callers(public.callers),
    }


def _work(work: Work) -> dict[str, Any]:
    return {
        "code": work.code,
        "service": work.service,
        "operations": list(work.operations),
        "region": work.region,
        "host": work.host,
        "what": work.what,
        "callers": _callers(work.callers),
    }


def _unknown(unknown: Unknown) -> dict[str, Any]:
    return {
        "service": unknown.service,
        "region": unknown.region,
        "host": unknown.host,
        "why": unknown.why,
        "callers": _callers(unknown.callers),
    }


def _amber(amber: Amber) -> dict[str, Any]:
    return {
        "place": amber.place,
        "host": amber.host,
        "setting": amber.setting,
        "callers": _callers(amber.callers),
    }


def _settings(settings: Iterable[tuple[str, Value]]) -> dict[str, Any]:
    return {name: json_value(value) for name, value in settings}


def _callers(callers: Sequence[Caller]) -> list[dict[str, Any]]:
    return [
        {
            "application": caller.application,
            "calls": caller.calls,
            "machines": list(caller.machines),
            "more_machines": caller.is_cut,
        }
        for caller in callers
    ]
