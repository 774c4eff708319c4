"""What a decision is made of and what comes out: frozen values, nothing that acts.

A :class:`Case` is everything about a call besides DNS; a :class:`Decision` is what happens to it,
with its reasons; an :class:`Ask` is what must be looked up first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from .. import codes
from ..aws.zone import UNKNOWN, Zone
from ..policy.model import Settings
from ..policy.rules import Demands
from .answer import Answer, Question
from .candidates import Candidate, Resolved
from .discreet import Discreet
from .networks import Trusted, Verdict
from .variants import Variant

if TYPE_CHECKING:
    from ..aws.partitions import Partitions

Outcome = Literal["allowed", "denied", "unverified"]


class ApiCall(Struct, frozen=True):
    """What is called, and where."""

    #: boto3 client name.
    service: str
    #: In the API's spelling.
    operation: str
    #: Signing region of the standard endpoint.
    region: str
    partition: str
    presigned: bool = False
    #: Of the client, empty where it has none; ``None``: there is no client.
    client_region: str | None = None
    #: The client's region matches no partition of botocore's: ``fips``, a misspelt one.
    unknown_region: bool = False


class Session(Struct, frozen=True):
    """How the client sends."""

    #: Can its connections be made to dial given addresses?
    can_pin: bool = True
    #: Does somebody else send the request, by its URL alone (s3transfer's CRT client, kombu)?
    sent_elsewhere: bool = False
    #: Is the server's certificate verified?
    verify: bool = True
    #: Would a proxy that speaks TLS itself end it (``proxy_use_forwarding_for_https``)?
    forwards_https: bool = False

    def ends_tls_at(self, proxy: str, origin: str) -> bool:
        """Would *proxy* see a request to *origin*, because TLS ends there? Else it is a tunnel."""
        return self.forwards_https and proxy.startswith("https:") and origin.startswith("https:")

    @property
    def pins(self) -> bool:
        """Do its requests go to the addresses that they are told, and no others?"""
        return self.can_pin and not self.sent_elsewhere


class Given(Struct, frozen=True):
    """What the application chose itself, beside the policy."""

    #: The URL that was configured for the client, when it is neither AWS's own nor declared.
    undeclared_url: str = ""
    #: Was that URL configured? Otherwise a handler or the call itself named the host, or endpoint
    #: discovery did.
    url_is_configured: bool = True
    #: A URL stays in force while botocore resolves.
    url_is_kept: bool = False
    #: A handler named a host of AWS's own: it is as if it had not, and no other call tells of this.
    url_is_passed_over: bool = False
    #: It named a declared endpoint itself.
    chosen_endpoint: bool = False
    #: It asked for a dual-stack host.
    wants_dual_stack: bool = False


class Case(Struct, frozen=True, dict=True):
    """Everything about a call that a decision may depend on, besides DNS.

    (``dict``: what follows from it without DNS is kept beside its fields, :mod:`.eligibility`.)
    """

    call: ApiCall
    demands: Demands
    #: In order of preference.
    candidates: tuple[Candidate, ...]
    trusted: Trusted
    #: What the rulesets yielded, with the refusals among them.
    resolved: tuple[Resolved, ...] = ()
    session: Session = Session()
    given: Given = Given()
    #: Where the caller runs, as far as that is known and matters.
    zone: Zone = UNKNOWN
    #: Where ``allowed_regions`` asks in which region hosts are.
    partitions: Partitions | None = None

    @property
    def settings(self) -> Settings:
        """What is demanded of the call."""
        return self.demands.settings

    def with_given(self, **changed: str | bool) -> Case:
        """The same with other fields of ``given``."""
        return replace(self, given=replace(self.given, **changed))


class Finding(Struct, frozen=True):
    """What DNS said about one name, and what that means under the policy's trusted networks."""

    question: Question
    verdict: Verdict
    answer: Answer


class Considered(Struct, frozen=True):
    """One candidate and what became of it."""

    candidate: Candidate
    #: For people: ``chosen``, or why it lost.
    result: str
    code: str = ""
    #: That spoke against it.
    setting: str = ""
    #: It is the one that the call was to use.
    chosen: bool = False


