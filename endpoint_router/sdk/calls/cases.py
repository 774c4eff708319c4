"""From one client and one call to a :class:`~endpoint_router.routing.case.Case`.

Asks botocore's rulesets for the variants that the policy may want, and joins them with what the
policy declares. Decides nothing and waits for nothing.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore import UNSIGNED
from botocore.exceptions import BotoCoreError

from ...aws.hosts import CustomHost, host_of, is_below, origin_of, without_user
from ...aws.zone import UNKNOWN, Zone
from ...policy.rules import Demands
from ...router import Router
from ...routing.candidates import Candidate, Resolved, Variant, foreign, from_rulesets, ordered
from ...routing.case import Case
from ...routing.declared import HostTable
from .. import seams
from ..connections.proxies import Proxies, with_proxies
from ..endpoints.given import custom_for, given
from ..endpoints.rulesets import Rulesets
from .wanted import wanted

#: Endpoints as botocore resolved them, for the caller who needs one of them again.
Endpoints = dict[Variant, Any]

#: No opinion about private endpoints.
_NO_TABLE = HostTable()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a case is about, before its candidates are known."""

    operation: str
    #: What botocore would use by itself, as far as it tells service and region.
    standard: Resolved
    demands: Demands
    presigned: bool = False


class Cases:
    """Makes the cases of one client."""

    def __init__(
        self, router: Router, rulesets: Rulesets, http_session: Any, proxies: Proxies
    ) -> None:
        self.router = router
        self.rulesets = rulesets
        self.proxies = proxies
        #: Before anything stands in for its methods.
        self.can_pin = seams.can_have_twin(http_session)
        #: Weakly, as everything of botocore's that owns what stands in for its methods.
        self._http_session = weakref.ref(http_session)
        self.given = given(rulesets, router)

    def session_facts(self) -> tuple[object, ...]:
        """What a case takes from the HTTP session."""
        verifies = seams.verifies(self._http_session())
        return (self.proxies.fingerprint(), verifies, self.rulesets.given_url)

    def for_creation(self) -> Case | None:
        """The case of a call of which nothing is known yet; ``None`` if botocore has no host."""
        standard = self._silent(Variant(regional=self.given.native.regional))
        if standard is None:
            return None
        asked = self._ask("", standard, presigned=False)
        if self.given.is_kept:
            return self._given_case(asked, self.rulesets.given_url)
        found = [
            one
            for variant, only_served in self._wanted(asked, twin=self.rulesets.has_global_twin)
            if (one := self._silent(variant, standard.host, only_served))
        ]
        return self._case(asked, found)

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

    def for_call(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        *,
        presigned: bool,
    ) -> tuple[Case, Endpoints]:
        """The case of one call, and the endpoints that botocore resolved for it on the way.

        Emits ``before-endpoint-resolution`` once for each variant that the policy may want.
        """
        prefix = self.rulesets.prefix(operation_model, call_args)
        endpoints: Endpoints = {}

        def resolve(variant: Variant, plain_host: str = "", only_served: bool = False) -> Resolved:
            try:
                endpoint = self.rulesets.resolver(variant).construct_endpoint(
                    operation_model, call_args, self.context_for(variant, context)
                )
                scope = self.rulesets.scope(variant, endpoint)
            except BotoCoreError as error:
                return Resolved(variant, error=str(error), only_served=only_served)
            endpoints[variant] = endpoint
            found = self.rulesets.describe(
                variant,
                endpoint.url,
                prefix=prefix,
                labelled=self.rulesets.has_labels(operation_model),
                scope=scope,
                plain_host=plain_host or f"{prefix}{host_of(endpoint.url)}",
                only_served=only_served,
            )
            if found.fips_basis == "ruleset" and not self.rulesets.is_left_alone(
                variant, operation_model, call_args, context
            ):
                why = "a before-endpoint-resolution handler answers instead of the ruleset"
                return replace(found, fips_basis=None, no_basis=why)
            if presigned and not found.is_regional:
                # ``generate_presigned_url`` signs for the client's own region, and ignores that
                # of the ruleset: S3's global host is signed for Ireland by a client from there.
                own_region = self.rulesets.default_scope(variant)[1]
                return replace(found, signing_region=own_region)
            return found

        standard = resolve(Variant(regional=self.given.native.regional))
        asked = self._ask(operation_model.name, standard, presigned=presigned)
        if asked.demands.settings.account_id_hosts == "off":
            standard = resolve(standard.variant._replace(without_account_id=True))
        if self.given.is_kept:
            resolver = self.rulesets.resolver(Variant(), keep_url=True)
            kept = resolver.construct_endpoint(operation_model, call_args, context)
            return self._given_case(asked, kept.url, prefix), {Variant(): kept}
        # S3 presigns for the global host in any region.
        twin = self.rulesets.has_global_twin or bool(context.get("use_global_endpoint"))
        plain = self.rulesets.has_plain_twin(standard.host)
        found = [
            standard
            if variant == standard.variant
            else resolve(variant, standard.host, only_served)
            for variant, only_served in self._wanted(asked, twin=twin, plain=plain)
        ]
        return self._case(asked, found), endpoints

    def for_url(
        self, operation_model: Any, url: str, *, presigned: bool, nested: bool = False
    ) -> Case:
        """The case of a request whose host botocore or the application changed on its way.

        Endpoint discovery, a nested presign for another region, a host that the call itself names.

        :param nested: the presigned URL is part of another call, and AWS itself follows it.
        """
        origin, host = origin_of(url), host_of(url)
        name = operation_model.name if operation_model is not None else ""
        known = self.rulesets.identify(host, operation_model, fips_first=True)
        if known and known.origin.partition("://")[0] == origin.partition("://")[0]:
            is_whole = known.host == host  # no bucket in front, which a counterpart would lack
            known = replace(known, origin=origin, bare_origin=origin, host=host)
            asked = self._ask(name, known, presigned=presigned)
            if nested:
                return self._nested(operation_model, asked)
            found = [known]
            if is_whole and not presigned:
                found += self._counterparts(operation_model, asked)
            return self._case(asked, found)
        unknown = Resolved(
            Variant(),
            origin=origin,
            bare_origin=origin,
            host=host,
            probe_name=host,
            signing_name=self.rulesets.own_scope[0],
            signing_region=self.rulesets.own_scope[1],
            no_basis=f"botocore has no ruleset for {self.rulesets.service}",
        )
        asked = self._ask(name, unknown, presigned=presigned)
        custom = custom_for(self.router, self.rulesets.service, origin)
        if not custom and not self.rulesets.exist:
            return self._case(asked, [unknown])
        return replace(self._foreign(asked, unknown, custom), url_is_configured=False)

    def _counterparts(self, operation_model: Any, asked: _Asked) -> list[Resolved]:
        """DynamoDB's discovery names its plain host, whatever the policy would have chosen."""
        known = asked.standard
        found = [
            self.rulesets.counterpart(known, variant, operation_model, only_served=only_served)
            for variant, only_served in self._wanted(asked, twin=self.rulesets.has_global_twin)
            if variant != known.variant
        ]
        return [one for one in found if one is not None]

    def _nested(self, operation_model: Any, asked: _Asked) -> Case:
        """The case of a URL that a service of AWS follows: it reaches no VPC endpoint of ours."""
        known, demands = asked.standard, asked.demands
        found = [known]
        if demands.settings.fips == "prefer" and known.variant.fips:
            plain = known.variant._replace(fips=False)
            found += filter(None, [self.rulesets.counterpart(known, plain, operation_model)])
        public = replace(asked, demands=demands.with_settings(private="off"), presigned=True)
        return self._finish(public, from_rulesets(found, _NO_TABLE), found)

    def _wants_endpoints(self, demands: Demands) -> bool:
        return demands.settings.private != "off" or self.given.endpoint is not None

    def context_for(self, variant: Variant, context: dict[str, Any]) -> dict[str, Any]:
        """The request context with which *variant* is resolved.

        S3 presigns through the global endpoint by default, which under FIPS names another region's
        host (``s3-fips.us-east-1``) than the one that is signed for.
        """
        if (variant.fips or variant.regional) and context.get("use_global_endpoint"):
            return {**context, "use_global_endpoint": False}
        return context

    def _ask(self, operation: str, standard: Resolved, *, presigned: bool) -> _Asked:
        demands = self.router.demands(
            service=self.rulesets.service,
            operation=operation,
            region=standard.signing_region or self.rulesets.region,
            partition=self.rulesets.partition,
            presigned=presigned,
            application_fips=self.given.native.fips,
        )
        return _Asked(operation, standard, demands, presigned)

    def _wanted(
        self, asked: _Asked, *, twin: bool, plain: bool = False
    ) -> list[tuple[Variant, bool]]:
        has_endpoints = bool(self.router.table)
        native = self.given.native
        return wanted(asked.demands, native, has_endpoints=has_endpoints, twin=twin, plain=plain)

    def _given_case(self, asked: _Asked, url: str, prefix: str = "") -> Case:
        """The case of a call to a configured URL that stays in force."""
        inject = prefix if self.rulesets.config.inject_host_prefix else ""
        found = self.rulesets.describe(Variant(), url, prefix=inject, scope=self.rulesets.own_scope)
        # S3's multi-region access points and Outposts aliases ignore the URL.
        is_below_it = is_below(url, self.rulesets.given_url)
        case = self._foreign(asked, found, self.given.custom if is_below_it else None)
        if case.undeclared_url and is_below_it:
            whole = without_user(origin_of(self.rulesets.given_url))  # without a bucket's label
            return replace(case, undeclared_url=whole)
        return case

    def _foreign(self, asked: _Asked, found: Resolved, custom: CustomHost | None) -> Case:
        """The case of a host that no ruleset yields."""
        zone = self.router.zone.at_once()
        candidates, undeclared_url = foreign(
            found,
            custom,
            self.router.table,
            wants_endpoints=self._wants_endpoints(asked.demands),
            zone=zone,
        )
        case = self._finish(asked, candidates, [found], zone)
        if undeclared_url:
            return replace(case, undeclared_url=without_user(undeclared_url))
        return case

    def _case(self, asked: _Asked, found: list[Resolved]) -> Case:
        """The case of hosts that botocore knows."""
        table = self.router.table if self._wants_endpoints(asked.demands) else _NO_TABLE
        zone = self.router.zone.at_once()
        candidates = from_rulesets(found, table, self.given.endpoint, zone=zone)
        return self._finish(asked, candidates, found, zone)

    def _finish(
        self,
        asked: _Asked,
        candidates: list[Candidate],
        found: list[Resolved],
        zone: Zone = UNKNOWN,
    ) -> Case:
        rulesets, presigned = self.rulesets, asked.presigned
        case = Case(
            service=rulesets.service,
            operation=asked.operation,
            region=asked.standard.signing_region or rulesets.region,
            partition=rulesets.partition,
            demands=asked.demands,
            candidates=ordered(candidates, asked.demands, zone),
            zone=zone,
            trusted=self.router.trusted,
            resolved=tuple(found),
            presigned=presigned,
            regionless=rulesets.regionless,
            unknown_region=rulesets.unknown_region,
            can_pin=presigned or self.can_pin,
            # s3transfer serializes with such a client, and connects by itself to the URL.
            sent_elsewhere=rulesets.service == "s3"
            and rulesets.config.signature_version is UNSIGNED
            and not presigned,
            verify=presigned or seams.verifies(self._http_session()),
            chosen_endpoint=self.given.endpoint is not None,
            wants_dual_stack=self.given.native.dual_stack,
        )
        # Whoever uses a presigned URL has a network of their own.
        return case if presigned else with_proxies(case, self.proxies)
