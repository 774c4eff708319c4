"""How one candidate fares: what policy alone says, what DNS must be asked, what its answer means.

Pure. The five verdicts have five consequences: a private address is proof, a public or mixed one is
proof of the contrary, an absence is authoritative, and a failure proves nothing, neither way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..aws.hosts import port_of
from .answer import Answer, Question
from .candidates import Candidate, accepts
from .case import Case, Considered
from .networks import Verdict, judge


@dataclass(frozen=True, slots=True)
class Result:
    """How one candidate fares: usable, definitely not, or not known."""

    state: Literal["yes", "no", "unknown"]
    text: str
    code: str = ""


YES = Result("yes", "chosen")


def requires(case: Case) -> list[str]:
    """The settings that are demanded without exception."""
    return [
        name
        for name in ("fips", "private", "dual_stack", "regional")
        if getattr(case.settings, name) == "require"
    ]


def binds(case: Case) -> bool:
    """Does the policy demand anything of the call's host?"""
    settings = case.settings
    return bool(requires(case) or settings.allowed_regions or settings.endpoint_url == "deny")


def eligible(case: Case) -> tuple[list[Candidate], list[Considered]]:
    """The candidates that break no requirement as far as is known without DNS, and the others."""
    viable: list[Candidate] = []
    dropped: list[Considered] = []
    for candidate in case.candidates:
        result = _static(case, candidate)
        if result:
            dropped.append(Considered(candidate, result.text, result.code))
        else:
            viable.append(candidate)
    return viable, dropped


def _static(case: Case, one: Candidate) -> Result | None:
    settings = case.settings
    if one.proxy and (settings.private == "require" or pin_question(case, one)):
        return Result("no", f"would be reached through the proxy {one.proxy}", "private.proxy")
    if not case.can_pin and pin_question(case, one) and not one.gateway:
        why = "relies on its address, and this client's HTTP session cannot be told where to dial"
        return Result("no", why, "private.unpinned")
    if one.lost and case.service == "s3":
        # The path that is left would name another bucket: ``/key`` instead of ``/bucket/key``.
        why = 'its name has no place for the bucket: use connect = "address", or path style'
        return Result("no", why, "private.no_endpoint")
    if one.by_address and case.sent_elsewhere:
        why = "its URL does not lead there, and s3transfer's CRT client may send unsigned requests"
        return Result("no", why, "private.unpinned")
    if settings.fips == "require" and not accepts(case.demands, one.fips_basis):
        return _no_fips(case, one)
    if settings.regional == "require" and not one.resolved.is_regional and not case.regionless:
        return Result("no", "is a global host, and regional = require", "regional.global_host")
    if (
        settings.dual_stack == "require"
        and one.kind == "standard"
        and not one.resolved.variant.dual_stack
    ):
        return Result("no", "is not dual-stack, and dual_stack = require", "dual_stack.none")
    if case.unknown_region and requires(case) and one.kind in ("standard", "interface"):
        why = f"region {case.region} belongs to no partition that botocore knows"
        return Result("no", why, "region.unknown")
    if one.origin.startswith("http://") and one.kind != "custom" and requires(case):
        return Result(
            "no",
            f"plain HTTP, and {requires(case)[0]} = require",
            "tls.plaintext",
        )
    if one.origin.startswith("http://") and settings.fips == "require":
        return Result("no", "plain HTTP cannot be FIPS", "tls.plaintext")
    return None


def _no_fips(case: Case, one: Candidate) -> Result:
    if one.fips_basis:
        return Result(
            "no",
            f"counts as FIPS only as {one.fips_basis}, and fips_basis = {case.settings.fips_basis}",
            "fips.no_basis",
        )
    if one.kind == "interface":
        return Result(
            "no",
            "its PrivateLink name does not carry FIPS, and the policy does not attest it",
            "fips.no_basis",
        )
    if one.kind == "custom":
        return Result("no", "the policy does not attest FIPS for it", "fips.no_basis")
    why = one.resolved.no_basis or "is not a FIPS host"
    return Result("no", why, one.resolved.no_basis_code)


def questions_for(case: Case, one: Candidate) -> tuple[Question, ...]:
    """What DNS must say about one candidate."""
    pinned = pin_question(case, one)
    if pinned:
        return (pinned,)
    if (_must_exist(case, one) or _is_extra_dual_stack(case, one)) and not one.proxy:
        return (Question(one.probe_name),)
    return ()


