"""The way out of each refusal, in one place, by its code. Pure text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv6Address, ip_address

from .. import codes
from ..aws.hosts import host_of, is_aws, mask, names_account, without_user
from .candidates import Candidate
from .case import Case
from .networks import translated

_ATTEST = (
    "Attest FIPS where you declare the endpoint (fips = true and a reason), with "
    'fips_basis = "attested" in force'
)
#: Refusals for an address that lies outside the trusted networks.
_OUTSIDE = (codes.PRIVATE_PUBLIC_ADDRESS, codes.PRIVATE_MIXED)
#: Of the guard, which may have no case at hand.
GUARD_CHANGED = "Something changed the request after it was signed: remove that handler."
VERIFY = "Remove verify=False, or the empty AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE."
#: Of who cannot route a client, and so has no case.
INSTALLED = "Make the client with the boto3, botocore or aiobotocore that is installed"
MAKE_A_TUNNEL = (
    "Remove proxy_use_forwarding_for_https from the client's proxies_config, so that the proxy "
    "makes a tunnel."
)


def remedy(
    case: Case, code: str, about: Candidate | None = None, addresses: Iterable[str] = ()
) -> str:
    """What would make a call pass that was refused with *code*.

    :param about: the candidate that the refusal is about.
    :param addresses: what DNS said of the hosts.
    """
    way = WAYS.get(code, "Change the call, or the rule that spoke.")
    text = way if isinstance(way, str) else way(case, about)
    return text + _translators(case, addresses) if code in _OUTSIDE else text


def _translators(case: Case, addresses: Iterable[str]) -> str:
    """Of an address whose other half is trusted already, what is missing (DNS64 makes such)."""
    for address in addresses:
        parsed = ip_address(address)
        inside = translated(parsed) if isinstance(parsed, IPv6Address) else None
        if inside and address not in case.trusted and str(inside.inner) in case.trusted:
            return (
                f" {address} leads to {inside.inner} by {inside.kind}: if that translator is "
                f"yours, add {inside.outer} to network.private."
            )
    return ""


def _waive(case: Case) -> str:
    rule = case.demands.rule
    first = "" if rule.name == "defaults" else f" before {rule.name}"  # the first that matches
    waiver = f'services = ["{case.call.service}"], fips = "prefer" and a reason'
    return f"add a rule{first} with {waiver}"


def _another_region(case: Case, about: Candidate | None) -> str:
    return f"Use a region that has a FIPS endpoint of this service, or {_waive(case)}."


def _better_basis(case: Case, about: Candidate | None) -> str:
    """What shows that a call is FIPS, or leave to do without.

    Never an attestation for a service of AWS's own: what AWS does not say, nobody else can.
    """
    if about is None:
        # There is no more to go by than botocore's words, which may be about a parameter.
        return f"Do as botocore says; where it is FIPS that it cannot do, {_waive(case)}."
    of_aws = _is_own_service(about.resolved.host)
    if about.fips_basis and not (of_aws and about.fips_basis == "attested"):
        rule = f'a rule with fips_basis = "{about.fips_basis}" and a reason'
        return f"Add {rule}, or {_waive(case)}."
    if not of_aws:
        return f"{_ATTEST}, or {_waive(case)}."
    if about.kind == "interface":
        return f"Declare the endpoint of the service's FIPS host, or {_waive(case)}."
    if about.resolved.variant.fips:  # botocore was asked for FIPS, and this is all that it has
        return f"Use a region or an operation for which AWS has a FIPS endpoint, or {_waive(case)}."
    return f"Call a host that AWS designates as FIPS, or {_waive(case)}."


def _is_own_service(host: str) -> bool:
    from ..aws.own_services import is_own_service  # for refusals only

    return is_own_service(host)


def _serve(case: Case, about: Candidate | None) -> str:
    """Let an endpoint serve the host, or let the one that should be right."""
    if about and about.kind == "interface":
        return (
            f"Correct dns_names of {about.place}, or the records of that name; networks that you "
            "trust go to network.private."
        )
    return _declare(case, about.resolved.host if about else "the host")


def _declare_url(case: Case, about: Candidate | None) -> str:
    url = case.given.undeclared_url or (without_user(about.origin) if about else "...")
    stanza = _stanza(case, url)
    if case.given.undeclared_url and case.given.url_is_configured:
        return f"Remove the endpoint_url, or declare it: {stanza}."
    return (
        "A handler, the call itself or endpoint discovery names this host: let an endpoint serve "
        f"it, or declare it: {stanza}."
    )


def _stanza(case: Case, url: str) -> str:
    """What declares a host that is not AWS's."""
    demanded = [name for name in ("fips", "private") if getattr(case.settings, name) == "require"]
    # What of a host of AWS's is FIPS or private, nobody else can say: DNS shows it, or a waiver.
    of_aws, plain = _is_own_service(host_of(url)), url.startswith("http:")
    attested = [] if of_aws else [name for name in demanded if not (plain and name == "fips")]
    attest = "".join(f", {name} = true" for name in attested)
    stanza = (
        f'[[custom_endpoints]] url = "{without_user(url)}", '
        f'services = ["{case.call.service}"]{attest}, reason = "..."'
    )
    if "fips" in demanded and of_aws:
        stanza += f"; nothing shows that it is FIPS, so {_waive(case)}"
    elif "fips" in demanded and plain:
        stanza += f"; plain HTTP is not FIPS, so use https://, or {_waive(case)}"
    elif "fips" in demanded and case.settings.fips_basis != "attested":
        stanza += ', with fips_basis = "attested" in force'
    return stanza


