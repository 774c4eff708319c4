"""From one client and one call to a :class:`~endpoint_router.routing.case.Case`.

Asks botocore's rulesets for the variants that the policy may want, and joins them with what the
policy declares. Decides nothing and waits for nothing.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore import UNSIGNED
from botocore.exceptions import BotoCoreError

from ..policy.rules import Demands
from ..router import Router
from ..routing.candidates import (
    Candidate,
    Resolved,
    Variant,
    foreign,
    from_rulesets,
    ordered,
)
from ..routing.case import Case
from ..routing.host_table import HostTable
from ..routing.hosts import (
    CustomHost,
    canonical,
    host_of,
    is_below,
    origin_of,
    without_user,
)
from . import seams
from .proxies import Proxies, with_proxies
from .rulesets import Rulesets, is_bare_url

#: Endpoints as botocore resolved them, for the caller who needs one of them again.
Endpoints = dict[Variant, Any]

#: No opinion about private endpoints.
_NO_TABLE = HostTable()

_CHOICES = {"require": (True,), "prefer": (True, False)}


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
        self.native = rulesets.native
        router.zone.start()
        #: What a configured endpoint URL turned out to be.
        self.given_custom: CustomHost | None = None
        self.given_endpoint: int | None = None
        self.given_other = ""
        if rulesets.given_url:
            self._judge_given(rulesets.given_url)

    def _judge_given(self, url: str) -> None:
        """AWS's own hosts count as not given; of the rest, each call finds out who declares it."""
        origin, host = origin_of(url), host_of(url)
        self.given_custom = self._custom(origin)
        if self.given_custom:
            return
        self.given_endpoint = self.router.table.index_of(host) if is_bare_url(url) else None
        if self.given_endpoint is not None:
            return
        known = self.rulesets.identify(host, fips_first=False) if is_bare_url(url) else None
        if known and canonical(url).partition("://")[2] == known.host:
            # Naming AWS's FIPS, dual-stack or regional host is asking for that variant.
            pairs = zip(self.native, known.variant, strict=True)
            self.native = Variant(*(ours or theirs for ours, theirs in pairs))
        else:
            self.given_other = origin

    def _custom(self, origin: str) -> CustomHost | None:
        service = self.rulesets.service
        return next((one for one in self.router.customs if one.matches(service, origin)), None)

    def session_facts(self) -> tuple[object, ...]:
        """What a case takes from the HTTP session."""
        verifies = seams.verifies(self._http_session())
        return (self.proxies.fingerprint(), verifies, self.rulesets.given_url)

    @property
    def keeps_url(self) -> bool:
        """Does the configured URL stay in force while botocore resolves?"""
        return bool(self.given_custom or self.given_other)

    def for_creation(self) -> Case | None:
        """The case of a call of which nothing is known yet; ``None`` if botocore has no host."""
        standard = self._silent(Variant(regional=self.native.regional))
        if standard is None:
            return None
        demands = self._demands("", standard, presigned=False)
        if self.keeps_url:
            return self._given_case("", standard, demands, self.rulesets.given_url, False)
        found = [
            one
            for variant, only_served in self._wanted(demands, self.rulesets.has_global_twin)
            if (one := self._silent(variant, standard.host, only_served))
        ]
        return self._case("", standard, demands, found, presigned=False)

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

        name = operation_model.name
        standard = resolve(Variant(regional=self.native.regional))
        demands = self._demands(name, standard, presigned=presigned)
        if demands.account_id_hosts == "off":
            standard = resolve(standard.variant._replace(without_account_id=True))
        if self.keeps_url:
            given = self._resolver_of_given().construct_endpoint(
                operation_model, call_args, context
            )
            endpoints = {Variant(): given}
            return self._given_case(
                name, standard, demands, given.url, presigned, prefix
            ), endpoints
        # S3 presigns for the global host in any region.
        has_twin = self.rulesets.has_global_twin or bool(context.get("use_global_endpoint"))
        found = [
            standard
            if variant == standard.variant
            else resolve(variant, standard.host, only_served)
            for variant, only_served in self._wanted(demands, has_twin, standard.host)
        ]
        return self._case(name, standard, demands, found, presigned=presigned), endpoints

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
            demands = self._demands(name, known, presigned=presigned)
            if nested:
                return self._nested(operation_model, name, known, demands)
            found = [known]
            if is_whole and not presigned:
                found += self._counterparts(operation_model, known, demands)
            return self._case(name, known, demands, found, presigned=presigned)
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
        demands = self._demands(name, unknown, presigned=presigned)
        custom = self._custom(origin)
        if not custom and not self.rulesets.exist:
            return self._case(name, unknown, demands, [unknown], presigned=presigned)
        candidates, undeclared_url = self._foreign(unknown, custom, demands)
        case = self._finish(
            name, unknown, demands, candidates, [unknown], presigned, undeclared_url
        )
        return replace(case, url_is_configured=False)

    def _counterparts(
        self, operation_model: Any, known: Resolved, demands: Demands
    ) -> list[Resolved]:
        """DynamoDB's discovery names its plain host, whatever the policy would have chosen."""
        wanted = self._wanted(demands, self.rulesets.has_global_twin)
        found = [
            self.rulesets.counterpart(known, variant, operation_model, only_served=only_served)
            for variant, only_served in wanted
            if variant != known.variant
        ]
        return [one for one in found if one is not None]

    def _nested(self, operation_model: Any, name: str, known: Resolved, demands: Demands) -> Case:
        """The case of a URL that a service of AWS follows: it reaches no VPC endpoint of ours."""
        found = [known]
        if demands.fips == "prefer" and known.variant.fips:
            plain = known.variant._replace(fips=False)
            found += filter(None, [self.rulesets.counterpart(known, plain, operation_model)])
        public = replace(demands, private="off")
        candidates = from_rulesets(found, _NO_TABLE)
        return self._finish(name, known, public, candidates, found, True, "")

    def _foreign(
        self, found: Resolved, custom: CustomHost | None, demands: Demands
    ) -> tuple[list[Candidate], str]:
        wants = self._wants_endpoints(demands)
        table, zone = self.router.table, self.router.zone.at_once()
        return foreign(found, custom, table, wants_endpoints=wants, zone=zone)

    def _wants_endpoints(self, demands: Demands) -> bool:
        return demands.private != "off" or self.given_endpoint is not None

    def context_for(self, variant: Variant, context: dict[str, Any]) -> dict[str, Any]:
        """The request context with which *variant* is resolved.

        S3 presigns through the global endpoint by default, which under FIPS names another region's
        host (``s3-fips.us-east-1``) than the one that is signed for.
        """
        if (variant.fips or variant.regional) and context.get("use_global_endpoint"):
            return {**context, "use_global_endpoint": False}
        return context

    def _resolver_of_given(self) -> Any:
        return self.rulesets.resolver(Variant(), keep_url=True)

    def _demands(self, operation: str, standard: Resolved, *, presigned: bool) -> Demands:
        return self.router.demands(
            service=self.rulesets.service,
            operation=operation,
            region=standard.signing_region or self.rulesets.region,
            partition=self.rulesets.partition,
            presigned=presigned,
            application_fips=self.native.fips,
        )

    def _wanted(
        self, demands: Demands, has_global_twin: bool, host: str = ""
    ) -> list[tuple[Variant, bool]]:
        """Variants that the policy may choose, and whether each is only there to be served.

        :param host: the standard one, of a call.
        """
        fips = _CHOICES.get(demands.fips, (self.native.fips,))
        dual_stack = _CHOICES.get(demands.dual_stack, (self.native.dual_stack,))
        regional = [(self.native.regional or demands.regional == "require", False)]
        account = [(demands.account_id_hosts == "off", False)]
        # A twin of botocore's own choice is there for endpoints that serve it; and where nothing
        # but private will do, also for private DNS, which often covers the twin only.
        only_served = demands.private != "require"
        if has_global_twin and not regional[0][0] and (self.router.table or not only_served):
            regional.append((True, only_served))
        if demands.private != "off" and self.rulesets.has_plain_twin(host):
            account.append((True, only_served))
        return [
            (Variant(one_fips, one_dual, one_regional, without), only_twin or only_plain)
            for without, only_plain in account
            for one_fips in fips
            for one_dual in dual_stack
            for one_regional, only_twin in regional
        ]

    def _given_case(
        self,
        operation: str,
        standard: Resolved,
        demands: Demands,
        url: str,
        presigned: bool,
        prefix: str = "",
    ) -> Case:
        variant = Variant()
        inject = prefix if self.rulesets.config.inject_host_prefix else ""
        given = self.rulesets.describe(
            variant,
            url,
            prefix=inject,
            scope=self.rulesets.own_scope,
        )
        custom = self.given_custom
        if custom and not is_below(url, self.rulesets.given_url):
            custom = None  # S3's multi-region access points and Outposts aliases ignore the URL
        candidates, undeclared_url = self._foreign(given, custom, demands)
        if undeclared_url and is_below(url, self.rulesets.given_url):
            undeclared_url = origin_of(self.rulesets.given_url)  # without a bucket's label
        return self._finish(
            operation, standard, demands, candidates, [given], presigned, undeclared_url
        )

    def _case(
        self,
        operation: str,
        standard: Resolved,
        demands: Demands,
        found: list[Resolved],
        *,
        presigned: bool,
    ) -> Case:
        table = self.router.table if self._wants_endpoints(demands) else _NO_TABLE
        zone = self.router.zone.at_once()
        candidates = from_rulesets(found, table, self.given_endpoint, zone=zone)
        return self._finish(operation, standard, demands, candidates, found, presigned, "")

    def _finish(
        self,
        operation: str,
        standard: Resolved,
        demands: Demands,
        candidates: list[Candidate],
        found: list[Resolved],
        presigned: bool,
        undeclared_url: str,
    ) -> Case:
        rulesets, zone = self.rulesets, self.router.zone.at_once()
        region = standard.signing_region or rulesets.region
        case = Case(
            service=rulesets.service,
            operation=operation,
            region=region,
            partition=rulesets.partition,
            demands=demands,
            candidates=ordered(candidates, demands, zone),
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
            undeclared_url=without_user(undeclared_url) if undeclared_url else "",
            chosen_endpoint=self.given_endpoint is not None,
            wants_dual_stack=self.native.dual_stack,
        )
        # Whoever uses a presigned URL has a network of their own.
        return case if presigned else with_proxies(case, self.proxies)
