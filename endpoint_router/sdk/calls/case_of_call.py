"""The case of one call: botocore's rulesets are asked for each variant that the policy may want.

With the application's handlers (:mod:`.resolving`). Decides nothing and waits for nothing: each
resolution is a step, because some of botocore's resolvers are coroutines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from ...routing.case import Case
from ...routing.variants import Variant
from ...steps import Steps
from ..endpoints.configured_url import ConfiguredUrl
from .cases import Cases, Subject
from .resolving import Endpoints, Resolving


def case_of_call(
    cases: Cases,
    operation_model: Any,
    call_args: Mapping[str, Any],
    context: dict[str, Any],
    *,
    presigned: bool,
) -> Steps[tuple[Case, Endpoints]]:
    """The case of one call, and the endpoints that botocore resolved for it on the way.

    Emits ``before-endpoint-resolution`` once for each variant that the policy may want.
    """
    router, rulesets, name = cases.router, cases.rulesets, operation_model.name

    def as_it_is(url: ConfiguredUrl, region: str) -> ConfiguredUrl:
        return cases.used_as_it_is(url, name, region, presigned=presigned)

    resolving = Resolving(
        router,
        rulesets,
        cases.configured,
        as_it_is,
        operation_model,
        call_args,
        context,
        presigned=presigned,
    )
    standard = yield from resolving.resolve(Variant(regional=cases.configured.native.regional))
    configured = as_it_is(cases.configured, standard.signing_region)
    if configured.is_kept:
        yield from resolving.with_configured_url(configured)
    given = resolving.given
    subject = cases.subject(name, standard, presigned=presigned, given=given)
    standard = resolving.as_demanded(standard, subject.demands)
    if resolving.keeps():
        return _kept(cases, subject, resolving)
    if subject.demands.settings.account_id_hosts == "off":
        variant = replace(standard.variant, without_account_id=True)
        standard = yield from resolving.resolve(variant)
    resolved = []
    for variant, only_served in cases.wanted(
        subject,
        # S3 presigns for the global host in any region.
        anyhow_global=bool(context.get("use_global_endpoint")),
        may_omit_account_id=rulesets.may_omit_account_id(standard.host),
    ):
        if variant == standard.variant:
            resolved.append(standard)
        else:
            plain_host = resolving.plain_host or standard.host
            resolved.append((yield from resolving.resolve(variant, plain_host, only_served)))
    if resolving.keeps():  # a handler that answers this variant, and not the others
        return _kept(cases, replace(subject, given=resolving.given), resolving)
    if given.is_own and all(each.error for each in resolved):
        # The URL of a FIPS host, and S3 goes past it to what cannot be FIPS.
        resolved = [standard]
    case = cases.known(subject, resolved)
    if resolving.passes_over:
        case = case.with_given(url_is_passed_over=True)
    return case, resolving.endpoints


def _kept(cases: Cases, subject: Subject, resolving: Resolving) -> tuple[Case, Endpoints]:
    """The case of a call to a URL that stays in force, and the endpoint that came of it."""
    endpoint = resolving.kept
    scope = cases.rulesets.scope(Variant(), endpoint, is_kept=True)
    case = cases.of_given(subject, endpoint.url, scope, resolving.prefix)
    return case, {Variant(): endpoint}
