"""From one client and one call to a :class:`~endpoint_router.routing.case.Case`.

Asks botocore's rulesets for the variants that the policy may want, and joins them with what the
policy declares. Decides nothing and waits for nothing: what botocore resolves with the
application's handlers is wanted as a step, because some of its resolvers are coroutines. Hosts that
come up on a call's way are :mod:`.changed_hosts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError
from msgspec import Struct
from msgspec.structs import replace

from ...aws.hosts import host_of, is_below, origin_of, without_user
from ...aws.zone import UNKNOWN, Zone
from ...policy.custom_endpoints import CustomHost
from ...policy.rules import Demands
from ...router import Router
from ...routing.candidates import Candidate, Resolved, foreign, from_rulesets, ordered
from ...routing.case import ApiCall, Case, Given, Session
from ...routing.declared import HostTable
from ...routing.variants import Variant, wanted
from ...steps import Invoke, Steps
from .. import seams
from ..connections.own_session import OwnSession
from ..connections.proxies import Proxies, with_proxies
from ..endpoints.configured_url import configured_url
from ..endpoints.rulesets import Rulesets

#: Endpoints as botocore resolved them, for the caller who needs one of them again.
Endpoints = dict[Variant, Any]

#: No opinion about private endpoints.
NO_ENDPOINTS = HostTable()


class Subject(Struct, frozen=True):
    """What a case is about, before its candidates are known."""

    operation: str
    #: What botocore would use by itself, as far as it tells service and region.
    standard: Resolved
    demands: Demands
    presigned: bool = False


class Cases:
    """Makes the cases of one client."""

    def __init__(
        self, router: Router, rulesets: Rulesets, own_session: OwnSession, proxies: Proxies
    ) -> None:
        self.router = router
        self.rulesets = rulesets
        self.proxies = proxies
        self._own_session = own_session
        self.configured = configured_url(rulesets, router)

    def session_facts(self) -> tuple[object, ...]:
        """What a case takes from the HTTP session."""
        return (self.proxies.fingerprint(), self._session(), self.rulesets.given_url)

    @property
    def shown_host(self) -> str:
        """The URL that the client shows as its endpoint, of which others make theirs."""
        host: str = self._own_session.endpoint.host
        return host

    def _session(self, *, sent_elsewhere: bool = False) -> Session:
        own = self._own_session
        return Session(
            can_pin=own.can_pin(),
            sent_elsewhere=sent_elsewhere,
            verify=own.verifies(),
            forwards_https=own.forwards_https(),
        )

    def current(self, case: Case, *, sent_elsewhere: bool = False) -> Case:
        """*case* as it stands by now: itself, unless parts of the client were replaced meanwhile.

        :param sent_elsewhere: somebody else sends the request, by its URL alone.
        """
        if case.call.presigned:
            return case
        session = self._session(sent_elsewhere=sent_elsewhere)
        return case if session == case.session else replace(case, session=session)

    # --- a client that has made no call yet

    def for_creation(self, operation: str = "") -> Case | None:
        """The case of a call of which nothing is known yet; ``None`` if botocore has no host.

        :param operation: if that is known, after all.
        """
        standard = self._silent(Variant(regional=self.configured.native.regional))
        if standard is None:
            return None
        subject = self.subject(operation, standard, presigned=False)
        if self.configured.is_kept:
            return self._case_of_configured(subject, self.rulesets.given_url)
        resolved = [
            known
            for variant, only_served in self.wanted(subject)
            if (known := self._silent(variant, standard.host, only_served)) is not None
        ]
        return self.known(subject, resolved)

    def _silent(
        self, variant: Variant, plain_host: str = "", only_served: bool = False
    ) -> Resolved | None:
        try:
            scope = self.rulesets.default_scope(variant)
            url = seams.resolve_silently(self.rulesets.resolver(variant))
        except BotoCoreError:
            return None
        return self.rulesets.describe(
            variant,
            url,
            scope=scope,
            plain_host=plain_host or host_of(url),
            only_served=only_served,
        )

    # --- a call

    def for_call(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        *,
        presigned: bool,
    ) -> Steps[tuple[Case, Endpoints]]:
        """The case of one call, and the endpoints that botocore resolved for it on the way.

        Emits ``before-endpoint-resolution`` once for each variant that the policy may want.
        """
        resolving = _Resolving(self, operation_model, call_args, context, presigned=presigned)
        standard = yield from resolving.one(Variant(regional=self.configured.native.regional))
        subject = self.subject(operation_model.name, standard, presigned=presigned)
        if subject.demands.settings.account_id_hosts == "off":
            variant = standard.variant._replace(without_account_id=True)
            standard = yield from resolving.one(variant)
        if self.configured.is_kept:
            resolver = self.rulesets.resolver(Variant(), keep_url=True)
            kept = yield Invoke(resolver.construct_endpoint, (operation_model, call_args, context))
            return self._case_of_configured(subject, kept.url, resolving.prefix), {Variant(): kept}
        resolved = []
        for variant, only_served in self.wanted(
            subject,
            # S3 presigns for the global host in any region.
            anyhow_global=bool(context.get("use_global_endpoint")),
            may_omit_account_id=self.rulesets.may_omit_account_id(standard.host),
        ):
            if variant == standard.variant:
                resolved.append(standard)
            else:
                resolved.append((yield from resolving.one(variant, standard.host, only_served)))
        return self.known(subject, resolved), resolving.endpoints

    # --- what both, and a changed host, have in common

    def subject(self, operation: str, standard: Resolved, *, presigned: bool) -> Subject:
        """What is demanded of a call whose standard endpoint is *standard*."""
        demands = self.router.demands(
            service=self.rulesets.service,
            operation=operation,
            region=standard.signing_region or self.rulesets.region,
            partition=self.rulesets.partition,
            presigned=presigned,
            application_fips=self.configured.native.fips,
        )
        return Subject(operation, standard, demands, presigned)

    def wanted(
        self, subject: Subject, *, anyhow_global: bool = False, may_omit_account_id: bool = False
    ) -> list[tuple[Variant, bool]]:
        """The variants that the policy may choose, and whether each is only there to be served."""
        return wanted(
            subject.demands,
            self.configured.native,
            has_endpoints=bool(self.router.table),
            twin=self.rulesets.uses_global_host or anyhow_global,
            plain=may_omit_account_id,
        )

    def known(self, subject: Subject, resolved: list[Resolved]) -> Case:
        """The case of hosts that botocore knows."""
        wants_endpoints = self._wants_endpoints(subject.demands)
        table = self.router.table if wants_endpoints else NO_ENDPOINTS
        zone = self.router.zone.at_once()
        candidates = from_rulesets(resolved, table, self.configured.endpoint, zone=zone)
        return self.finish(subject, candidates, resolved, zone)

    def unknown(self, subject: Subject, resolved: Resolved, custom: CustomHost | None) -> Case:
        """The case of a host that no ruleset yields."""
        zone = self.router.zone.at_once()
        candidates, undeclared_url = foreign(
            resolved,
            custom,
            self.router.table,
            wants_endpoints=self._wants_endpoints(subject.demands),
            zone=zone,
        )
        case = self.finish(subject, candidates, [resolved], zone)
        if undeclared_url:
            return case.with_given(undeclared_url=without_user(undeclared_url))
        return case

    def _case_of_configured(self, subject: Subject, url: str, prefix: str = "") -> Case:
        """The case of a call to a configured URL that stays in force."""
        inject = prefix if self.rulesets.config.inject_host_prefix else ""
        scope = self.rulesets.own_scope
        resolved = self.rulesets.describe(Variant(), url, prefix=inject, scope=scope)
        # S3's multi-region access points and Outposts aliases ignore the URL.
        is_below_it = is_below(url, self.rulesets.given_url)
        case = self.unknown(subject, resolved, self.configured.custom if is_below_it else None)
        if case.given.undeclared_url and is_below_it:
            whole = without_user(origin_of(self.rulesets.given_url))  # without a bucket's label
            return case.with_given(undeclared_url=whole)
        return case

    def _wants_endpoints(self, demands: Demands) -> bool:
        return demands.settings.private != "off" or self.configured.endpoint is not None

    def finish(
        self,
        subject: Subject,
        candidates: list[Candidate],
        resolved: list[Resolved],
        zone: Zone = UNKNOWN,
    ) -> Case:
        """The case with these candidates, and with all that it takes from the client."""
        rulesets, presigned = self.rulesets, subject.presigned
        case = Case(
            call=ApiCall(
                service=rulesets.service,
                operation=subject.operation,
                region=subject.standard.signing_region or rulesets.region,
                partition=rulesets.partition,
                presigned=presigned,
                regionless=rulesets.regionless,
                unknown_region=rulesets.unknown_region,
            ),
            demands=subject.demands,
            candidates=ordered(candidates, subject.demands, zone),
            zone=zone,
            trusted=self.router.trusted,
            resolved=tuple(resolved),
            # Whoever uses a presigned URL has a session, and a network, of their own.
            session=Session() if presigned else self._session(),
            given=Given(
                chosen_endpoint=self.configured.endpoint is not None,
                wants_dual_stack=self.configured.native.dual_stack,
            ),
        )
        return case if presigned else with_proxies(case, self.proxies)


class _Resolving:
    """The resolutions of one call."""

    def __init__(
        self,
        cases: Cases,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        *,
        presigned: bool,
    ) -> None:
        self._rulesets = cases.rulesets
        self._model, self._call_args, self._context = operation_model, call_args, context
        self._presigned = presigned
        self.prefix = self._rulesets.prefix(operation_model, call_args)
        self.endpoints: Endpoints = {}

    def one(
        self, variant: Variant, plain_host: str = "", only_served: bool = False
    ) -> Steps[Resolved]:
        """What the ruleset and the application's handlers yield for *variant*."""
        rulesets = self._rulesets
        try:
            resolver = rulesets.resolver(variant)
            context = context_for(variant, self._context)
            endpoint = yield Invoke(
                resolver.construct_endpoint, (self._model, self._call_args, context)
            )
            scope = rulesets.scope(variant, endpoint)
        except BotoCoreError as error:
            return Resolved(variant, error=str(error), only_served=only_served)
        self.endpoints[variant] = endpoint
        resolved = rulesets.describe(
            variant,
            endpoint.url,
            prefix=self.prefix,
            labelled=rulesets.has_labels(self._model),
            scope=scope,
            plain_host=plain_host or f"{self.prefix}{host_of(endpoint.url)}",
            only_served=only_served,
        )
        if resolved.fips_basis == "ruleset":
            asked = (resolver, self._model, self._call_args, self._context)
            builtins = yield Invoke(seams.customized_builtins, asked)
            if not rulesets.asks_for_fips(builtins):
                why = "a before-endpoint-resolution handler answers instead of the ruleset"
                return replace(resolved, fips_basis=None, no_basis=why)
        if self._presigned and not resolved.is_regional:
            # ``generate_presigned_url`` signs for the client's own region, and ignores that
            # of the ruleset: S3's global host is signed for Ireland by a client from there.
            own_region = rulesets.default_scope(variant)[1]
            return replace(resolved, signing_region=own_region)
        return resolved


def context_for(variant: Variant, context: dict[str, Any]) -> dict[str, Any]:
    """The request context with which *variant* is resolved.

    S3 presigns through the global endpoint by default, which under FIPS names another region's
    host (``s3-fips.us-east-1``) than the one that is signed for.
    """
    if (variant.fips or variant.regional) and context.get("use_global_endpoint"):
        return {**context, "use_global_endpoint": False}
    return context
