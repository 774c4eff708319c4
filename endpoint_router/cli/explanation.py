"""A decision for a person: the verdict, where the call goes, what to do; more where that is wanted.

Pure: what is told is what the value holds. Each text is made printable, since reasons, regions and
answers of DNS are others' words. Names of hosts stand whole, and once.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from ..policy.model import Settings
from ..policy.rules import until
from ..printable import printable
from ..routing.case import Considered, Decision, Finding
from .screen import Colour, Screen

__all__ = ["as_text"]

_DEFAULTS = Settings()
_COLOURS: dict[str, Colour] = {"allowed": "green", "denied": "red", "unverified": "amber"}
#: Columns of the labels on the left.
_LABEL = 11


def as_text(
    decision: Decision,
    today: datetime.date | None = None,
    *,
    depends_on: tuple[str, ...] = (),
    verbose: bool = False,
    screen: Screen | None = None,
) -> str:
    """Several lines.

    :param today: the day in UTC; with it, the days that a waiver has left are told.
    :param depends_on: parameters that would change the host.
    :param verbose: with the settings, all candidates and what DNS said of them.
    :param screen: for its width and colours; without it lines are as long as they are.
    """
    screen = screen or Screen(width=1 << 30)
    lines = [_verdict(decision, screen), *_answer(decision, today, depends_on, screen)]
    if verbose:
        lines += _details(decision, screen)
    return "\n".join(lines)


def _verdict(decision: Decision, screen: Screen) -> str:
    call = ".".join(filter(None, (decision.service, decision.operation)))
    where = f" in {decision.region}" if decision.region else ""
    code = "" if decision.allowed else f" {decision.code}"
    verdict = screen.paint(decision.outcome.upper() + code, _COLOURS[decision.outcome])
    return f"{printable(f'{call}{where}')}: {verdict}"


def _answer(
    decision: Decision,
    today: datetime.date | None,
    depends_on: tuple[str, ...],
    screen: Screen,
) -> Iterator[str]:
    if decision.chosen:
        yield _labelled(screen, "host", decision.host)
        if decision.pin and decision.pin.question.name != decision.host:
            yield _labelled(screen, "dials", decision.pin.question.name)
        yield _labelled(screen, "signed as", f"{decision.signing_name} / {decision.signing_region}")
    for setting in decision.amber:
        yield _labelled(screen, "AMBER", _unproven(decision, setting), "amber")
    if decision.remedy:
        yield _labelled(screen, "way out", decision.remedy, "bold")
    yield _labelled(screen, "why", decision.reason)
    yield _labelled(screen, "rule", f"{decision.rule}{_said_by_rule(decision, today)}")
    if decision.proxy:
        yield _labelled(screen, "proxy", decision.proxy)
    if depends_on:
        names = " and ".join(depends_on)
        ways = " ".join(f"--param {name}=..." for name in depends_on)
        yield _labelled(screen, "depends on", f"{names}: with {ways} the host is another one")


def _labelled(screen: Screen, label: str, text: str, colour: Colour = "dim") -> str:
    lines = screen.wrapped(printable(text), " " * (_LABEL + 2), f"  {label:<{_LABEL}}")
    return lines.replace(label, screen.paint(label, colour), 1)


def _details(decision: Decision, screen: Screen) -> Iterator[str]:
    settings = [
        f"{name} = {_plain(value)}  ({decision.demands.origins[name]})"
        for name in Settings.__struct_fields__
        if (value := getattr(decision.demands.settings, name)) != getattr(_DEFAULTS, name)
    ]
    if settings:
        yield screen.paint("  settings", "dim")
        yield from (_indented(screen, line, 4) for line in settings)
    if any(considered.candidate.zone for considered in decision.candidates):
        yield _labelled(screen, "own zone", f"{decision.zone} ({decision.zone.source})")
    if decision.candidates:
        yield screen.paint("  candidates, most wanted first", "dim")
    told: set[str] = set()
    for considered in decision.candidates:
        yield from _candidate(decision, considered, told, screen)
    others = [each for each in decision.evidence if each.question.name not in told]
    if others:
        yield screen.paint("  DNS", "dim")
        for finding in others:
            yield _indented(screen, f"{finding.question.name}: {_finding(finding)}", 4)


def _candidate(
    decision: Decision, considered: Considered, told: set[str], screen: Screen
) -> Iterator[str]:
    candidate = considered.candidate
    name = "the host above" if candidate.host == decision.host and decision.chosen else ""
    place = f" ({candidate.place})" if candidate.place else ""
    basis = f" [FIPS: {candidate.fips_basis}]" if candidate.fips_basis else ""
    yield _indented(screen, f"{name or candidate.host}{place}{basis}", 4)
    result = screen.wrapped(printable(considered.result), " " * 6)
    yield screen.paint(result, "green") if considered.chosen else result
    for finding in decision.evidence:
        if finding.question.name == candidate.host and candidate.host not in told:
            told.add(candidate.host)
            yield _indented(screen, f"DNS: {_finding(finding)}", 6)


def _indented(screen: Screen, text: str, columns: int) -> str:
    return screen.wrapped(printable(text), " " * (columns + 2), " " * columns)


def _unproven(decision: Decision, setting: str) -> str:
    says = "the policy alone says that this host is"
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
    # Once: why a call is allowed names it already.
    reason = f": {rule.reason}" if rule.reason and rule.reason not in decision.reason else ""
    if rule.expires is None:
        return reason
    return f"{reason}, {until(rule.expires, today) if today else f'until {rule.expires}'}"


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _finding(finding: Finding) -> str:
    answer = finding.answer
    said = ", ".join(answer.addresses) or answer.detail or answer.status
    source = answer.source if answer.source == "hosts" else answer.server or "dns"
    ttl = f", TTL {answer.ttl:g} s" if answer.ttl else ""
    reach = {None: "", True: ", port open", False: ", port closed"}[answer.reachable]
    stale = ", stale" if answer.stale else ""
    return f"{said} ({source}{ttl}{reach}{stale}): {finding.verdict}"
