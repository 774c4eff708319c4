"""A plan for a person at a terminal. Pure; as data it is :mod:`.data`, as a page :mod:`.page`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from ..policy.rules import until
from ..printable import printable
from .callers import Caller
from .policy import expiry
from .reading import Reading
from .values import Plan, PlannedRule

#: What the policy says of a service of AWS's own, by the setting.
WORD = {
    "fips": "attested as FIPS",
    "private": "through a gateway endpoint, or attested as private",
}


#: Stands for an application without a name.
NOBODY = "(no application named)"
#: Applications that are shown behind a finding, and at the end; ``--json`` has all of them.
_MOST, _MOST_CONCERNED = 3, 20


def as_text(reading: Reading, plan: Plan, today: datetime.date | None = None) -> str:
    """What was read, what is missing, and what to do next.

    :param today: the day in UTC from which the days of waivers are counted; that of the log's
        newest line by default.
    """
    return "\n".join(map(printable, _lines(reading, plan, today or plan.day)))


def _lines(reading: Reading, plan: Plan, today: datetime.date) -> Iterator[str]:
    yield from summary(reading, plan)
    for name in plan.disagreements:
        yield f"The processes disagree about {name}: the plan takes the strictest value."
    yield from _endpoints(plan)
    yield from _waivers(plan.waivers)
    if plan.ending:
        yield ""
        yield f"Rules that end ({len(plan.ending)})"
        for rule in plan.ending:
            yield f"  {scope(rule)}: {until(rule.expires or today, today)}"
            yield from _callers(rule.callers)
    if plan.work:
        yield ""
        yield f"For a person ({len(plan.work)})"
        for work in plan.work:
            operations = f" {', '.join(work.operations)}" if any(work.operations) else ""
            yield f"  {work.service}{operations} in {work.region or '(no region)'}: {work.host}"
            yield f"    {f'{work.code}: ' if work.code else ''}{work.what}"
            yield from _callers(work.callers)
    if plan.unknown:
        yield ""
        yield f"Not known yet ({len(plan.unknown)}), and planned as nothing"
        for unknown in plan.unknown:
            where = f"{unknown.service} in {unknown.region}"
            yield f"  {unknown.host or unknown.service} ({where}): {unknown.why}"
            yield from _callers(unknown.callers)
    if plan.amber:
        yield ""
        yield f"AMBER ({len(plan.amber)}): allowed by the policy's word alone, which nothing proves"
        for amber in plan.amber:
            yield f"  {amber.host} ({amber.place}): {WORD[amber.setting]}"
            yield from _callers(amber.callers)
    if plan.public:
        yield ""
        yield f"Allowed, and still needs the internet or the NAT ({len(plan.public)})"
        for public in plan.public:
            service = public.link.name or f"no PrivateLink service known: {public.link.note}"
            guess = ", by rule" if public.link.basis == "by rule" else ""
            yield f"  {public.link.host} ({', '.join(public.services)}): {service}{guess}"
            yield from _callers(public.callers)
    if _is_named(plan.concerned):
        yield ""
        yield f"Who must act ({len(plan.concerned)})"
        yield from _callers(plan.concerned, "  ", most=_MOST_CONCERNED)
    yield ""
    yield from _next(plan)


def summary(reading: Reading, plan: Plan) -> Iterator[str]:
    """What was read, in some lines."""
    span = f", {reading.first[:10]} to {reading.last[:10]}" if reading.last else ""
    yield (
        f"{_count(reading.understood, 'line')} from {_count(len(reading.processes), 'process')}"
        f"{span}: {_count(len(reading.calls), 'distinct decision')}"
    )
    if _is_named(plan.callers):
        named = sum(caller.application != "" for caller in plan.callers)
        calls = sum(caller.calls for caller in plan.callers)
        yield f"{_calls(calls)} of {_count(named, 'application')}"
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
        yield from _callers(endpoint.callers)


def _waivers(waivers: Sequence[PlannedRule]) -> Iterator[str]:
    if not waivers:
        return
    yield ""
    yield f"Missing FIPS waivers ({len(waivers)})"
    for rule in waivers:
        yield f"  {scope(rule)}: {', '.join(rule.hosts)}"
        yield from _callers(rule.callers)


def _is_named(callers: Sequence[Caller]) -> bool:
    """Logs of older releases do not say who called."""
    return any(caller.application or caller.machines for caller in callers)


def _callers(callers: Sequence[Caller], indent: str = "    ", most: int = _MOST) -> Iterator[str]:
    if not _is_named(callers):
        return
    for caller in callers[:most]:
        yield f"{indent}{caller.application or NOBODY}: {_calls(caller.calls)}{_machines(caller)}"
    if rest := callers[most:]:
        calls = _calls(sum(caller.calls for caller in rest))
        yield f"{indent}and {_count(len(rest), 'application')} more: {calls}"


def _machines(caller: Caller) -> str:
    if not caller.machines:
        return ""
    *rest, first = caller.machines[::-1]
    more = f" and {'more than ' * caller.is_cut}{len(rest)} more" if rest else ""
    return f", from {first}{more}"


def _calls(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"


def scope(rule: PlannedRule) -> str:
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
