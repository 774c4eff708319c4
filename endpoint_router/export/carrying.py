"""What of a policy the settings of AWS's SDKs can carry: two switches, and a URL for a service.

A switch holds for every service, and a URL for every operation of one; neither ends on a day. So a
waiver is never carried, and a URL is written only where it leads to the very endpoint that the
policy chooses, signed as the policy wants.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from ..policy.loaded import LoadedPolicy
from ..policy.model import Basis
from ..policy.rules import Demands, expired, loosens, speak, tightens, until
from ..routing.candidates import Candidate, accepts
from ..routing.case import Decision
from ..survey.values import LABEL, Reached, Service
from .values import ByUrl, Loss, Settings, Url

#: Operations that a comment names; of more, their number.
_NAMED = 4


def carry(
    loaded: LoadedPolicy,
    region: str,
    partition: str,
    services: Sequence[Service],
    by_url: ByUrl,
    today: datetime.date,
) -> Settings:
    """What the SDKs' settings carry of *loaded* in one region."""
    base = demands_of_all(loaded, region, partition, today)
    fips = is_fips_demanded(loaded, base)
    demanded = (base.settings, loaded.policy.defaults)
    dual_stack = any(settings.dual_stack == "require" for settings in demanded)
    urls: list[Url] = []
    losses = list(of_policy(loaded, base, region, partition, today))
    for service in services:
        url, lost = _url_of(service, by_url, fips=fips)
        losses += lost
        if url:
            urls.append(Url(service, url))
    losses += _of_urls(urls, base, fips=fips)
    return Settings(region, fips, dual_stack, tuple(urls), tuple(losses))


def demands_of_all(
    loaded: LoadedPolicy, region: str, partition: str, today: datetime.date
) -> Demands:
    """What is demanded of a service that no rule names."""
    return speak(loaded, service="", operation="", region=region, partition=partition, today=today)


def is_fips_demanded(loaded: LoadedPolicy, base: Demands) -> bool:
    """Is FIPS for every service? What ``[defaults]`` demand, a waiver does not take away."""
    return base.settings.fips != "off" or loaded.policy.defaults.fips != "off"


# --- what no format holds


def of_policy(
    loaded: LoadedPolicy, base: Demands, region: str, partition: str, today: datetime.date
) -> Iterator[Loss]:
    """What no setting of any SDK says, whichever the service."""
    if loaded.policy.mode != "enforce":
        mode = loaded.policy.mode
        yield Loss(f'mode = "{mode}"', "other software does what is written here all the same")
    settings = base.settings
    if settings.private == "require":
        yield Loss('private = "require"', "nothing here refuses a host that is not private")
    if settings.allowed_regions:
        yield Loss("allowed_regions", "nothing here refuses another region")
    if settings.regional == "require":
        yield Loss('regional = "require"', "nothing here refuses a global host")
    if settings.endpoint_url == "deny":
        yield Loss('endpoint_url = "deny"', "code may still give a URL of its own")
    if settings.fips == "prefer":
        yield Loss('fips = "prefer"', "there is no fall-back where a FIPS host does not exist")
    if settings.fips != "off" and settings.fips_basis != "ruleset":
        basis = f'fips_basis = "{settings.fips_basis}"'
        yield Loss(basis, "any host is taken that the SDK's own rules call FIPS")
    if settings.dual_stack == "prefer":
        yield Loss('dual_stack = "prefer"', "a switch has no fall-back, so it is left out")
    if settings.account_id_hosts == "off":
        yield Loss('account_id_hosts = "off"', "hosts may carry the account id")
    yield from _of_rules(loaded, region, partition, today)


def _of_rules(
    loaded: LoadedPolicy, region: str, partition: str, today: datetime.date
) -> Iterator[Loss]:
    for index, rule in enumerate(loaded.policy.rules):
        selectors = loaded.parsed.selectors[index]
        places = ((selectors.regions, region), (selectors.partitions, partition))
        elsewhere = any(globs.texts and not globs.match(name) for globs, name in places)
        if elsewhere or expired(rule, today):
            continue
        whom = ", ".join(rule.services) or "all services"
        waived = loosens(rule, loaded.policy.defaults)
        if waived:
            lasts = f", {until(rule.expires, today)}" if rule.expires else ""
            why = f"its waiver of {', '.join(waived)} for {whom} is left out{lasts}"
            yield Loss(f"rules[{index}]", why)
        if rule.operations:
            yield Loss(f"rules[{index}]", f"it is about single operations of {whom}")
        told = set(tightens(rule, loaded.policy.defaults)) - {"fips", "dual_stack", "fips_basis"}
        if told and (rule.services or rule.operations):
            why = f"nothing here demands {', '.join(sorted(told))} of {whom}"
            yield Loss(f"rules[{index}]", why)


