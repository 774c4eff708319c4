"""How one candidate fares: what DNS must be asked, and what its answer means.

Pure. The six verdicts have six consequences: a private address is proof, a public or mixed one is
proof of the contrary, an absence is authoritative, a failure proves nothing, neither way, and a
gateway endpoint is believed because the policy declares it. What the policy alone says comes first:
:mod:`.eligibility`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .. import codes
from ..aws.hosts import port_of
from ..policy.model import Settings
from ..policy.rules import REQUIRABLE
from .answer import Answer, Question
from .candidates import Candidate
from .case import Case
from .networks import Verdict, judge, without_images


class Judgement(Struct, frozen=True):
    """How one candidate, or the call, fares: usable, definitely not, or not known."""

    state: Literal["yes", "no", "unknown"]
    #: ``chosen``, or why not; for people.
    text: str
    code: str = ""
    #: The setting that spoke; empty for a yes.
    setting: str = ""
    #: Of a yes, what a person should know beside it.
    note: str = ""

    @property
    def result(self) -> str:
        """All of it in a line."""
        return f"{self.text}; {self.note}" if self.note else self.text


def _yes(note: str = "") -> Judgement:
    return Judgement("yes", "chosen", note=note)


def refusal(case: Case, code: str, why: str, *, setting: str = "") -> Judgement:
    """A definite no.

    :param setting: that spoke; without it, the code's own, or the first that binds the call.
    """
    return Judgement("no", why, code, setting or codes.TABLE[code].setting or binding(case))


def requires(case: Case) -> list[str]:
    """The settings that are demanded without exception."""
    return _required(case.settings)


def _required(settings: Settings) -> list[str]:
    return [name for name in REQUIRABLE if getattr(settings, name) == "require"]


def binds(case: Case) -> bool:
    """Does the policy demand anything of the call's host?"""
    return demanding(case.settings)


def demanding(settings: Settings) -> bool:
    """Do *settings* demand anything of a host?"""
    return bool(_required(settings) or settings.allowed_regions or settings.endpoint_url == "deny")


def indifferent(settings: Settings) -> bool:
    """Do *settings* neither demand nor prefer anything of a host, where no endpoint is declared?"""
    wishes = (settings.fips, settings.dual_stack, settings.account_id_hosts)
    return not demanding(settings) and wishes == ("off", "off", "auto")


def binding(case: Case) -> str:
    """The first setting that binds the call, whoever set it; ``fips`` where none does."""
    return first_demand(case.settings)


def first_demand(settings: Settings) -> str:
    """The first of *settings* that demands something; ``fips`` where none does."""
    for name in _required(settings):
        return name
    if settings.allowed_regions:
        return "allowed_regions"
    return "endpoint_url" if settings.endpoint_url == "deny" else "fips"


class Contender(Struct, frozen=True):
    """A candidate that only DNS can rule out, and what DNS must say about it."""

    candidate: Candidate
    #: ``None`` where nothing is to be asked.
    question: Question | None
    #: The answer must prove that it is private; then only its addresses are dialled.
    pinned: bool


def contender(case: Case, candidate: Candidate) -> Contender:
    """What DNS must say about *candidate*."""
    proof = pin_question(case, candidate)
    if proof:
        return Contender(candidate, proof, True)
    looked_for = _must_exist(case, candidate) or _is_extra_dual_stack(case, candidate)
    name = Question(candidate.probe_name) if looked_for and not candidate.proxy else None
    return Contender(candidate, name, False)


def pin_question(case: Case, candidate: Candidate) -> Question | None:
    """What must prove that it is private; then only the addresses of that answer are dialled.

    ``None`` where nothing relies on it: the host is public, or attested, or the application names
    the endpoint itself and nobody demands a proof.
    """
    private = case.settings.private
    if candidate.kind == "interface":
        if case.given.chosen_endpoint and private != "require" and not candidate.by_address:
            return None
        # A vpce name resolves to private addresses from anywhere (PrivateLink guide), so leaving a
        # public host that works takes one TCP connect; under require the connection itself tells.
        connects = private == "prefer" or _has_other_names(case, candidate)
        return Question(candidate.dials, port_of(candidate.origin) if connects else None)
    if _must_be_private(case, candidate):
        # The very host: a private hosted zone may hold the apex of S3 and no bucket below it.
        return Question(candidate.host)
    return None


def _has_other_names(case: Case, candidate: Candidate) -> bool:
    """Is it a zonal name, with another name to fall back to when its zone is down?"""
    others = (other for other in case.candidates if other.kind == "interface")
    return bool(candidate.zone) and any(other.dials != candidate.dials for other in others)


def _must_be_private(case: Case, candidate: Candidate) -> bool:
    return case.settings.private == "require" and not candidate.private_attested


