"""What a decision is made of and what comes out: frozen values, nothing that acts.

A :class:`Case` is everything about a call besides DNS; a :class:`Decision` is what happens to it,
with its reasons; an :class:`Ask` is what must be looked up first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from ..aws.zone import UNKNOWN, Zone
from ..policy.model import Settings
from ..policy.rules import Demands
from .answer import Answer, Question
from .candidates import Candidate, Resolved, Variant
from .networks import Trusted, Verdict

Outcome = Literal["allowed", "denied", "unverified"]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about a call that a decision may depend on, besides DNS."""

    service: str
    operation: str
    region: str
    partition: str
    demands: Demands
    #: In order of preference.
    candidates: tuple[Candidate, ...]
    trusted: Trusted
    #: What the rulesets yielded, with the refusals among them.
    resolved: tuple[Resolved, ...] = ()
    presigned: bool = False
    #: A service without a region in its host is exempt from ``allowed_regions`` and ``regional``.
    regionless: bool = False
    #: Where the caller runs, as far as that is known and matters.
    zone: Zone = UNKNOWN
    #: The client's region matches no partition of botocore's: ``fips``, a misspelt one.
    unknown_region: bool = False
    #: Can the client's connections be made to dial given addresses?
    can_pin: bool = True
    #: May somebody else send the client's requests, by their URL alone (s3transfer's CRT client)?
    sent_elsewhere: bool = False
    #: Is the server's certificate verified?
    verify: bool = True
    #: The URL that was configured for the client, when it is neither AWS's own nor declared.
    undeclared_url: str = ""
    #: Was that URL configured? Otherwise the call itself named the host, or endpoint discovery did.
    url_is_configured: bool = True
    #: The application named a declared endpoint itself.
    chosen_endpoint: bool = False
    #: The application itself asked for a dual-stack host.
    wants_dual_stack: bool = False

    @property
    def settings(self) -> Settings:
        """What is demanded of the call."""
        return self.demands.settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What DNS said about one name, and what that means under the policy's trusted networks."""

    question: Question
    verdict: Verdict
    answer: Answer


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate and what became of it."""

    candidate: Candidate
    #: ``chosen``, or why it lost.
    result: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a call, and why. Logs, errors, ``explain`` and tests read this one value."""

    outcome: Outcome
    #: ``allowed``, or the stable code of the refusal.
    code: str
    reason: str
    remedy: str
    service: str
    operation: str
    region: str
    partition: str
    demands: Demands
    candidates: tuple[Considered, ...] = ()
    chosen: Candidate | None = None
    #: The candidate that the refusal is about.
    refused: Candidate | None = None
    evidence: tuple[Finding, ...] = ()
    #: What proved that the chosen host is private: only its addresses may be dialled.
    pin: Finding | None = None
    #: The proxy that carries the call, without credentials; empty for none.
    proxy: str = ""
    presigned: bool = False
    #: Where the caller runs; unknown where no zonal name is declared.
    zone: Zone = UNKNOWN
    #: Of :func:`endpoint_router.resolve`: the URL to request. Not in a repr: it may hold a token.
    url: str = field(default="", repr=False)

    def overruled(self, outcome: Outcome, code: str, reason: str, remedy: str) -> Decision:
        """What became of it when something came up after it was made: its choice is refused."""
        return replace(
            self,
            outcome=outcome,
            code=code,
            reason=reason,
            remedy=remedy,
            chosen=None,
            refused=self.chosen,
        )

    @property
    def allowed(self) -> bool:
        """May the call be sent?"""
        return self.outcome == "allowed"

    @property
    def host(self) -> str:
        """The host that the call goes to, or the one that was refused."""
        about = self.chosen or self.refused
        if about:
            return about.host
        return self.candidates[0].candidate.host if self.candidates else ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The confirmed addresses, the only ones to dial; empty where nothing relies on them."""
        return self.pin.answer.addresses if self.pin else ()

    @property
    def signing_region(self) -> str:
        """Region of the credential scope; empty if nothing was chosen."""
        return self.chosen.resolved.signing_region if self.chosen else ""

    @property
    def signing_name(self) -> str:
        """Service name of the credential scope; empty if nothing was chosen."""
        return self.chosen.resolved.signing_name if self.chosen else ""

    @property
    def fips_basis(self) -> str:
        """On what ground the chosen host counts as FIPS; empty if it does not."""
        return (self.chosen and self.chosen.fips_basis) or ""

    @property
    def private_basis(self) -> str:
        """On what ground the chosen host counts as private; empty where nobody asks for that.

        ``private-address``, ``attested``, or ``gateway-declared``, which nothing proves.
        """
        if self.chosen is None:
            return ""
        if self.pin:
            return self.pin.verdict
        if self.chosen.private_attested:
            return "attested"
        one = self.chosen
        declared = one.gateway and not one.proxy and self.demands.settings.private != "off"
        return "gateway-declared" if declared else ""

    @property
    def variant(self) -> Variant:
        """The variant that was asked of botocore's ruleset."""
        return self.chosen.resolved.variant if self.chosen else Variant()

    @property
    def rule(self) -> str:
        """Which rule spoke and where it was written."""
        demands = self.demands
        origin = demands.rule.origin
        if demands.rule.name == "defaults":
            origin = demands.origins[_SPEAKING.get(self.code.partition(".")[0], "fips")]
        return f"{demands.rule.name} ({origin})"


#: Which setting speaks in a refusal whose code begins so.
_SPEAKING = {
    "private": "private",
    "region": "allowed_regions",
    "regional": "regional",
    "dual_stack": "dual_stack",
    "endpoint_url": "endpoint_url",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """Look these up, then call :func:`decide` again."""

    questions: tuple[Question, ...]