class Decision(Discreet, frozen=True):
    """What happens to a call, and why. Logs, errors, ``explain`` and tests read this one value."""

    #: Of the URL to request: it may hold a token.
    unshown = ("url",)

    outcome: Outcome
    #: ``allowed``, or the stable code of the refusal.
    code: str
    reason: str
    remedy: str
    #: The setting that spoke; of an allowed call, the first that binds it.
    setting: str
    call: ApiCall
    demands: Demands
    candidates: tuple[Considered, ...] = ()
    #: The candidate that was chosen, or that the refusal is about.
    about: Candidate | None = None
    evidence: tuple[Finding, ...] = ()
    #: What proved that the chosen host is private: only its addresses may be dialled.
    pin: Finding | None = None
    #: Where the caller runs; unknown where no zonal name is declared.
    zone: Zone = UNKNOWN
    #: Of :func:`endpoint_router.resolve`: the URL to request.
    url: str = ""

    def overruled(self, code: str, reason: str, remedy: str) -> Decision:
        """What became of it when something came up after it was made: its choice is refused."""
        row = codes.TABLE[code]
        return replace(
            self,
            outcome=row.outcome,
            code=code,
            reason=reason,
            remedy=remedy,
            setting=row.setting or self.setting,
        )

    @property
    def allowed(self) -> bool:
        """May the call be sent?"""
        return self.outcome == "allowed"

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that the call goes to."""
        return self.about if self.allowed else None

    @property
    def refused(self) -> Candidate | None:
        """The candidate that the refusal is about."""
        return None if self.allowed else self.about

    @property
    def service(self) -> str:
        """boto3 client name."""
        return self.call.service

    @property
    def operation(self) -> str:
        """In the API's spelling; empty where botocore itself does not say."""
        return self.call.operation

    @property
    def region(self) -> str:
        """Signing region of the standard endpoint."""
        return self.call.region

    @property
    def partition(self) -> str:
        """``aws``, ``aws-us-gov``, …"""
        return self.call.partition

    @property
    def presigned(self) -> bool:
        """Is it about a presigned URL?"""
        return self.call.presigned

    @property
    def host(self) -> str:
        """The host that the call goes to, or the one that was refused."""
        if self.about:
            return self.about.host
        return self.candidates[0].candidate.host if self.candidates else ""

    @property
    def proxy(self) -> str:
        """The proxy that carries the call, without credentials; empty for none."""
        return self.about.proxy if self.about else ""

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
        chosen = self.chosen
        if chosen is None:
            return ""
        if self.pin:
            return self.pin.verdict
        if chosen.dials and any(
            finding.question.name == chosen.dials and finding.verdict == "private-address"
            for finding in self.evidence
        ):
            return "private-address"  # its name proves it to who dials for himself
        if chosen.private_attested:
            return "attested"
        declared = chosen.gateway and not chosen.proxy and self.demands.settings.private != "off"
        return "gateway-declared" if declared else ""

    @property
    def amber(self) -> tuple[Literal["fips", "private"], ...]:
        """What the policy alone says of a service of AWS's own: allowed for it, proven by nothing.

        A gateway endpoint that is declared, and what the policy attests where AWS says nothing.
        """
        chosen = self.chosen
        if chosen is None:
            return ()
        from ..aws.own_services import is_own_service  # no call needs it, only who reads of it

        word: list[Literal["fips", "private"]] = []
        attests = is_own_service(chosen.resolved.host)
        if attests and chosen.fips_basis == "attested" and self.demands.settings.fips != "off":
            word.append("fips")
        basis = self.private_basis
        if basis == "gateway-declared" or (attests and basis == "attested"):
            word.append("private")
        return tuple(word)

    @property
    def variant(self) -> Variant:
        """The variant that was asked of botocore's ruleset."""
        return self.chosen.resolved.variant if self.chosen else Variant()

    @property
    def by_rule(self) -> bool:
        """Did a rule of the policy speak? Else what it leaves out did: ``[defaults]``."""
        rule = self.demands.rule
        return rule.name != "defaults" and (self.allowed or self.setting in rule.sets)

    @property
    def rule(self) -> str:
        """Which rule spoke, and where what it said was written."""
        demands = self.demands
        if self.by_rule:
            return f"{demands.rule.name} ({demands.rule.origin})"
        return f"defaults ({demands.origins[self.setting]})"


class Ask(Struct, frozen=True):
    """Look these up, then call :func:`decide` again."""

    questions: tuple[Question, ...]
