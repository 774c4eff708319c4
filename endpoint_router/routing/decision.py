"""The decision about one call: sans-I/O, with its reasons.

:func:`decide` is told what is known and returns either a :class:`Decision` or an :class:`Ask`: the
questions whose answers it still needs. Whoever calls it (synchronous or not) finds them out and
asks again. Same input, same output: no clock, no socket, no environment, no logging here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from .. import codes
from .answer import Answer, Question
from .candidates import Candidate, accepts
from .case import Ask, Case, Considered, Decision, Finding
from .eligibility import prepared
from .judging import (
    Contender,
    Judgement,
    as_dialled,
    binding,
    judge_candidate,
    refusal,
    verdict_of,
)
from .remedies import remedy

Answers = Mapping[Question, Answer]


def questions(case: Case) -> tuple[Question, ...]:
    """What :func:`decide` may want to know about *case*: asked at client creation, all at once."""
    return _missing(usable(case), {})


def usable(case: Case) -> tuple[Contender, ...]:
    """The candidates that a call may come to, by what DNS says; none where it is forbidden."""
    return tuple(_in_the_running(prepared(case).contenders))


def decide(case: Case, answers: Answers) -> Decision | Ask:
    """Decide *case* with what is known, or say what is missing."""
    known = prepared(case)
    if known.refusal:
        weighed = [Considered(each, "not considered") for each in case.candidates]
        return _refused(case, known.refusal, weighed, answers)
    contenders = known.contenders
    running = _in_the_running(contenders)
    missing = _missing((each for each in running if not _bears_labels(each)), answers)
    if missing:
        return Ask(missing)
    weighed = list(known.dropped)
    unknown: tuple[Candidate, Judgement] | None = None
    for position, contender in enumerate(contenders):
        candidate = contender.candidate
        if unknown and _loses_fips(case, unknown[0], candidate):
            # Leave FIPS only on proof: what is unknown about the FIPS host ends the search.
            weighed.append(Considered(candidate, "would leave FIPS without proof"))
            continue
        if _missing((contender,), answers):
            return Ask(_missing((*running, contender), answers))
        judged = judge_candidate(case, contender, _answer(contender, answers))
        if judged.state == "yes":
            weighed.append(Considered(candidate, judged.result, chosen=True))
            rest = contenders[position + 1 :]
            weighed += [Considered(each.candidate, "not needed") for each in rest]
            return _allowed(case, contender, judged, weighed, answers)
        weighed.append(Considered(candidate, judged.result, judged.code, judged.setting))
        if judged.state == "unknown" and unknown is None:
            unknown = candidate, judged
    if unknown:
        about, judged = unknown
        judged = replace(judged, text=f"{about}: {judged.text}.")
        return _refused(case, judged, weighed, answers, about)
    judged, refused = _refused_all(case, weighed)
    return _refused(case, judged, weighed, answers, refused)


def intend(case: Case, answers: Answers) -> Candidate | None:
    """The candidate that *case* hopes for: what is not known yet counts as a yes.

    A statement of intent for ``client.meta.endpoint_url``, never a permission to send.
    """
    unknown: Candidate | None = None
    for contender in prepared(case).contenders:
        if _missing((contender,), answers):
            return contender.candidate
        state = judge_candidate(case, contender, _answer(contender, answers)).state
        if state == "yes":
            return contender.candidate
        if state == "unknown" and unknown is None:
            unknown = contender.candidate
    return unknown


def _in_the_running(contenders: Sequence[Contender]) -> Sequence[Contender]:
    """Those that may be chosen: whoever comes after one that nothing is asked about may not."""
    for position, contender in enumerate(contenders, start=1):
        if contender.question is None:
            return contenders[:position]
    return contenders


def _missing(contenders: Iterable[Contender], answers: Answers) -> tuple[Question, ...]:
    asked = dict.fromkeys(each.question for each in contenders)
    return tuple(question for question in asked if question and question not in answers)


def _answer(contender: Contender, answers: Answers) -> Answer | None:
    return answers[contender.question] if contender.question else None


def _bears_labels(contender: Contender) -> bool:
    """A bucket's own host, say: one name for each, and none is needed where an endpoint serves."""
    candidate = contender.candidate
    return candidate.kind == "standard" and candidate.host != candidate.probe_name


def _loses_fips(case: Case, unknown: Candidate, candidate: Candidate) -> bool:
    return (
        case.settings.fips != "off"
        and accepts(case.demands, unknown.fips_basis)
        and not accepts(case.demands, candidate.fips_basis)
    )


