"""The decision about one call: sans-I/O, with its reasons.

:func:`decide` is told what is known and returns either a :class:`Decision` or an :class:`Ask`: the
questions whose answers it still needs. Whoever calls it (synchronous or not) finds them out and
asks again. Same input, same output: no clock, no socket, no environment, no logging here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from ..aws.hosts import aws_region, host_of
from .answer import Answer, Question
from .candidates import Candidate, accepts
from .case import Ask, Case, Considered, Decision, Finding, Outcome
from .judging import (
    Result,
    eligible,
    judge_candidate,
    pin_question,
    questions_for,
    requires,
    verdict_of,
)
from .remedies import remedy


def questions(case: Case) -> tuple[Question, ...]:
    """What :func:`decide` may want to know about *case*: asked at client creation, all at once."""
    if _refusal(case):
        return ()
    return _missing(case, eligible(case)[0], {})


def _missing(
    case: Case, candidates: Iterable[Candidate], answers: Mapping[Question, Answer]
) -> tuple[Question, ...]:
    found = dict.fromkeys(question for one in candidates for question in questions_for(case, one))
    return tuple(question for question in found if question not in answers)


def _bears_labels(one: Candidate) -> bool:
    """A bucket's own host, say: one name for each, and none is needed where an endpoint serves."""
    return one.kind == "standard" and one.host != one.probe_name


def decide(case: Case, answers: Mapping[Question, Answer]) -> Decision | Ask:
    """Decide *case* with what is known, or say what is missing."""
    refused = _refusal(case)
    if refused:
        return _decision(case, refused, (), answers)
    viable, dropped = eligible(case)
    missing = _missing(case, (one for one in viable if not _bears_labels(one)), answers)
    if missing:
        return Ask(missing)
    considered = list(dropped)
    first_unknown: tuple[Candidate, Result] | None = None
    for candidate in viable:
        if first_unknown and _loses_fips(case, first_unknown[0], candidate):
            # Leave FIPS only on proof: what is unknown about the FIPS host ends the search.
            considered.append(Considered(candidate, "would leave FIPS without proof"))
            continue
        if _missing(case, (candidate,), answers):
            return Ask(_missing(case, viable, answers))
        result = judge_candidate(case, candidate, answers)
        if result.state == "yes":
            considered.append(Considered(candidate, result.text))
            rest = viable[viable.index(candidate) + 1 :]
            considered += [Considered(one, "not needed") for one in rest]
            return _decision(case, result, tuple(considered), answers, chosen=candidate)
        considered.append(Considered(candidate, result.text, result.code))
        if result.state == "unknown" and first_unknown is None:
            first_unknown = candidate, result
    if first_unknown:
        about, result = first_unknown
        result = replace(result, text=f"{about}: {result.text}.")
        return _decision(case, result, tuple(considered), answers, about=about)
    result, refused_candidate = _refused_all(case, considered)
    return _decision(case, result, tuple(considered), answers, about=refused_candidate)


def intend(case: Case, answers: Mapping[Question, Answer]) -> Candidate | None:
    """The candidate that *case* hopes for: what is not known yet counts as a yes.

    A statement of intent for ``client.meta.endpoint_url``, never a permission to send.
    """
    if _refusal(case):
        return None
    unknown: Candidate | None = None
    for candidate in eligible(case)[0]:
        asked = questions_for(case, candidate)
        if any(one not in answers for one in asked):
            return candidate
        state = judge_candidate(case, candidate, answers).state
        if state == "yes":
            return candidate
        if state == "unknown" and unknown is None:
            unknown = candidate
    return unknown


def _loses_fips(case: Case, unknown: Candidate, candidate: Candidate) -> bool:
    settings = case.settings
    return (
        settings.fips != "off"
        and accepts(case.demands, unknown.fips_basis)
        and not accepts(case.demands, candidate.fips_basis)
    )


def _refusal(case: Case) -> Result | None:
    """What forbids the call whatever DNS says."""
    settings, required = case.settings, requires(case)
    if settings.allowed_regions and not case.regionless:
        allowed = settings.allowed_regions
        for region in _regions(case):
            if not any(fnmatchcase(region, glob) for glob in allowed):
                named = f"region {region or '(none)'}"
                text = f"{named} is not among allowed_regions ({', '.join(allowed)})."
                return Result("no", text, "region.not_allowed")
    if case.undeclared_url and (required or settings.endpoint_url == "deny"):
        why = f"{required[0]} = require" if required else "endpoint_url = deny"
        text = (
            f"{case.undeclared_url} is neither an AWS endpoint of this service and region nor "
            f"declared in the policy, and {why} is in force."
        )
        return Result("no", text, "endpoint_url.undeclared")
    if required and not case.verify:
        text = f"certificate verification is off, which makes {required[0]} = require meaningless."
        return Result("no", text, "tls.unverified")
    return None


def _regions(case: Case) -> list[str]:
    """The call's own, and that of another host of AWS's which an ``endpoint_url`` names."""
    named = aws_region(host_of(case.undeclared_url))
    return [case.region, named] if named else [case.region]


