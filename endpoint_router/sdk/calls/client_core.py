"""What a routed client does when a call's endpoint is resolved: which route, and is it fresh?

The core never waits, connects or blocks. What is at hand it takes (:meth:`~ClientCore.routes`,
:meth:`~ClientCore.takes`: the way of every call but the first); all else are steps, for which who
stands in for botocore's methods (:mod:`.client`) has a driver. What becomes of the request when it
is signed is :mod:`.signing_core`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import UNSIGNED

from ...aws.hosts import origin_of, with_prefix
from ...router import Router, Settled
from ...routing.case import Case, Decision
from ...routing.variants import Variant
from ...steps import FindZone, Invoke, Steps
from ..connections.lanes import Lanes
from ..connections.proxies import NOTICED_AFTER
from .case_of_call import case_of_call
from .cases import Cases
from .route import ROUTE, AsResolved, Route, Routes

#: Key of ours in botocore's request context.
_DEADLINE = "endpoint_router.deadline"


class ClientCore:
    """The routes of one client."""

    def __init__(self, router: Router, cases: Cases, lanes: Lanes) -> None:
        self.router, self.cases, self.rulesets = router, cases, cases.rulesets
        self._lanes = lanes
        config = self.rulesets.config
        #: Does s3transfer serialize with such clients, for its CRT client to connect to the URL?
        self.may_be_taken = self.rulesets.service == "s3" and config.signature_version is UNSIGNED
        watch = cases.proxies.watch
        #: Of the proxies that everything here was decided by.
        self.epoch = watch.epoch
        #: When to look for others, in seconds of the clock.
        self.look_at = watch.look_at
        #: By operation: calls and presigned URLs.
        self.calls: dict[str, Routes] = {}
        self._presigns: dict[str, Routes] = {}

    def routes(self, operation: str, context: Mapping[str, Any], now: float) -> Routes | None:
        """The routes of *operation*, if it has any yet; *now* in seconds of the clock."""
        if now >= self.look_at:
            self.look(now)
        if "is_presign_request" not in context:
            return self.calls.get(operation)
        return None if context.get("use_global_endpoint") else self._presigns.get(operation)

    def takes(
        self,
        routes: Routes,
        endpoint: Any,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        context: dict[str, Any],
        now: float,
    ) -> bool:
        """Is there a route for *endpoint*, and still fresh? Then the call is on it."""
        key = endpoint.url
        if routes.prefix is None:
            key = (key, self.rulesets.prefix(operation_model, call_args or {}))
        route = routes.by_url.get(key) or routes.by_url.recall(key)
        if route is None or now >= route.refresh_at:
            return False
        known = route.properties
        if endpoint.properties is not known and endpoint.properties != known:
            return False  # a handler has it signed for another region
        if routes.prefix is not None and not route.signing:
            # The ruleset's results are cached: as a rule the next call is given the same objects.
            route.url, route.properties, routes.latest = key, endpoint.properties, route
        context[ROUTE] = route
        if route.signing:
            lay_under(route.signing, context)
        return True

    def resolving(
        self, operation_model: Any, call_args: Mapping[str, Any], context: dict[str, Any]
    ) -> Steps[Any]:
        """Decide on a call and put it on its route; the endpoint for botocore."""
        presigned = "is_presign_request" in context
        # Taken before: what is decided by proxies that have changed meanwhile is not to be kept.
        known = self._presigns if presigned else self.calls
        case, endpoints, decided = yield from self._decide(
            operation_model, call_args, context, presigned=presigned
        )
        about = decided.decision.about
        if about is None and case.candidates:  # refused, whatever it is: perhaps not for long
            about = case.candidates[0]
        variant = about.resolved.variant if about else self.rulesets.native
        keep = case.given.url_is_kept
        resolver = self.rulesets.resolver(variant, keep_url=keep)
        endpoint = endpoints.get(variant)
        if endpoint is None:  # nothing was resolved: botocore's own answer, or its error
            arguments = (operation_model, call_args, context)
            endpoint = yield Invoke(resolver.construct_endpoint, arguments)
        bare = origin_of(endpoint.url)
        prefix = self.rulesets.prefix(operation_model, call_args)
        signing = None if keep else self.signing_context(variant)
        origin = about.resolved.origin if about else with_prefix(bare, prefix)
        plain = endpoints.get(Variant(regional=self.cases.configured.native.regional), endpoint)
        standard = with_prefix(origin_of(plain.url), prefix)
        as_resolved = AsResolved(origin, bare, signing, endpoint.properties, standard=standard)
        route = self.new_route(case, decided, as_resolved)
        if not case.given.url_is_passed_over:
            labelled = self.rulesets.has_labels(operation_model)
            routes = known.get(operation_model.name)
            if routes is None or routes.resolver is not resolver:
                labels = None if labelled else prefix
                routes = known[operation_model.name] = Routes(resolver, labels)
            routes.by_url.keep((endpoint.url, prefix) if labelled else endpoint.url, route)
            routes.latest = None
        context[ROUTE] = route
        if route.signing:
            lay_under(route.signing, context)
        return endpoint

    def explaining(
        self, operation_model: Any, call_args: Mapping[str, Any], *, presigned: bool = False
    ) -> Steps[Decision]:
        """The decision about a call that is not made. Asks DNS, sends nothing else."""
        context: dict[str, Any] = {"client_config": self.rulesets.config}
        *_, decided = yield from self._decide(
            operation_model, call_args, context, presigned=presigned
        )
        return decided.decision

    def _decide(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        *,
        presigned: bool,
    ) -> Steps[tuple[Case, Mapping[Variant, Any], Settled]]:
        deadline = self.deadline(context)
        yield FindZone(deadline)
        case, endpoints = yield from case_of_call(
            self.cases, operation_model, call_args, context, presigned=presigned
        )
        decided = yield from self.router.settling(case, deadline=deadline)
        return case, endpoints, decided

    def considering(self, operation_model: Any, call_args: Mapping[str, Any]) -> Steps[Case]:
        """The case of a call that is not made, for who decides it beside others."""
        context: dict[str, Any] = {"client_config": self.rulesets.config}
        yield FindZone(self.deadline(context))
        case, _ = yield from case_of_call(
            self.cases, operation_model, call_args, context, presigned=False
        )
        return case

    def new_route(self, case: Case, decided: Settled, as_resolved: AsResolved) -> Route:
        decision = decided.decision
        lane, count = self._lanes.follow(decision), self.router.count_of(decision)
        return Route(case, decided, as_resolved, lane, count)

    def look(self, now: float) -> None:
        """Notice other proxies in the environment: whatever was decided is then decided anew."""
        self.look_at = now + NOTICED_AFTER
        epoch = self.cases.proxies.watch.look_if_due(now)
        if epoch is not self.epoch:
            self.calls, self._presigns, self.epoch = {}, {}, epoch

    def signing_context(self, variant: Variant) -> dict[str, str] | None:
        """What the signing context must say because the signer's own defaults are another's."""
        scope = self.rulesets.default_scope(variant)
        if scope == self.rulesets.own_scope:
            return None
        return {"region": scope.region, "signing_name": scope.name}

    def deadline(self, context: dict[str, Any]) -> float:
        """An attempt waits for DNS under one deadline; a retry has one of its own."""
        attempt: int = context.get("retries", {}).get("attempt", 1)
        of_attempt, deadline = context.get(_DEADLINE, (0, 0.0))
        if of_attempt != attempt:
            deadline = self.router.deadline(attempt)
            context[_DEADLINE] = attempt, deadline
        return float(deadline)


def lay_under(signing: dict[str, str], context: dict[str, Any]) -> None:
    """The ruleset's own scheme, where it has one, is laid over this by botocore."""
    context.setdefault("signing", {}).update(signing)
