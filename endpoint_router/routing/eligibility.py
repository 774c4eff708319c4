"""What the policy alone says of a case: which calls it forbids, which candidates are out.

Pure, and without DNS: what an answer means is :mod:`.judging`. Worked out once for each case and
kept with it, since questions, intent and decision all begin here.
"""

from __future__ import annotations

from msgspec import Struct

from .. import codes
from ..aws.hosts import host_of, is_aws, may_be_standard
from ..aws.vpce_names import is_endpoints_own
from .candidates import Candidate, accepts
from .case import Case, Considered
from .judging import Contender, Judgement, binds, contender, pin_question, refusal, requires
from .overridden import overridden_call, overridden_host


class Prepared(Struct, frozen=True):
    """A case as far as it can be told without DNS."""

    #: What forbids the call whatever DNS says; then nothing else was looked at.
    refusal: Judgement | None
    #: The candidates that break no requirement, most wanted first.
    contenders: tuple[Contender, ...] = ()
    #: The others.
    dropped: tuple[Considered, ...] = ()


def prepared(case: Case) -> Prepared:
    """*case*, prepared: at its first use, and never again."""
    # No functools.cached_property: on Python 3.10 and 3.11 a fork may leave its lock held.
    kept = vars(case)
    known: Prepared | None = kept.get("prepared")
    if known is None:  # two threads at once come to the same
        known = kept["prepared"] = _prepare(case)
    return known


def _prepare(case: Case) -> Prepared:
    refused = _forbidden(case)
    if refused:
        return Prepared(refused)
    contenders: list[Contender] = []
    dropped: list[Considered] = []
    for candidate in case.candidates:
        why = _ruled_out(case, candidate)
        if why:
            dropped.append(Considered(candidate, why.text, why.code, why.setting))
        else:
            contenders.append(contender(case, candidate))
    return Prepared(None, tuple(contenders), tuple(dropped))


def _forbidden(case: Case) -> Judgement | None:
    """What forbids the call whatever DNS says."""
    required = requires(case)
    for judgement in overridden_call(case), _out_of_regions(case), _undeclared(case, required):
        if judgement:
            return judgement
    if required and not case.session.verify:
        why = f"certificate verification is off, which makes {required[0]} = require meaningless."
        return refusal(case, codes.TLS_UNVERIFIED, why)
    return None


def _out_of_regions(case: Case) -> Judgement | None:
    """There is no candidate that ``allowed_regions`` does not forbid: no name is looked up."""
    if not case.candidates:
        return None
    judgements = [_out_of_region(case, candidate) for candidate in case.candidates]
    return judgements[0] if all(judgements) else None


def _out_of_region(case: Case, candidate: Candidate) -> Judgement | None:
    """``allowed_regions`` forbids it."""
    if not case.settings.allowed_regions:
        return None
    from .allowed_regions import out_of_regions  # with the grammar of hosts: only where it counts

    return out_of_regions(case, candidate)


def _undeclared(case: Case, required: list[str]) -> Judgement | None:
    """A URL that nobody has declared, where the policy demands anything."""
    settings, url = case.settings, case.given.undeclared_url
    if not url:
        return None
    if required:
        setting, demand = required[0], f"{required[0]} = require"
    elif settings.endpoint_url == "deny":
        setting, demand = "endpoint_url", "endpoint_url = deny"
    elif settings.allowed_regions and not is_aws(host_of(url)):
        # What is AWS's says by its name where it is, and is judged by that.
        setting, demand = "allowed_regions", "nothing tells its region: allowed_regions"
    else:
        return None
    why = (
        f"{url} is neither an AWS endpoint of this service and region nor declared in the "
        f"policy, and {demand} is in force."
    )
    return refusal(case, codes.ENDPOINT_URL_UNDECLARED, why, setting=setting)


def _ruled_out(case: Case, candidate: Candidate) -> Judgement | None:
    """Why *candidate* cannot be used, whatever DNS says."""
    return (
        overridden_host(case, candidate)
        or _out_of_region(case, candidate)
        or _out_of_reach(case, candidate)
        or _out_of_policy(case, candidate)
        or _out_of_trust(case, candidate)
    )