def _refused_all(case: Case, weighed: list[Considered]) -> tuple[Judgement, Candidate | None]:
    """Why nothing was left: what the call's most wanted candidate failed on."""
    if not weighed:
        refusals = [each.error for each in case.resolved if each.error]
        why = refusals[0] if refusals else "no endpoint is known for this call"
        is_fips = case.settings.fips == "require"
        code = codes.FIPS_NO_BASIS if is_fips else codes.ENDPOINT_NONE
        return refusal(case, code, f"botocore yields no endpoint: {why}."), None
    weighed = _most_wanted_first(case, weighed)
    observed = [each for each in weighed if each.code and codes.TABLE[each.code].observed]
    fips = [each for each in weighed if each.candidate.resolved.variant.fips]
    own_fips = [each for each in fips if each.candidate.kind == "standard"]
    telling = (observed or own_fips or fips or weighed)[0]
    about, code, setting = telling.candidate, telling.code, telling.setting
    both = case.settings.private == "require" and about.kind == "interface"
    if code == codes.FIPS_NO_BASIS and both:
        code, setting = codes.PRIVATE_NO_ENDPOINT, ""
    why = f"{about}: {telling.result.rstrip('.')}."
    return refusal(case, code, why, setting=setting), about


def _most_wanted_first(case: Case, weighed: Iterable[Considered]) -> list[Considered]:
    """As people read it; those that were never eligible came first."""
    position = {id(candidate): at for at, candidate in enumerate(case.candidates)}
    return sorted(weighed, key=lambda each: position[id(each.candidate)])


def _refused(
    case: Case,
    judged: Judgement,
    weighed: Iterable[Considered],
    answers: Answers,
    about: Candidate | None = None,
) -> Decision:
    evidence = _findings(case, answers)
    addresses = [address for finding in evidence for address in finding.answer.addresses]
    return Decision(
        outcome=codes.TABLE[judged.code].outcome,
        code=judged.code,
        reason=judged.text,
        remedy=remedy(case, judged.code, about, addresses),
        setting=judged.setting,
        call=case.call,
        demands=case.demands,
        candidates=tuple(_most_wanted_first(case, weighed)),
        about=about,
        evidence=evidence,
        zone=case.zone,
    )


def _allowed(
    case: Case,
    chosen: Contender,
    judged: Judgement,
    weighed: Iterable[Considered],
    answers: Answers,
) -> Decision:
    candidates = tuple(_most_wanted_first(case, weighed))
    evidence = _findings(case, answers)
    return Decision(
        outcome="allowed",
        code=codes.ALLOWED,
        reason=_why(case, chosen.candidate, judged, candidates),
        remedy="",
        setting=binding(case),
        call=case.call,
        demands=case.demands,
        candidates=candidates,
        about=chosen.candidate,
        evidence=evidence,
        pin=_pin(case, chosen, answers),
        zone=case.zone,
    )


def _pin(case: Case, chosen: Contender, answers: Answers) -> Finding | None:
    """What the connections rely on, and whose addresses are the only ones to dial.

    ``None`` where they cannot be pinned, because then only a gateway's host is chosen, or a name
    that proves itself; and where a gateway is only declared: S3 changes its addresses, and
    connections may follow them.
    """
    if chosen.question is None or not (chosen.pinned and case.session.pins):
        return None
    finding = _finding(case, chosen, answers[chosen.question])
    return finding if finding.verdict == "private-address" else None


def _finding(case: Case, about: Contender, answer: Answer) -> Finding:
    assert about.question is not None
    answer = as_dialled(case, about, answer)
    return Finding(about.question, verdict_of(case, about, answer), answer)


def _findings(case: Case, answers: Answers) -> tuple[Finding, ...]:
    """What was asked, and what the answers mean to whoever asked first."""
    asked: dict[Question, Contender] = {}
    for contender in prepared(case).contenders:
        if contender.question:
            asked.setdefault(contender.question, contender)
    return tuple(
        _finding(case, contender, answers[question])
        for question, contender in asked.items()
        if question in answers
    )


def _why(case: Case, chosen: Candidate, judged: Judgement, weighed: tuple[Considered, ...]) -> str:
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
    if judged.note:
        parts.append(judged.note)
    # What a person asks next: why not the endpoint that the policy would have preferred?
    lost = [each for each in weighed if each.code and each.code != codes.FIPS_NO_BASIS]
    parts += [f"not {each.candidate.host}, which {each.result}" for each in lost[:1]]
    if not parts:
        parts.append("AWS's own endpoint")
    rule = case.demands.rule
    if rule.name != "defaults":
        last = f" until {rule.expires}" if rule.expires else ""
        parts.append(f"{rule.name}{last}: {rule.reason or 'no reason given'}")
    return "; ".join(parts)
