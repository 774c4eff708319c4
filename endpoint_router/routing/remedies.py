"""The way out of each refusal, in one place. Pure text."""

from __future__ import annotations

from ..aws.hosts import is_aws, mask, names_account
from ..aws.privatelink import privatelink
from .candidates import Candidate
from .case import Case

#: Of the guard, which may have no case at hand.
GUARD_CHANGED = "Something changed the request after it was signed: remove that handler."


def remedy(case: Case, code: str, about: Candidate | None = None) -> str:
    """What would make a call pass that was refused with *code*."""
    service = case.service
    host = about.resolved.host if about else "the host"
    waiver = f'add a rule with services = ["{service}"], fips = "prefer" and a reason'
    serve = _correct(about) if about and about.kind == "interface" else _declare(case, host)
    demanded = [name for name in ("fips", "private") if getattr(case.settings, name) == "require"]
    attest = "".join(f", {name} = true" for name in demanded)
    stanza = (
        f'[[custom_endpoints]] url = "{case.undeclared_url}", services = ["{service}"]{attest}, '
        'reason = "..."'
    )
    if "fips" in demanded and case.settings.fips_basis != "attested":
        stanza += ', with fips_basis = "attested" in force'
    ways = {
        "fips.absent": f"Use a region that has a FIPS endpoint of this service, or {waiver}.",
        "fips.no_basis": f"{_better_basis(about)}, or {waiver}.",
        "fips.data_overridden": "Remove the override (AWS_DATA_PATH or ~/.aws/models).",
        "private.public_address": serve,
        "private.mixed": serve,
        "private.absent": serve,
        "private.no_endpoint": _another_endpoint(case, about),
        "private.prefix_list": "Correct prefix_list of the gateway endpoint (aws ec2 "
        "get-managed-prefix-list-entries), or leave it out.",
        "private.unverified": "Check dns.servers and the network; a retry asks DNS again.",
        "private.unpinned": "Leave the client's HTTP session as botocore makes it, or use "
        'connect = "name".',
        "private.peer": "Remove what redirects sockets (a SOCKS library), or trust its address.",
        "private.proxy": _past_the_proxy(about),
        "region.not_allowed": "Use an allowed region, or add this one to allowed_regions.",
        "region.unknown": "Give the client a region of AWS, and let use_fips_endpoint or a policy "
        "say FIPS; for a new region, upgrade botocore.",
        "regional.global_host": "Give the client a region of its own, or, for what is in several "
        'regions, add a rule with regional = "off" and a reason.',
        "dual_stack.none": "Use a service and region that are dual-stack, or dual_stack = off.",
        "endpoint_url.undeclared": f"{_undeclared(case)} declare it: {stanza}.",
        "tls.unverified": "Remove verify=False, or the empty AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE.",
        "tls.plaintext": "Remove use_ssl=False or the http:// URL.",
        "guard.changed": GUARD_CHANGED,
        "route.changed": "Call again.",
    }
    return ways.get(code, "Change the call, or the rule that spoke.")


def _undeclared(case: Case) -> str:
    if case.url_is_configured:
        return "Remove the endpoint_url, or"
    return "The call itself or endpoint discovery names this host: let an endpoint serve it, or"


def _correct(about: Candidate) -> str:
    return (
        f"Correct dns_names of {about.place}, or the records of that name; networks that you "
        "trust go to network.private."
    )


def _declare(case: Case, host: str) -> str:
    """Which endpoint is missing, by the name that AWS's console and Terraform know it by."""
    link = privatelink(mask(case.service, host), case.region)
    of, and_else = "", f" ({link.note})" if link.note else ""
    if link.name:
        guess = ", a name formed by rule," if link.basis == "by rule" else ""
        of, and_else = f" of {link.name}{guess}", ""
        if link.private_dns:
            and_else = ", or enable private DNS on it"
    # Of S3's hosts there is none without.
    has_plain = names_account(host) and case.service != "s3control"
    plain = " or the same without the account id" if has_plain else ""
    way = f"an interface endpoint{of} under [[vpc_endpoints]] that serves {host}{plain}{and_else}"
    return f"Declare {way}; networks that you trust go to network.private."


def _another_endpoint(case: Case, about: Candidate | None) -> str:
    """There is an endpoint, and not one that this call could use."""
    if about and about.lost and case.service == "s3":
        return f'Set connect = "address" on {about.place}, or use path style.'
    if about and not is_aws(about.resolved.host):
        return f"{_better_basis(about)}."  # no other endpoint serves a host of one's own
    return _declare(case, about.resolved.host if about else "the host")


def _past_the_proxy(about: Candidate | None) -> str:
    # Of an S3 endpoint, the name above all buckets.
    name = (about.dials or about.host) if about else "the host"
    way = f"Add {name} to NO_PROXY"
    if about and about.private_attested:
        # No address is confirmed; and for other hosts Config(proxies=...) knows no exceptions.
        return f"{way}, and the proxy to HTTPS_PROXY instead of a client's Config(proxies=...)."
    return f"{way}."


def _better_basis(about: Candidate | None) -> str:
    if about is None:
        return "Make the call in a way for which AWS has a FIPS endpoint"
    if about.fips_basis:
        return f'Add a rule with fips_basis = "{about.fips_basis}" and a reason'
    return (
        "Attest FIPS where you declare the endpoint (fips = true and a reason), with "
        'fips_basis = "attested" in force'
    )
