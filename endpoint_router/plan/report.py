"""A plan for a person, and the same as data. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from ..policy.rules import until
from ..printable import printable
from ..routing.rendering import json_value
from .policy import expiry
from .reading import Reading
from .values import Plan, PlannedRule

#: What the policy says of a service of AWS's own, by the setting.
_WORD = {
    "fips": "attested as FIPS",
    "private": "through a gateway endpoint, or attested as private",
}


def as_text(reading: Reading, plan: Plan, today: datetime.date | None = None) -> str:
    """What was read, what is missing, and what to do next.

    :param today: the day in UTC from which the days of waivers are counted; that of the log's
        newest line by default.
    """
    return "\n".join(map(printable, _lines(reading, plan, today or plan.day)))


def _lines(reading: Reading, plan: Plan, today: datetime.date) -> Iterator[str]:
    yield from _read(reading)
    for name in plan.disagreements:
        yield f"The processes disagree about {name}: the plan takes the strictest value."
    yield from _endpoints(plan)
    yield from _waivers(plan.waivers)
    if plan.ending:
        yield ""
        yield f"Rules that end ({len(plan.ending)})"
        for rule in plan.ending:
            yield f"  {_scope(rule)}: {until(rule.expires or today, today)}"
    if plan.work:
        yield ""
        yield f"For a person ({len(plan.work)})"
        for work in plan.work:
            operations = f" {', '.join(work.operations)}" if any(work.operations) else ""
            yield f"  {work.service}{operations} in {work.region or '(no region)'}: {work.host}"
            yield f"    {f'{work.code}: ' if work.code else ''}{work.what}"
    if plan.unknown:
        yield ""
        yield f"Not known yet ({len(plan.unknown)}), and planned as nothing"
        for unknown in plan.unknown:
            where = f"{unknown.service} in {unknown.region}"
            yield f"  {unknown.host or unknown.service} ({where}): {unknown.why}"
    if plan.amber:
        yield ""
        yield f"AMBER ({len(plan.amber)}): allowed by the policy's word alone, which nothing proves"
        yield from (f"  {host} ({place}): {_WORD[setting]}" for place, host, setting in plan.amber)
    if plan.public:
        yield ""
        yield f"Allowed, and still needs the internet or the NAT ({len(plan.public)})"
        for public in plan.public:
            service = public.link.name or f"no PrivateLink service known: {public.link.note}"
            guess = ", by rule" if public.link.basis == "by rule" else ""
            yield f"  {public.link.host} ({', '.join(public.services)}): {service}{guess}"
    yield ""
    yield from _next(plan)


def _read(reading: Reading) -> Iterator[str]:
    span = f", {reading.first[:10]} to {reading.last[:10]}" if reading.last else ""
    yield (
        f"{_count(reading.understood, 'line')} from {_count(len(reading.processes), 'process')}"
        f"{span}: {_count(len(reading.calls), 'distinct decision')}"
    )
    if reading.broken:
        yield f"{_count(reading.broken, 'line')} not understood, and left out"
    for version, count in sorted(reading.versions.items()):
        yield f"{_count(count, 'line')} of version {version}, which is not known here, left out"


def _count(number: int, thing: str) -> str:
    plural = "es" if thing.endswith("ss") else "s"
    return f"{number} {thing}{'' if number == 1 else plural}"


def _endpoints(plan: Plan) -> Iterator[str]:
    if not plan.endpoints:
        return
    yield ""
    yield f"Missing VPC endpoints, type interface ({len(plan.endpoints)})"
    width = max(len(endpoint.link.name) for endpoint in plan.endpoints)
    for endpoint in plan.endpoints:
        link = endpoint.link
        hosts = ", ".join(endpoint.hosts)
        yield f"  {link.name.ljust(width)}  {link.basis.ljust(10)}  {hosts}"
        if not endpoint.asked:
            yield "    DNS was not asked yet: look whether it exists already"
        if link.note:
            yield f"    {link.note}"


def _waivers(waivers: Sequence[PlannedRule]) -> Iterator[str]:
    if not waivers:
        return
    yield ""
    yield f"Missing FIPS waivers ({len(waivers)})"
    for rule in waivers:
        yield f"  {_scope(rule)}: {', '.join(rule.hosts)}"


def _scope(rule: PlannedRule) -> str:
    what = f" {', '.join(rule.operations)}" if rule.operations else ""
    where = ", ".join(rule.regions) or "(no region)"
    return f"{', '.join(rule.services)}{what} in {where}"


def _next(plan: Plan) -> Iterator[str]:
    steps = []
    if plan.endpoints:
        guesses = any(endpoint.link.basis == "by rule" for endpoint in plan.endpoints)
        steps.append(
            "Write --terraform, then terraform plan: a name that AWS does not have fails there."
            + (" Names by rule are guesses: --services takes AWS's own list." * guesses)
        )
    if any(not endpoint.link.private_dns for endpoint in plan.endpoints):
        steps.append(
            "Hand over the names of endpoints without private DNS: ENDPOINT_ROUTER_VPC_ENDPOINTS "
            "from the output endpoint_router_vpc_endpoints."
        )
    if plan.waivers:
        end = expiry(plan.waivers, plan.day)
        steps.append(f"Write --policy, and name owner and ticket of each waiver (until {end}).")
    if plan.work:
        steps.append("Do what is left for a person.")
    if plan.unknown:
        steps.append("Let it run until DNS has answered, or look at dns.servers.")
    if not steps:
        yield "Nothing is missing: every call of the log passes under mode = enforce."
        return
    steps.append(
        "Run in report mode again, with a new log, until nothing is missing; then enforce."
    )
    yield "Next"
    yield from (f"  {number}. {step}" for number, step in enumerate(steps, 1))


def as_data(reading: Reading, plan: Plan, today: datetime.date | None = None) -> dict[str, Any]:
    """The same for a program: JSON types only, lists sorted. The keys are stable."""
    return {
        "version": 1,
        "complete": plan.complete,
        "read": {
            "lines": reading.understood,
            "broken": reading.broken,
            "unknown_versions": dict(sorted(reading.versions.items())),
            "processes": len(reading.processes),
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
            }
            for work in plan.work
        ],
        "unknown": [
            {
                "service": unknown.service,
                "region": unknown.region,
                "host": unknown.host,
                "why": unknown.why,
            }
            for unknown in plan.unknown
        ],
        "amber": [
            {"place": place, "host": host, "setting": setting}
            for place, host, setting in plan.amber
        ],
        "public": [
            {
                "host": public.link.host,
                "services": list(public.services),
                "service_name": public.link.name,
                "basis": public.link.basis,
                "note": public.link.note,
            }
            for public in plan.public
        ],
    }