def _own_data(case: Case, about: Candidate | None) -> str:
    url = case.given.undeclared_url
    resolved = about.resolved if about else case.resolved[0]
    way = f"Remove {resolved.overridden_by}"
    if url:
        way += " (or the endpoint_url, if you configured one)"
    elif is_aws(resolved.host):
        return f"{way}; for endpoints that are new, upgrade botocore."
    return f"{way}, or declare the host: {_stanza(case, url or resolved.origin)}."


def _declare(case: Case, host: str) -> str:
    """Which endpoint is missing, by the name that AWS's console and Terraform know it by."""
    from ..aws.privatelink import privatelink  # its tables are for refusals only

    link = privatelink(mask(case.call.service, host), case.call.region)
    of, and_else = "", f" ({link.note})" if link.note else ""
    if link.name:
        guess = ", a name formed by rule," if link.basis == "by rule" else ""
        of, and_else = f" of {link.name}{guess}", ""
        if link.private_dns:
            and_else = ", or enable private DNS on it"
    # Of S3's hosts there is none without.
    has_plain = names_account(host) and case.call.service != "s3control"
    plain = " or the same without the account id" if has_plain else ""
    way = f"an interface endpoint{of} under [[vpc_endpoints]] that serves {host}{plain}{and_else}"
    return f"Declare {way}; networks that you trust go to network.private."


def _another_endpoint(case: Case, about: Candidate | None) -> str:
    """There is an endpoint, and not one that this call could use."""
    if about and about.lost and case.call.service == "s3":
        return f'Set connect = "address" on {about.place}, or use path style.'
    if about and not is_aws(about.resolved.host):
        return f"{_ATTEST}."  # no other endpoint serves a host of one's own
    return _declare(case, about.resolved.host if about else "the host")


def _allow(case: Case, about: Candidate | None) -> str:
    """All that has to be allowed, so that there is no second refusal."""
    from .allowed_regions import missing_for  # as in :mod:`.eligibility`

    missing = missing_for(case, about or case.candidates[0])
    if missing.anywhere:
        return (
            "Use a host that is in a region, or add a rule with services = "
            f'["{case.call.service}"], allowed_regions = ["*"] and a reason.'
        )
    if "" in missing.regions:
        return "Give the client an allowed region."
    rule = case.demands.rule
    where = f" of {rule.name}" if "allowed_regions" in rule.sets else ""
    names = list(missing.regions)
    names += [each.global_region for each in missing.partitions if each]
    quoted = " and ".join(f'"{name}"' for name in names if name)
    return f"Use an allowed region, or add {quoted or 'one'} to allowed_regions{where}."