def _of_urls(urls: Sequence[Url], base: Demands, *, fips: bool) -> Iterator[Loss]:
    if not urls:
        return
    names = ", ".join(url.service.name for url in urls)
    if fips:
        why = f"SDKs that take no URL beside FIPS (Java's, Go's) refuse calls to {names}"
        yield Loss("FIPS together with a URL", why)
    if base.settings.private == "prefer":
        yield Loss('private = "prefer"', f"there is no fall-back to the public hosts of {names}")
    if base.settings.presigned == "public":
        yield Loss('presigned = "public"', f"presigned URLs of {names} name the endpoint")


# --- one service


def _url_of(service: Service, by_url: ByUrl, *, fips: bool) -> tuple[str, list[Loss]]:
    """The URL for *service*, empty where none may be written; and what is lost.

    :param fips: is the switch on, besides?
    """

    def loss(why: str, *about: Decision) -> Loss:
        return Loss(service.name, f"{_operations(about)}: {why}" if about else why)

    decisions = service.decisions
    if len({decision.demands.settings for decision in decisions}) > 1:
        return "", [loss("the policy tells its operations apart, a URL holds for all of them")]
    losses = [*_refused(decisions, loss), *_by_address(decisions, loss)]
    led = [each for each in decisions if each.chosen and _needs_url(each.chosen, fips=fips)]
    if not led:
        return "", losses
    url = Counter(_without_label(each.chosen.origin) for each in led if each.chosen)
    ((origin, _),) = url.most_common(1)
    if fips and not all(accepts(each.demands, _basis(each)) for each in led):
        rule = led[0].demands.rule.name
        return "", [*losses, loss(f"{origin} is not FIPS, and the waiver of {rule} is left out")]
    reached = by_url(service, origin)
    allowed = [each for each in decisions if each.allowed]
    astray = [each for each in allowed if not _agrees(each, reached.get(each.operation))]
    if astray:
        why = _why_astray(astray[0], reached.get(astray[0].operation))
        if len(astray) == len(allowed):
            return "", [*losses, loss(why)]
        losses.append(loss(why, *astray))
    return origin, losses


def _refused(decisions: Sequence[Decision], loss: Callable[..., Loss]) -> Iterator[Loss]:
    refused = [decision for decision in decisions if not decision.allowed]
    if refused:
        codes = ", ".join(sorted({decision.code for decision in refused}))
        which = () if len(refused) == len(decisions) else refused
        yield loss(f"the policy refuses it ({codes}), and nothing here does", *which)


def _by_address(decisions: Sequence[Decision], loss: Callable[..., Loss]) -> Iterator[Loss]:
    places = {each.chosen.place for each in decisions if each.chosen and each.chosen.by_address}
    if places:
        how = 'has connect = "address", which no URL says; use --format hosts or terraform-route53'
        yield loss(f"{', '.join(sorted(places))} {how}")


def _needs_url(candidate: Candidate, *, fips: bool) -> bool:
    """Would an SDK go elsewhere by itself?"""
    if candidate.kind == "interface":
        return not candidate.by_address
    return candidate.kind == "standard" and candidate.resolved.variant.fips and not fips


def _basis(decision: Decision) -> Basis | None:
    return decision.chosen.fips_basis if decision.chosen else None


def _agrees(decision: Decision, reached: Reached | None) -> bool:
    chosen = decision.chosen
    if chosen is None or reached is None:
        return False
    scope = (reached.signing_name, reached.signing_region)
    return _without_label(reached.host) == _without_label(chosen.host) and scope == (
        decision.signing_name,
        decision.signing_region,
    )


def _why_astray(decision: Decision, reached: Reached | None) -> str:
    if reached is None:
        return "no SDK takes a URL for it"
    if _without_label(reached.host) != _without_label(decision.host):
        return f"with a URL it goes to {reached.host}, and the policy wants {decision.host}"
    signed = f"{reached.signing_name} in {reached.signing_region}"
    wanted = f"{decision.signing_name} in {decision.signing_region}"
    return f"with a URL it is signed for {signed}, and the policy wants {wanted}"


def _without_label(text: str) -> str:
    """A host or origin without what the call's parameters put in front of it.

    A bucket stands there or in the path, by the SDK and its settings.
    """
    return text.replace(f"{LABEL}.", "")


def _operations(decisions: Sequence[Decision]) -> str:
    names = [decision.operation for decision in decisions]
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