def pin_question(case: Case, one: Candidate) -> Question | None:
    """What must prove that *one* is private; then only the addresses of that answer are dialled.

    ``None`` where nothing relies on it: the host is public, or attested, or the application names
    the endpoint itself and nobody demands a proof.
    """
    settings = case.settings
    if one.kind == "interface":
        if case.chosen_endpoint and settings.private != "require" and not one.by_address:
            return None
        # A vpce name resolves to private addresses from anywhere (PrivateLink guide), so leaving a
        # public host that works takes one TCP connect; under require the connection itself tells.
        connects = settings.private == "prefer" or _has_other_names(case, one)
        return Question(one.dials, port_of(one.origin) if connects else None)
    if _must_be_private(case, one):
        # The very host: a private hosted zone may hold the apex of S3 and no bucket below it.
        return Question(one.host)
    return None


def _has_other_names(case: Case, one: Candidate) -> bool:
    """Is *one* a zonal name, with another name to fall back to when its zone is down?"""
    others = (other for other in case.candidates if other.kind == "interface")
    return bool(one.zone) and any(other.dials != one.dials for other in others)


def _must_be_private(case: Case, one: Candidate) -> bool:
    return case.settings.private == "require" and not one.private_attested


def _must_exist(case: Case, one: Candidate) -> bool:
    """A formatter made FIPS names, so that there is one says nothing about the host."""
    return case.settings.fips != "off" and one.kind == "standard" and one.fips_basis is not None


def _is_extra_dual_stack(case: Case, one: Candidate) -> bool:
    """The policy would like dual-stack, which the application did not ask for."""
    preferred = case.settings.dual_stack == "prefer"
    return preferred and one.resolved.variant.dual_stack and not case.wants_dual_stack


def judge_candidate(case: Case, one: Candidate, answers: Mapping[Question, Answer]) -> Result:
    """How one candidate fares, with every answer at hand."""
    asked = questions_for(case, one)
    if not asked:
        note = "chosen"
        if one.proxy and one.fips_basis:
            note = "chosen; existence not probed, the proxy looks it up"
        return Result("yes", note)
    answer = answers[asked[0]]
    verdict = verdict_of(case, one, answer)
    if one.kind == "interface":
        return _judge_private(one, answer, verdict, required=case.settings.private == "require")
    if _is_extra_dual_stack(case, one) and answer.status != "answered":
        return Result("no", f"dual-stack host: {_said(answer)}", "dual_stack.none")
    unlisted = one.fips_basis != "listed"
    if _must_exist(case, one) and answer.status == "absent" and unlisted:
        return Result("no", f"does not exist ({_said(answer)})", "fips.absent")
    if _must_be_private(case, one):
        return _judge_private(one, answer, verdict, required=True)
    if answer.status == "absent" and one.fips_basis == "listed":
        return Result(
            "yes",
            "chosen; botocore lists the host, so its absence is a contradiction "
            "(an over-wide private hosted zone?) and connecting will tell",
        )
    if answer.status == "failed":
        return Result("yes", f"chosen; {_said(answer)}, so connecting will tell")
    return YES


def verdict_of(case: Case, one: Candidate, answer: Answer) -> Verdict:
    """What *answer* means for *one*."""
    asked = pin_question(case, one) is not None
    verdict = judge(answer, case.trusted, pinned=asked and case.can_pin)
    if asked and verdict == "public" and one.gateway and one.gateway.holds(answer.addresses):
        # Its connections are not pinned: S3 changes its addresses all the time.
        return "failed" if answer.unanswered else "gateway-declared"
    return verdict


def _judge_private(one: Candidate, answer: Answer, verdict: Verdict, *, required: bool) -> Result:
    addresses = ", ".join(answer.addresses)
    # Of an endpoint, the name that is dialled may be another than the one in the URL.
    resolves = f"{one.dials} resolves" if one.dials not in ("", one.host) else "resolves"
    if verdict == "private-address":
        if answer.reachable is False:
            port = port_of(one.origin)
            why = f"{resolves} privately but accepts no connections on port {port}"
            # Where nothing public may take its place, the next attempt tries again.
            return Result("unknown" if required else "no", why, "private.unverified")
        return Result("yes", f"chosen; private ({addresses})")
    if verdict == "gateway-declared":
        return Result("yes", "chosen; nothing proves that it is in the way")
    if verdict == "failed" or (
        # A listed FIPS host that is absent is a contradiction, never an absence (rule 1).
        verdict == "absent" and one.kind == "standard" and one.fips_basis == "listed"
    ):
        return Result(
            "unknown", f"nothing proves that it is private ({_said(answer)})", "private.unverified"
        )
    if verdict == "absent":
        return Result("no", f"does not exist ({_said(answer)})", "private.absent")
    if verdict == "mixed":
        why = f"{resolves} to {addresses}, partly outside the trusted networks"
        return Result("no", why, "private.mixed")
    if one.gateway:
        why = f"{resolves} to {addresses}, outside the prefix list of {one.gateway}"
        return Result("no", why, "private.prefix_list")
    why = f"{resolves} to {addresses}, outside the trusted networks"
    return Result("no", why, "private.public_address")


def _said(answer: Answer) -> str:
    return answer.detail or answer.status
