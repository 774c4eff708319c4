"""Where two policies differ, and no call of today shows it: mode, lock, networks, attestations.

What counts as looser is what a lock would not let pass: :mod:`endpoint_router.policy.locked`. Pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from msgspec.structs import replace

from ..policy.loaded import LoadedPolicy
from ..policy.model import InterfaceEndpoint, Policy, Rule
from ..policy.networks import covers
from ..policy.quoting import quote
from ..policy.rules import loosens, weaker
from .values import Beyond, Direction


def beyond_calls(old: LoadedPolicy, new: LoadedPolicy) -> Iterator[Beyond]:
    """Each such difference."""
    yield from _of_policy(old.policy, new.policy)
    yield from _of_networks(old, new)
    yield from _attestations(old.policy, new.policy)
    yield from _urls(old.policy, new.policy)
    yield from _last_days(old.policy, new.policy)


def _of_policy(old: Policy, new: Policy) -> Iterator[Beyond]:
    if old.mode != new.mode:
        direction: Direction = "loosened" if weaker("mode", new.mode, old.mode) else "tightened"
        yield Beyond(direction, "mode", f"{old.mode} -> {new.mode}")
    if old.locked is not new.locked:
        word = "may loosen" if old.locked else "can no longer loosen"
        direction = "loosened" if old.locked else "tightened"
        yield Beyond(direction, "locked", f"variables and code {word} the policy")
    if old.dns.servers != new.dns.servers:
        what = f"{_listed(old.dns.servers)} -> {_listed(new.dns.servers)}"
        why = "who answers for DNS decides what counts as private"
        yield Beyond("loosened", "dns.servers", f"{what}: {why}")
    if old.log.decisions != new.log.decisions:
        what = f"{old.log.decisions or '(nowhere)'} -> {new.log.decisions or '(nowhere)'}"
        direction = "moved" if new.log.decisions and old.log.decisions else "tightened"
        direction = direction if new.log.decisions else "loosened"
        yield Beyond(direction, "log.decisions", what)
    if old.log.user_agent is not new.log.user_agent:
        told = "is labelled" if new.log.user_agent else "is no longer labelled"
        direction = "tightened" if new.log.user_agent else "loosened"
        yield Beyond(direction, "log.user_agent", f"the user agent {told}")


def _of_networks(old: LoadedPolicy, new: LoadedPolicy) -> Iterator[Beyond]:
    before, after = old.policy.network.private, new.policy.network.private
    if before == after:
        return
    if not covers(old.parsed.networks, new.parsed.networks):
        direction: Direction = "loosened"
    else:
        direction = "moved" if covers(new.parsed.networks, old.parsed.networks) else "tightened"
    what = f"{_listed(before)} -> {_listed(after)}: addresses in there count as private"
    yield Beyond(direction, "network.private", what)


def _attested(policy: Policy) -> dict[tuple[Hashable, str], str]:
    """What the policy alone says is FIPS or private, and where it does."""
    said: dict[tuple[Hashable, str], str] = {}
    for index, endpoint in enumerate(policy.vpc_endpoints):
        if isinstance(endpoint, InterfaceEndpoint) and endpoint.fips:
            said[endpoint.dns_names, "fips"] = f"vpc_endpoints[{index}]"
    for index, custom in enumerate(policy.custom_endpoints):
        for key in ("fips", "private"):
            if getattr(custom, key):
                said[custom.url, key] = f"custom_endpoints[{index}]"
    return said


def _attestations(old: Policy, new: Policy) -> Iterator[Beyond]:
    yield from _added("loosened", _attested(old), _attested(new), "attested")
    yield from _added("tightened", _attested(new), _attested(old), "attested no longer")


def _added(
    direction: Direction,
    before: Mapping[tuple[Hashable, str], str],
    after: Mapping[tuple[Hashable, str], str],
    verb: str,
) -> Iterator[Beyond]:
    for (about, key), path in after.items():
        if (about, key) not in before:
            name = about if isinstance(about, str) else _listed(about)
            yield Beyond(direction, f"{path}.{key}", f"{key} is {verb} of {name}")


def _urls(old: Policy, new: Policy) -> Iterator[Beyond]:
    """URLs that an application may give, and could not before or cannot any more."""
    before = {(each.url, name) for each in old.custom_endpoints for name in each.services}
    after = {(each.url, name) for each in new.custom_endpoints for name in each.services}
    for url, service in sorted(after - before):
        yield Beyond("loosened", "custom_endpoints", f"{service} may be given the URL {url}")
    for url, service in sorted(before - after):
        yield Beyond("tightened", "custom_endpoints", f"{service} may not be given the URL {url}")


def _last_days(old: Policy, new: Policy) -> Iterator[Beyond]:
    """Waivers that are the same but for their last day."""
    known = {_without_day(rule): rule for rule in old.rules if loosens(rule, old.defaults)}
    for index, rule in enumerate(new.rules):
        earlier = known.get(_without_day(rule))
        if earlier is None or earlier.expires == rule.expires:
            continue
        longer = rule.expires is None or (
            earlier.expires is not None and rule.expires > earlier.expires
        )
        before, after = earlier.expires or "no last day", rule.expires or "no last day"
        direction: Direction = "loosened" if longer else "tightened"
        yield Beyond(direction, f"rules[{index}].expires", f"{before} -> {after}")


def _without_day(rule: Rule) -> Rule:
    return replace(rule, expires=None, reason="")


def _listed(values: object) -> str:
    return quote(values) if values else "(none)"