_LEAVE = (
    "Leave the client's HTTP session and the connections in its pools as botocore makes them (a "
    "test plays its cassette under endpoint_router.testing)"
)


def _by_name(case: Case, about: Candidate | None) -> str:
    """TLS proves a name that only an endpoint bears, to whoever connects."""
    leave = "" if case.session.sent_elsewhere else f"{_LEAVE}, or "
    if about and about.by_address:
        way = f'use connect = "name" on {about.place}.'
    elif about and about.kind == "interface":
        way = f'let {about.place} name the endpoint\'s own vpce-... name, with connect = "name".'
    else:
        way = f'with connect = "name", {_declare(case, about.host if about else "the host")}'
        way = way.replace("Declare", "declare", 1).replace(", or enable private DNS on it", "")
    return f"{leave}{way}" if leave else f"{way[0].upper()}{way[1:]}"


def _verified(case: Case, about: Candidate | None) -> str:
    forwarded = about and case.session.ends_tls_at(about.proxy, about.origin)
    return MAKE_A_TUNNEL if forwarded else VERIFY


def _past_the_proxy(case: Case, about: Candidate | None) -> str:
    # Of an S3 endpoint, the name above all buckets.
    name = (about.dials or about.host) if about else "the host"
    way = f"Add {name} to NO_PROXY"
    if about and about.private_attested:
        # No address is confirmed; and for other hosts Config(proxies=...) knows no exceptions.
        return f"{way}, and the proxy to HTTPS_PROXY instead of a client's Config(proxies=...)."
    return f"{way}."


#: By code: a text, or what words it for one call. Where botocore itself knows no endpoint, its own
#: words are all that there is.
WAYS: Mapping[str, str | Callable[[Case, Candidate | None], str]] = {
    codes.FIPS_ABSENT: _another_region,
    codes.FIPS_NO_BASIS: _better_basis,
    codes.FIPS_DATA_OVERRIDDEN: "Remove the override (AWS_DATA_PATH or ~/.aws/models).",
    codes.PRIVATE_PUBLIC_ADDRESS: _serve,
    codes.PRIVATE_MIXED: _serve,
    codes.PRIVATE_ABSENT: _serve,
    codes.PRIVATE_NO_ENDPOINT: _another_endpoint,
    codes.PRIVATE_PREFIX_LIST: "Correct prefix_list of the gateway endpoint (aws ec2 "
    "get-managed-prefix-list-entries), or leave it out.",
    codes.PRIVATE_UNVERIFIED: "Check dns.servers and the network; a retry asks DNS again.",
    codes.PRIVATE_UNPINNED: _by_name,
    codes.PRIVATE_PEER: "Remove what redirects sockets (a SOCKS library), or trust its address.",
    codes.PRIVATE_PROXY: _past_the_proxy,
    codes.REGION_NOT_ALLOWED: _allow,
    codes.REGION_UNKNOWN: "Give the client a region of AWS, and let use_fips_endpoint or a policy "
    "say FIPS; for a new region, upgrade botocore.",
    codes.REGIONAL_GLOBAL_HOST: "Give the client a region of its own, or, for what is in several "
    'regions, add a rule with regional = "off" and a reason.',
    codes.DUAL_STACK_NONE: "Use a service and region that are dual-stack, or dual_stack = off.",
    codes.ENDPOINT_URL_UNDECLARED: _declare_url,
    codes.DATA_OVERRIDDEN: _own_data,
    codes.TLS_UNVERIFIED: _verified,
    codes.TLS_PLAINTEXT: "Remove use_ssl=False or the http:// URL.",
    codes.GUARD_CHANGED: GUARD_CHANGED,
    codes.CLIENT_UNKNOWN: f"{INSTALLED}.",
    codes.ROUTE_CHANGED: "Call again.",
}
