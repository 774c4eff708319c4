"""What a routed client does with each call: which route, has it run out, decide again, presign.

The core never waits, connects or blocks. What is at hand it takes (:meth:`~ClientCore.routes`,
:meth:`~ClientCore.takes`, :meth:`~ClientCore.places`: the way of every call but the first); all
else are steps, for which who stands in for botocore's methods (:mod:`.client`) has a driver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore import UNSIGNED
from msgspec.structs import replace

from ... import codes
from ...aws.hosts import origin_of, with_prefix
from ...process import importing
from ...recent import Recent
from ...router import Router, Settled
from ...routing.case import Case, Decision
from ...routing.remedies import remedy
from ...routing.variants import Variant
from ...steps import FindZone, Invoke, Steps
from .. import seams_sending
from ..connections.lanes import Lanes
from ..connections.own_session import OwnSession
from ..connections.proxies import NOTICED_AFTER
from .cases import Cases
from .guard import Guard
from .route import ROUTE, AsResolved, Route, Routes
from .signed_alone import Manner, case_of_alone, is_left_alone

#: Keys of ours in botocore's request context.
_DEADLINE = "endpoint_router.deadline"
_UNPREPARED = "endpoint_router.unprepared"

#: Origins of one client that changed on their way.
_CAPACITY = 4096
#: RFC 2606: no such host will ever be.
_NOWHERE = "https://unverified.invalid"


class Memory:
    """What clients of one kind have in common: where a call without particulars would go."""

    __slots__ = ("case", "origin", "until")

    def __init__(self, case: Case | None) -> None:
        self.case = case
        self.origin = ""
        #: ``World.clock`` seconds until which ``origin`` need not be asked for again.
        self.until = float("-inf")


class ClientCore:
    """The routes of one client."""

    def __init__(
        self,
        router: Router,
        cases: Cases,
        own_session: OwnSession,
        lanes: Lanes,
        guard: Guard,
        memory: Recent[object, Memory],
    ) -> None:
        """*memory* is shared by all clients of *router*: what they have in common."""
        self._router, self._cases, self._lanes, self._guard = router, cases, lanes, guard
        self._rulesets, self._proxies, self._memory = cases.rulesets, cases.proxies, memory
        self._own_session = own_session
        config = self._rulesets.config
        #: Does s3transfer serialize with such clients, for its CRT client to connect to the URL?
        self.may_be_taken = self._rulesets.service == "s3" and config.signature_version is UNSIGNED
        self._clock = router.world.clock
        self._proxy_epoch = self._proxies.watch.epoch
        #: When to look for other proxies, in seconds of the clock.
        self.look_at = self._proxies.watch.look_at
        #: By operation: calls and presigned URLs.
        self.calls: dict[str, Routes] = {}
        self._presigns: dict[str, Routes] = {}
        #: Routes of hosts that changed on their way.
        self._changed: Recent[tuple[object, ...], Route] = Recent(_CAPACITY)

    def foreseen(self) -> str:
        """The origin that a call without particulars would go to; empty if refused or unknown."""
        # A case depends on the policy, the date and the client's settings, never on DNS.
        key = (
            self._router.world.today(),
            self._rulesets.fingerprint(),
            self._cases.session_facts(),
            self._router.zone.at_once(),
        )
        memory = self._memory.recall(key)
        if memory is None:
            memory = Memory(self._cases.for_creation())
            self._memory.keep(key, memory)
        if self._clock() >= memory.until and memory.case:
            memory.origin, memory.until = self._router.foresee(memory.case)
        return memory.origin

    # --- an endpoint is resolved

    def routes(self, operation: str, context: Mapping[str, Any], now: float) -> Routes | None:
        """The routes of *operation*, if it has any yet; *now* in seconds of the clock."""
        if now >= self.look_at:
            self._look(now)
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
            key = (key, self._rulesets.prefix(operation_model, call_args or {}))
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
            _lay_under(route.signing, context)
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
        variant = about.resolved.variant if about else self._rulesets.native
        keep = case.given.url_is_kept
        resolver = self._rulesets.resolver(variant, keep_url=keep)
        endpoint = endpoints.get(variant)
        if endpoint is None:  # nothing was resolved: botocore's own answer, or its error
            arguments = (operation_model, call_args, context)
            endpoint = yield Invoke(resolver.construct_endpoint, arguments)
        bare = origin_of(endpoint.url)
        prefix = self._rulesets.prefix(operation_model, call_args)
        signing = None if keep else self._signing(variant)
        origin = about.resolved.origin if about else with_prefix(bare, prefix)
        plain = endpoints.get(Variant(regional=self._cases.configured.native.regional), endpoint)
        standard = with_prefix(origin_of(plain.url), prefix)
        as_resolved = AsResolved(origin, bare, signing, endpoint.properties, standard=standard)
        route = self._new_route(case, decided, as_resolved)
        if not case.given.url_is_passed_over:
            labelled = self._rulesets.has_labels(operation_model)
            routes = known.get(operation_model.name)
            if routes is None or routes.resolver is not resolver:
                labels = None if labelled else prefix
                routes = known[operation_model.name] = Routes(resolver, labels)
            routes.by_url.keep((endpoint.url, prefix) if labelled else endpoint.url, route)
            routes.latest = None
        context[ROUTE] = route
        if route.signing:
            _lay_under(route.signing, context)
        return endpoint

    def explaining(
        self, operation_model: Any, call_args: Mapping[str, Any], *, presigned: bool = False
    ) -> Steps[Decision]:
        """The decision about a call that is not made. Asks DNS, sends nothing else."""
        context: dict[str, Any] = {"client_config": self._rulesets.config}
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
        deadline = self._deadline(context)
        yield FindZone(deadline)
        case, endpoints = yield from self._cases.for_call(
            operation_model, call_args, context, presigned=presigned
        )
        decided = yield from self._router.settling(case, deadline=deadline)
        return case, endpoints, decided

    def considering(self, operation_model: Any, call_args: Mapping[str, Any]) -> Steps[Case]:
        """The case of a call that is not made, for who decides it beside others."""
        context: dict[str, Any] = {"client_config": self._rulesets.config}
        yield FindZone(self._deadline(context))
        case, _ = yield from self._cases.for_call(
            operation_model, call_args, context, presigned=False
        )
        return case

    def _new_route(self, case: Case, decided: Settled, as_resolved: AsResolved) -> Route:
        decision = decided.decision
        lane, count = self._lanes.follow(decision), self._router.count_of(decision)
        return Route(case, decided, as_resolved, lane, count)

    def _look(self, now: float) -> None:
        """Notice other proxies in the environment: whatever was decided is then decided anew."""
        self.look_at = now + NOTICED_AFTER
        epoch = self._proxies.watch.look_if_due(now)
        if epoch is not self._proxy_epoch:
            self._proxy_epoch = epoch
            self.calls, self._presigns, self._changed = {}, {}, Recent(_CAPACITY)

    def _signing(self, variant: Variant) -> dict[str, str] | None:
        """What the signing context must say because the signer's own defaults are another's."""
        scope = self._rulesets.default_scope(variant)
        if scope == self._rulesets.own_scope:
            return None
        return {"region": scope.region, "signing_name": scope.name}

    def _deadline(self, context: dict[str, Any]) -> float:
        """An attempt waits for DNS under one deadline; a retry has one of its own."""
        attempt: int = context.get("retries", {}).get("attempt", 1)
        of_attempt, deadline = context.get(_DEADLINE, (0, 0.0))
        if of_attempt != attempt:
            deadline = self._router.deadline(attempt)
            context[_DEADLINE] = attempt, deadline
        return float(deadline)

    # --- a request is signed

    def signing(
        self,
        request: Any,
        operation: str,
        sign: Callable[[], Any],
        how: Manner,
        *,
        astray: bool = False,
    ) -> Steps[Any]:
        """Give *request* the host that was decided on, and *sign* it.

        :param astray: it will not come to the guard, since the client has another endpoint by now.
        :raises EndpointDenied: when the policy forbids it.
        :raises EndpointUnverified: for what no retry of botocore's will follow.
        """
        alone, presigned = not request.context, how.presigned
        if alone:
            if is_left_alone(self._cases, operation, request.url, how):
                return (yield Invoke(sign, ()))
            # Who names no time to live sends it himself, at once.
            presigned = presigned and how.expires
        elsewhere = not presigned and (alone or astray or seams_sending.is_taken(request))
        if alone and not presigned:
            route = yield from self._route_of_alone(request, operation)
        else:
            route = yield from self._route(request, operation, presigned, elsewhere)
        self._place(request, route, at_once=presigned or elsewhere)
        result = yield Invoke(sign, ())
        if presigned or elsewhere:  # nothing comes after this: no guard will see it
            self._guard.inspect(request, request.context.get(ROUTE))
            route.count.calls += 1
        return result

    def _place(self, request: Any, route: Route, *, at_once: bool) -> None:
        """Give *request* the host of *route*.

        :param at_once: nobody comes after who could ask again, or hold it back.
        """
        if route.decision.outcome == "denied" or (at_once and not route.allowed):
            raise self._guard.refusal(route.decision)
        context = request.context
        context[ROUTE] = route
        if at_once and route.unrecorded:
            self._guard.record(route)  # somebody else sends it
        elif at_once:
            route.tally.calls += 1
        # Without proof there is no host: the guard holds the request back, and whoever takes it
        # from here without passing the guard (s3transfer's CRT client) gets nowhere.
        target = route.target if route.allowed else _NOWHERE
        request.url = target + request.url[len(origin_of(request.url)) :]
        if self.may_be_taken and route.lane is not None:
            context[_UNPREPARED] = request

    def withhold(self, context: dict[str, Any]) -> None:
        """A request that relies on a pinned connection was prepared: nobody is to take the other.

        s3transfer's CRT client does, and is refused where it is recognised.
        """
        request = context.pop(_UNPREPARED, None)
        if request is not None:
            request.url = _NOWHERE + request.url[len(origin_of(request.url)) :]

    def _route(
        self, request: Any, operation: str, presigned: bool, elsewhere: bool
    ) -> Steps[Route]:
        """The route of a request that belongs to a call."""
        context = request.context
        route: Route | None = context.get(ROUTE)
        if route is None or route.presigned != presigned or not route.fits(request.url):
            return (yield from self._route_of_url(request, operation, presigned, elsewhere))
        case = self._cases.current(route.case, sent_elsewhere=elsewhere)
        if case is route.case and route.allowed and self._clock() < route.expires_at:
            return route
        if case is not route.case and not elsewhere:
            route.expire()  # parts of the client were replaced: the next call decides by that
        return (yield from self._again(route, case, context))

    def _route_of_url(
        self, request: Any, operation: str, presigned: bool, elsewhere: bool
    ) -> Steps[Route]:
        """Decide on a host that changed on the way (:mod:`.changed_hosts`)."""
        context = request.context
        # ``client.generate_presigned_url`` marks its context; a presign inside a call does not.
        nested = presigned and bool(context) and "is_presign_request" not in context
        known = self._rulesets.model
        # ``None``: a name of somebody's own.
        model = known.operation_model(operation) if operation in known.operation_names else None

        def case() -> Case:
            with importing:  # few calls need it
                from .changed_hosts import case_of_url

            found = case_of_url(self._cases, model, request.url, presigned=presigned, nested=nested)
            return self._cases.current(found, sent_elsewhere=elsewhere)

        return (yield from self._by_url(request, case, operation, presigned, nested, elsewhere))

    def _route_of_alone(self, request: Any, operation: str) -> Steps[Route]:
        """Decide on a request that is no call of botocore's (:mod:`.signed_alone`)."""

        def case() -> Case:
            return case_of_alone(self._cases, operation, request.url)

        route = yield from self._by_url(request, case, operation, "alone")
        if route.decision.chosen and not self._cases.configured.is_kept:
            signing = self._signing(route.decision.variant)
            if signing:
                _lay_under(signing, request.context)
        return route

    def _by_url(self, request: Any, make: Callable[[], Case], *kind: object) -> Steps[Route]:
        """The route of requests of this *kind* to the origin of *request*, decided by its URL."""
        origin = origin_of(request.url)
        key = (*kind, origin)
        now = self._clock()
        if now >= self.look_at:  # a client without a ruleset comes here with each call
            self._look(now)
        # Taken once: what was decided for other proxies is not to be kept among what comes after.
        known = self._changed
        route = known.recall(key)
        if route is not None and now < route.expires_at:
            elsewhere = route.case.session.sent_elsewhere
            if self._cases.current(route.case, sent_elsewhere=elsewhere) is route.case:
                return route
        deadline = self._deadline(request.context)
        yield FindZone(deadline)
        case = make()
        decided = yield from self._router.settling(case, deadline=deadline)
        route = self._new_route(case, decided, AsResolved(origin, origin, by_url=True))
        known.keep(key, route)
        return route

    def _again(self, route: Route, case: Case, context: dict[str, Any]) -> Steps[Route]:
        """Decide once more: evidence has run out, or a retry asks again what failed before.

        :param case: of *route*, as it stands by now.
        """
        retry = context.get("retries", {}).get("attempt", 1) > 1
        is_same = case is route.case
        if is_same and route.decision.outcome == "denied" and self._clock() < route.expires_at:
            return route
        deadline = self._deadline(context)
        decided = yield from self._router.settling(case, deadline=deadline, retry=retry)
        chosen, as_resolved = decided.decision.chosen, route.as_resolved
        origins = (as_resolved.origin, as_resolved.bare_origin)
        if chosen and not as_resolved.by_url and chosen.resolved.origin not in origins:
            # The request was made for another variant; the next call will be made for this one.
            changed = decided.decision.overruled(
                codes.ROUTE_CHANGED,
                f"{chosen.host} became the endpoint of choice while the call was under way.",
                remedy(case, codes.ROUTE_CHANGED),
            )
            decided = replace(decided, decision=changed)
        return self._new_route(case, decided, as_resolved)


def _lay_under(signing: dict[str, str], context: dict[str, Any]) -> None:
    """The ruleset's own scheme, where it has one, is laid over this by botocore."""
    context.setdefault("signing", {}).update(signing)
