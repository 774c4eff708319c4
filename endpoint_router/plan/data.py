"""A plan for a program: JSON types only. The keys are stable. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from ..routing.rendering import json_value
from .callers import Caller
from .policy import expiry
from .reading import Reading
from .values import Plan


def as_data(reading: Reading, plan: Plan, today: datetime.date | None = None) -> dict[str, Any]:
    """What the report says, and more of it; lists are sorted."""
    return {
        "version": 1,
        "complete": plan.complete,
        "read": {
            "lines": reading.understood,
            "broken": reading.broken,
            "unknown_versions": dict(sorted(reading.versions.items())),
            "processes": len(reading.processes),
            "calls": sum(caller.calls for caller in plan.callers),
            "callers": _data(plan.callers),
            "first": reading.first,
            "last": reading.last,
        },
        "defaults": {name: json_value(value) for name, value in plan.defaults.items()},
        "disagreements": list(plan.disagreements),
        "vpc_endpoints": [
            {
                "service_name": endpoint.link.name,
                "basis": endpoint.link.basis,
                "region": endpoint.link.region,
                "private_dns": endpoint.link.private_dns,
                "asked": endpoint.asked,
                "hosts": list(endpoint.hosts),
                "services": list(endpoint.services),
                "note": endpoint.link.note,
                "callers": _data(endpoint.callers),
            }
            for endpoint in plan.endpoints
        ],
        "waivers": [
            {
                "services": list(rule.services),
                "operations": list(rule.operations),
                "regions": list(rule.regions),
                "settings": {name: json_value(value) for name, value in rule.settings},
                "hosts": list(rule.hosts),
                "expires": expiry([rule], plan.day),
                "callers": _data(rule.callers),
            }
            for rule in plan.waivers
        ],
        "ending": [
            {
                "services": list(rule.services),
                "operations": list(rule.operations),
                "regions": list(rule.regions),
                "settings": {name: json_value(value) for name, value in rule.settings},
                "expires": str(rule.expires),
                "days_left": (rule.expires - (today or plan.day)).days,
                "callers": _data(rule.callers),
            }
            for rule in plan.ending
            if rule.expires
        ],
        "work": [
            {
                "code": work.code,
                "service": work.service,
                "operations": list(work.operations),
                "region": work.region,
                "host": work.host,
                "what": work.what,
                "callers": _data(work.callers),
            }
            for work in plan.work
        ],
        "unknown": [
            {
                "service": unknown.service,
                "region": unknown.region,
                "host": unknown.host,
                "why": unknown.why,
                "callers": _data(unknown.callers),
            }
            for unknown in plan.unknown
        ],
        "amber": [
            {
                "place": amber.place,
                "host": amber.host,
                "setting": amber.setting,
                "callers": _data(amber.callers),
            }
            for amber in plan.amber
        ],
        "public": [
            {
                "host": public.link.host,
                "services": list(public.services),
                "service_name": public.link.name,
                "basis": public.link.basis,
                "note": public.link.note,
                "callers": _data(public.callers),
            }
            for public in plan.public
        ],
        "concerned": _data(plan.concerned),
    }


def _data(callers: Sequence[Caller]) -> list[dict[str, Any]]:
    return [
        {
            "application": caller.application,
            "calls": caller.calls,
            "machines": list(caller.machines),
            "more_machines": caller.is_cut,
        }
        for caller in callers
    ]