def _out_of_reach(case: Case, candidate: Candidate) -> Judgement | None:
    """A connection to it would not lead where it must."""
    proof = pin_question(case, candidate)
    if candidate.proxy and (case.settings.private == "require" or proof):
        why = f"would be reached through the proxy {candidate.proxy}"
        return refusal(case, codes.PRIVATE_PROXY, why)
    if proof and not (case.session.pins or candidate.gateway or _bears_proof(candidate)):
        return refusal(case, codes.PRIVATE_UNPINNED, f"relies on its address, and {_sender(case)}")
    if candidate.lost and case.call.service == "s3":
        # The path that is left would name another bucket: ``/key`` instead of ``/bucket/key``.
        why = 'its name has no place for the bucket: use connect = "address", or path style'
        return refusal(case, codes.PRIVATE_NO_ENDPOINT, why)
    return None


def _bears_proof(candidate: Candidate) -> bool:
    """Does its name prove where a connection leads, also one that somebody dials for himself?

    Only an endpoint bears a ``vpce-…`` name, so TLS proves it. That a standard host leads to one
    only DNS says, to each who asks.
    """
    named = candidate.kind == "interface" and not candidate.by_address
    return named and candidate.origin.startswith("https:") and is_endpoints_own(candidate.host)


def _sender(case: Case) -> str:
    if case.session.sent_elsewhere:
        return "something else than the client sends the request, and looks the name up by itself"
    return "this client's HTTP session cannot be told where to dial"


def _out_of_policy(case: Case, candidate: Candidate) -> Judgement | None:
    """It is not of the kind that a setting requires."""
    settings, resolved = case.settings, candidate.resolved
    if settings.fips == "require" and not accepts(case.demands, candidate.fips_basis):
        return _no_fips(case, candidate)
    if settings.regional == "require" and not resolved.is_regional:
        why = "is a global host, and regional = require"
        return refusal(case, codes.REGIONAL_GLOBAL_HOST, why)
    is_standard = candidate.kind == "standard"
    if settings.dual_stack == "require" and is_standard and not resolved.variant.dual_stack:
        why = "is not dual-stack, and dual_stack = require"
        return refusal(case, codes.DUAL_STACK_NONE, why)
    return None


def _out_of_trust(case: Case, candidate: Candidate) -> Judgement | None:
    """Its host is made up, or nothing shows that who answers there is who was meant."""
    required = requires(case)
    region = case.call.client_region
    is_made_up = case.call.unknown_region and f".{region}." in f".{candidate.resolved.host}"
    if is_made_up and required and candidate.kind in ("standard", "interface"):
        why = f"region {region} belongs to no partition that botocore knows"
        return refusal(case, codes.REGION_UNKNOWN, why)
    if candidate.kind == "standard" and binds(case) and not may_be_standard(candidate.host):
        why = "is no host of AWS's, whatever made botocore yield it"
        return refusal(case, codes.ENDPOINT_URL_UNDECLARED, why)
    if candidate.origin.startswith("http://") and required:
        if candidate.kind != "custom":
            why = f"plain HTTP, and {required[0]} = require"
            return refusal(case, codes.TLS_PLAINTEXT, why)
        if case.settings.fips == "require":
            why = "plain HTTP cannot be FIPS"
            return refusal(case, codes.TLS_PLAINTEXT, why, setting="fips")
    if required and case.session.ends_tls_at(candidate.proxy, candidate.origin):
        why = (
            f"the proxy {candidate.proxy} would end TLS and see the request "
            f"(proxy_use_forwarding_for_https), and {required[0]} = require"
        )
        return refusal(case, codes.TLS_UNVERIFIED, why)
    return None


def _no_fips(case: Case, candidate: Candidate) -> Judgement:
    code = codes.FIPS_NO_BASIS
    if candidate.fips_basis:
        weakest = case.settings.fips_basis
        why = f"counts as FIPS only as {candidate.fips_basis}, and fips_basis = {weakest}"
        # What nobody wrote does not speak: then it is the demand for FIPS itself.
        written = case.demands.origins["fips_basis"].kind != "default"
        return refusal(case, code, why, setting="fips_basis" if written else "fips")
    if candidate.kind == "interface":
        why = "its PrivateLink name does not carry FIPS, and the policy does not attest it"
    elif candidate.kind == "custom":
        why = "the policy does not attest FIPS for it"
    else:
        why = candidate.resolved.no_basis or "is not a FIPS host"
        code = candidate.resolved.no_basis_code
    return refusal(case, code, why)
