"""Cases of requests whose host botocore or the application changed on its way.

Endpoint discovery, a presign for another region inside a call, a host that the call itself names.
Nothing is resolved for the call's parameters any more: all that is known is the URL. Not so where
S3 redirects to another region: its redirector asks the client's resolver for an endpoint again, and
gets what :mod:`.client_core` decides.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ...aws.hosts import has_own_port, host_of, is_aws, origin_of
from ...routing.candidates import Resolved, from_rulesets
from ...routing.case import Case
from ...routing.variants import Variant
from ..endpoints.configured_url import custom_for
from ..endpoints.identify import counterpart, identify
from .cases import NO_ENDPOINTS, Cases, Subject


def case_of_url(
    cases: Cases, operation_model: Any, url: str, *, presigned: bool, nested: bool = False
) -> Case:
    """The case of a request to *url*.

    :param operation_model: ``None`` for a presigner's own name.
    :param nested: the presigned URL is part of another call, and AWS itself follows it.
    """
    rulesets = cases.rulesets
    origin, host = origin_of(url), host_of(url)
    name = operation_model.name if operation_model is not None else ""
    known = identify(rulesets, host, operation_model, fips_first=True)
    if known and has_own_port(url):
        known = None  # another port: none of AWS's endpoints, as in a configured URL
    if known and known.origin.partition("://")[0] == origin.partition("://")[0]:
        is_whole = known.host == host  # no bucket in front, which a counterpart would lack
        known = replace(known, origin=origin, bare_origin=origin, host=host)
        subject = cases.subject(name, known, presigned=presigned)
        if nested:
            return _nested(cases, operation_model, subject)
        resolved = [known]
        if is_whole and not presigned:
            resolved += _counterparts(cases, operation_model, subject)
        return cases.known(subject, resolved)
    unknown = Resolved(
        Variant(),
        origin=origin,
        bare_origin=origin,
        host=host,
        probe_name=host,
        signing_name=rulesets.own_scope.name,
        signing_region=rulesets.own_scope.region,
        no_basis=f"botocore has no ruleset for {rulesets.service}",
        overridden_by="" if rulesets.exist else rulesets.overridden_by(host),
    )
    subject = cases.subject(name, unknown, presigned=presigned)
    custom = custom_for(cases.router, rulesets.service, origin)
    if not custom and not rulesets.exist and is_aws(host):
        return cases.known(subject, [unknown])
    return cases.unknown(subject, unknown, custom).with_given(url_is_configured=False)


def _counterparts(cases: Cases, operation_model: Any, subject: Subject) -> list[Resolved]:
    """DynamoDB's discovery names its plain host, whatever the policy would have chosen."""
    known = subject.standard
    resolved = [
        counterpart(cases.rulesets, known, variant, operation_model, only_served=only_served)
        for variant, only_served in cases.wanted(subject)
        if variant != known.variant
    ]
    return [each for each in resolved if each is not None]


def _nested(cases: Cases, operation_model: Any, subject: Subject) -> Case:
    """The case of a URL that a service of AWS follows: it reaches no VPC endpoint of ours."""
    known, demands = subject.standard, subject.demands
    resolved = [known]
    if demands.settings.fips == "prefer" and known.variant.fips:
        plain = replace(known.variant, fips=False)
        resolved += filter(None, [counterpart(cases.rulesets, known, plain, operation_model)])
    public = replace(subject, demands=demands.with_settings(private="off"), presigned=True)
    return cases.finish(public, from_rulesets(resolved, NO_ENDPOINTS), resolved)