#: Codes of candidates that the network ruled out: they say more than those never eligible.
_FROM_NETWORK = frozenset(
    {
        "fips.absent",
        "private.public_address",
        "private.mixed",
        "private.absent",
        "private.no_endpoint",
        "private.prefix_list",
        "private.proxy",
        "private.unpinned",
        "dual_stack.none",
    }
)


def _refused_all(case: Case, considered: list[Considered]) -> tuple[Result, Candidate | None]:
    """Why nothing was left: what the call's most wanted candidate failed on."""
    if not considered:
        refusals = [one for one in case.resolved if one.error]
        why = refusals[0].error if refusals else "no endpoint is known for this call"
        code = "fips.no_basis" if case.settings.fips == "require" else "endpoint.none"
        return Result("no", f"botocore yields no endpoint: {why}.", code), None
    considered = sorted(considered, key=lambda one: case.candidates.index(one.candidate))
    observed = [one for one in considered if one.code in _FROM_NETWORK]
    fips = [one for one in considered if one.candidate.resolved.variant.fips]
    own_fips = [one for one in fips if one.candidate.kind == "standard"]
    telling = (observed or own_fips or fips or considered)[0]
    code = telling.code
    own = telling.candidate.kind == "interface"
    if code == "fips.no_basis" and case.settings.private == "require" and own:
        code = "private.no_endpoint"
    text = f"{telling.candidate}: {telling.result.rstrip('.')}."
    return Result("no", text, code), telling.candidate


def _decision(
    case: Case,
    result: Result,
    considered: tuple[Considered, ...],
    answers: Mapping[Question, Answer],
    chosen: Candidate | None = None,
    about: Candidate | None = None,
) -> Decision:
    outcome: Outcome = "allowed"
    if chosen is None:
        outcome = "unverified" if result.state == "unknown" else "denied"
    findings = _findings(case, answers) if considered else ()
    if not considered:
        considered = tuple(Considered(one, "not considered") for one in case.candidates)
    about = None if chosen else about
    subject = chosen or about
    # Only a gateway's host is chosen where connections cannot be pinned: it may be private or not.
    relied_on = pin_question(case, chosen) if chosen and case.can_pin else None
    return Decision(
        outcome=outcome,
        code="allowed" if chosen else result.code,
        reason=_why(case, chosen, result, considered) if chosen else result.text,
        remedy="" if chosen else remedy(case, result.code, about),
        service=case.service,
        operation=case.operation,
        region=case.region,
        partition=case.partition,
        demands=case.demands,
        # Most wanted first, as people read it; those that were never eligible came first.
        candidates=tuple(sorted(considered, key=lambda one: case.candidates.index(one.candidate))),
        chosen=chosen,
        refused=about,
        evidence=findings,
        pin=next((one for one in findings if one.question == relied_on and _proves(one)), None),
        proxy=subject.proxy if subject else "",
        presigned=case.presigned,
        zone=case.zone,
    )


def _proves(finding: Finding) -> bool:
    """A gateway is only declared: S3 changes its addresses, and connections may follow them."""
    return finding.verdict == "private-address"


def _findings(case: Case, answers: Mapping[Question, Answer]) -> tuple[Finding, ...]:
    """What was asked, and what the answers mean to whoever asked first."""
    asked: dict[Question, Candidate] = {}
    for one in eligible(case)[0]:
        for question in questions_for(case, one):
            asked.setdefault(question, one)
    return tuple(
        Finding(question, verdict_of(case, one, answers[question]), answers[question])
        for question, one in asked.items()
        if question in answers
    )


def _why(case: Case, chosen: Candidate, result: Result, considered: tuple[Considered, ...]) -> str:
    """One sentence for an allowed call."""
    parts = []
    if chosen.kind == "interface":
        same = f", in the same zone ({case.zone})" if case.zone.matches(chosen.zone) else ""
        parts.append(f"VPC endpoint {chosen.place}{same}")
    elif chosen.kind == "custom":
        parts.append(f"declared as {chosen.place}")
    elif chosen.kind == "own":
        parts.append("a host that the policy's own endpoints serve")
    elif chosen.gateway and not chosen.proxy and case.settings.private != "off":
        parts.append(f"gateway endpoint {chosen.gateway}, as declared")
    elif chosen.kind == "undeclared":
        parts.append("the application's own endpoint_url; nothing is required")
    if chosen.fips_basis and case.settings.fips != "off":
        parts.append(f"FIPS ({chosen.fips_basis})")
    parts += filter(None, [result.text.partition("; ")[2]])
    # What a person asks next: why not the endpoint that the policy would have preferred?
    lost = [one for one in considered if one.code and one.code != "fips.no_basis"]
    parts += [f"not {one.candidate.host}, which {one.result}" for one in lost[:1]]
    if not parts:
        parts.append("AWS's own endpoint")
    if case.demands.rule.name != "defaults":
        parts.append(f"{case.demands.rule.name}: {case.demands.rule.reason or 'no reason given'}")
    return "; ".join(parts)