def _must_exist(case: Case, candidate: Candidate) -> bool:
    """A formatter made FIPS names, so that there is one says nothing about the host.

    Unlike a list: of a listed host answered, absent and failed lead to the same choice, so that
    nobody asks. That it should be absent is a contradiction, and connecting will tell.
    """
    made_up = candidate.kind == "standard" and candidate.fips_basis not in (None, "listed")
    return made_up and case.settings.fips != "off"


def _is_extra_dual_stack(case: Case, candidate: Candidate) -> bool:
    """The policy would like dual-stack, which the application did not ask for."""
    preferred = case.settings.dual_stack == "prefer"
    return preferred and candidate.resolved.variant.dual_stack and not case.given.wants_dual_stack


def judge_candidate(case: Case, about: Contender, answer: Answer | None) -> Judgement:
    """How one candidate fares.

    :param answer: to its question; ``None`` where it has none.
    """
    candidate = about.candidate
    if answer is None:
        unprobed = candidate.proxy and _must_exist(case, candidate)
        return _yes("existence not probed, the proxy looks it up" if unprobed else "")
    answer = as_dialled(case, about, answer)
    if candidate.kind == "interface":
        return _judge_private(case, about, answer)
    if _is_extra_dual_stack(case, candidate) and answer.status != "answered":
        return refusal(case, codes.DUAL_STACK_NONE, f"dual-stack host: {_said(answer)}")
    if _must_exist(case, candidate) and answer.status == "absent":
        return refusal(case, codes.FIPS_ABSENT, f"does not exist ({_said(answer)})")
    if _must_be_private(case, candidate):
        return _judge_private(case, about, answer)
    if answer.status == "failed":
        return _yes(f"{_said(answer)}, so connecting will tell")
    return _yes()


def as_dialled(case: Case, about: Contender, answer: Answer) -> Answer:
    """*answer* as it is to the connections of a candidate.

    A URL that is presigned is somebody else's to connect to, by all that DNS says.
    """
    if about.pinned and case.session.pins and not case.call.presigned:
        return without_images(answer, case.trusted)
    return answer


def verdict_of(case: Case, about: Contender, answer: Answer) -> Verdict:
    """What *answer* means for a candidate."""
    gateway = about.candidate.gateway
    verdict = judge(answer, case.trusted, pinned=about.pinned and case.session.pins)
    if about.pinned and verdict == "public" and gateway and gateway.holds(answer.addresses):
        # Its connections are not pinned: S3 changes its addresses all the time.
        return "failed" if answer.unanswered else "gateway-declared"
    return verdict


def _judge_private(case: Case, about: Contender, answer: Answer) -> Judgement:
    candidate, verdict = about.candidate, verdict_of(case, about, answer)
    addresses = ", ".join(answer.addresses)
    # Of an endpoint, the name that is dialled may be another than the one in the URL.
    elsewhere = candidate.dials not in ("", candidate.host)
    resolves = f"{candidate.dials} resolves" if elsewhere else "resolves"
    if verdict == "private-address":
        if answer.reachable is False:
            port = port_of(candidate.origin)
            why = f"{resolves} privately but accepts no connections on port {port}"
            # Where nothing public may take its place, the next attempt tries again.
            required = case.settings.private == "require"
            return _unproven(case, why, state="unknown" if required else "no")
        return _yes(f"private ({addresses})")
    if verdict == "gateway-declared":
        return _yes("nothing proves that it is in the way")
    if verdict == "failed" or (
        # A listed FIPS host that is absent is a contradiction, never an absence (rule 1).
        verdict == "absent" and candidate.kind == "standard" and candidate.fips_basis == "listed"
    ):
        return _unproven(case, f"nothing proves that it is private ({_said(answer)})")
    if verdict == "absent":
        return refusal(case, codes.PRIVATE_ABSENT, f"does not exist ({_said(answer)})")
    if verdict == "mixed":
        why = f"{resolves} to {addresses}, partly outside the trusted networks"
        return refusal(case, codes.PRIVATE_MIXED, why)
    if candidate.gateway:
        why = f"{resolves} to {addresses}, outside the prefix list of {candidate.gateway}"
        return refusal(case, codes.PRIVATE_PREFIX_LIST, why)
    why = f"{resolves} to {addresses}, outside the trusted networks"
    return refusal(case, codes.PRIVATE_PUBLIC_ADDRESS, why)


def _unproven(case: Case, why: str, state: Literal["no", "unknown"] = "unknown") -> Judgement:
    code = codes.PRIVATE_UNVERIFIED
    return Judgement(state, why, code, codes.TABLE[code].setting)


def _said(answer: Answer) -> str:
    return answer.detail or answer.status
