"""A plan as a policy, in TOML: complete, and commented where a person has to decide. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from ..policy.rules import GRADED, weaker
from ..printable import printable
from .quoting import toml
from .rules import BUILT_IN
from .values import Endpoint, Plan, PlannedRule, Value

#: Days that a waiver lasts: long enough to find its owner, too short to be forgotten.
LASTS = 90


def as_toml(plan: Plan) -> str:
    """The policy under which the calls of the log pass once its endpoints exist."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield "# Written by `endpoint-router plan` from decision logs. Read it before you use it."
    if plan.origins:
        yield "# Policies in force when they were written:"
        yield from (f"#   {printable(origin)}" for origin in plan.origins)
    yield "# The log does not hold [network], [dns] and [log]: copy yours, if you have them."
    yield "version = 1"
    yield 'mode = "enforce"'
    yield ""
    yield "[defaults]"
    for name in plan.disagreements:
        yield f"# The processes disagree about {name}: this is the strictest value."
    yield from (f"{name} = {_value(value)}" for name, value in plan.defaults.items())
    for rule in plan.rules:
        yield ""
        yield from _rule(plan, rule)
    for endpoint in plan.endpoints:
        if not endpoint.link.private_dns:
            yield ""
            yield from _without_private_dns(endpoint)
        elif endpoint.link.without_fips and endpoint.link.basis == "by rule":
            yield ""
            yield from _guess(plan, endpoint)
    if plan.declared:
        yield ""
        yield "# The policy in force declares endpoints that calls use. The log does not show them"
        yield "# in full: copy them here."
        yield from (f"#   {printable(place)}: {printable(host)}" for place, host in plan.declared)


def _value(value: Value) -> str:
    if isinstance(value, str):
        return toml(value)
    return f"[{', '.join(map(toml, value))}]"


def _rule(plan: Plan, rule: PlannedRule) -> Iterator[str]:
    if rule.kind == "waiver":
        yield f"# No FIPS: {', '.join(map(printable, rule.hosts))}"
    else:
        yield "# A rule of the policy in force, for what the log shows of it."
    yield "[[rules]]"
    for name in ("services", "operations", "regions"):
        globs: tuple[str, ...] = getattr(rule, name)
        if globs:
            yield f"{name} = {_value(globs)}"
    yield from (f"{name} = {_value(value)}" for name, value in rule.settings)
    loose = any(
        weaker(name, value, plan.defaults.get(name, BUILT_IN[name]))
        for name, value in rule.settings
        if name in GRADED
    )
    reason = rule.reason
    if rule.kind == "waiver":
        missing = f"no FIPS endpoint exists (seen {plan.day}): owner and ticket to be named"
        reason = f"{missing}; {reason}" if reason else missing
    elif loose and not reason.strip():
        reason = f"carried over on {plan.day}: owner and ticket to be named"
    if reason:
        yield f"reason = {toml(reason)}"
    if loose:
        # A rule of the policy in force ends when its owner said; a plan prolongs nothing.
        carried = rule.expires if rule.kind == "carried" else None
        yield f"expires = {carried or plan.day + datetime.timedelta(days=LASTS)}"


def _without_private_dns(endpoint: Endpoint) -> Iterator[str]:
    yield f"# {printable(endpoint.link.name)} has no private DNS. Its names come from Terraform, as"
    yield "#   ENDPOINT_ROUTER_VPC_ENDPOINTS=$(terraform output -raw endpoint_router_vpc_endpoints)"
    yield "# or are written here:"
    yield "# [[vpc_endpoints]]"
    yield '# type = "interface"'
    yield '# dns_names = ["vpce-..."]'
    yield f"# serves = {_value(endpoint.hosts)}"


def _guess(plan: Plan, endpoint: Endpoint) -> Iterator[str]:
    name = printable(endpoint.link.name)
    yield f"# {name} is a name by rule, which AWS's list does not have. If"
    yield f"# Terraform does not find it, take {printable(endpoint.link.without_fips)}"
    yield "# in its place and waive FIPS:"
    yield "# [[rules]]"
    yield f"# services = {_value(endpoint.services)}"
    if endpoint.link.region:
        yield f"# regions = {_value((endpoint.link.region,))}"
    yield '# fips = "prefer"'
    reason = f"no FIPS over PrivateLink (seen {plan.day}): owner and ticket to be named"
    yield f"# reason = {toml(reason)}"
    yield f"# expires = {plan.day + datetime.timedelta(days=LASTS)}"


def expiry(rules: Iterable[PlannedRule], day: datetime.date) -> str:
    """Until when waivers hold, ISO; empty where there are none."""
    return str(day + datetime.timedelta(days=LASTS)) if any(rules) else ""
