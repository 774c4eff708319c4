"""One routed client: stands where botocore asks for an endpoint, signs, and sends.

Four methods of botocore's objects are replaced, on this client's instances only:

* ``EndpointRulesetResolver.construct_endpoint``: the variant (calls, presigns, S3 redirects);
* ``RequestSigner.sign``: the host becomes the VPC endpoint's; definite refusals are raised;
* ``Endpoint.create_request``: the finished request is tied to its route;
* ``URLLib3Session.send``: the guard, the last step before the wire (:mod:`.guard`).

Handlers of ``before-endpoint-resolution`` and ``before-sign`` would do for the first two, but cost
more than 1% of a call, and an application's more specific handlers would run before them.

Refusals come when the request is signed: never retried, and after ``before-call``, so ``Stubber``
keeps working. What a retry may cure comes at ``send``, where botocore tries again.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...aws.hosts import origin_of, with_prefix
from ...router import Router
from ...routing.candidates import Variant
from ...routing.case import Case, Decision
from ...routing.remedies import remedy
from .. import seams
from ..connections.opening import Connections
from ..connections.pinning import Lanes
from ..connections.proxies import NOTICED_AFTER
from ..endpoints.rulesets import Rulesets
from ..stand_in import StandIn
from .cases import Cases
from .guard import Guard
from .route import Route, Routes

#: Keys of ours in botocore's request context.
_ROUTE = "endpoint_router"
_DEADLINE = "endpoint_router.deadline"

#: A client's routes are few, but an S3 client may touch any number of buckets.
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


class RoutedClient:
    """A client whose calls go where the policy says."""

    #: See :func:`.stand_in.is_ours`.
    stands_in = True

    def __init__(
        self,
        router: Router,
        connections: Connections,
        remembered: dict[object, Memory],
        parts: Mapping[str, Any],
    ) -> None:
        """*remembered* is shared by all clients of *router*: what they have in common."""
        self.router = router
        self._remembered = remembered
        self.rulesets = Rulesets(parts)
        endpoint, resolver = parts["endpoint"], parts["endpoint_ruleset_resolver"]
        self._endpoint = weakref.ref(endpoint)
        self._http_session = weakref.ref(endpoint.http_session)
        self._connections = connections
        self._clock = router.world.clock
        #: What the client would show and, without a ruleset, use.
        self._original_host: str = endpoint.host
        self.shown_host: str = endpoint.host
        self._proxies = connections.proxies_of(parts)
        self._proxy_epoch = self._proxies.epoch
        #: When to look for other proxies, in seconds of the clock.
        self._look_at = self._proxies.look_at
        self._native_proxies = seams.proxy_configuration(endpoint.http_session)
        self.cases = Cases(router, self.rulesets, endpoint.http_session, self._proxies)
        self._lanes = Lanes(connections, endpoint.http_session)
        self._guard = Guard(router, connections, self.rulesets, endpoint.http_session)
        self._sign = StandIn(parts["request_signer"], "sign")
        self._create_request = StandIn(endpoint, "create_request")
        self._construct = StandIn(resolver, "construct_endpoint") if self.rulesets.exist else None
        #: By operation: calls and presigned URLs.
        self._calls: dict[str, Routes] = {}
        self._presigns: dict[str, Routes] = {}
        #: Routes of hosts that changed on their way.
        self._changed: dict[tuple[str, bool, bool, str], Route] = {}

    # --- putting it in place

    def wrap(self) -> None:
        """Replace the methods on this client's objects, and begin the look-ups of its hosts."""
        self._sign.put(self.sign)
        self._create_request.put(self.create_request)
        self._guard.put()
        http_session = self._http_session()
        self._connections.apply(http_session)
        if self._native_proxies is not None:
            seams.set_proxy_configuration(http_session, self._proxies)
        if self._construct is not None:
            self._construct.put(self.construct_endpoint)
            # Becomes ``client.meta.endpoint_url`` when the base initialiser runs.
            self.shown_host = self.foreseen() or self._original_host
            endpoint = self._endpoint()
            assert endpoint is not None  # its client is being made
            endpoint.host = self.shown_host

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        for stand_in in (self._sign, self._create_request, self._guard, self._construct):
            if stand_in is not None:
                stand_in.undo()
        endpoint, http_session = self._endpoint(), self._http_session()
        self._lanes.undo()
        if endpoint is not None and http_session is not None:
            self._connections.unapply(http_session)
            if self._native_proxies is not None:
                seams.set_proxy_configuration(http_session, self._native_proxies)
            endpoint.host = self._original_host
        if client is not None:
            seams.set_endpoint_url(client, self._original_host)

    def foreseen(self) -> str:
        """The origin that a call without particulars would go to; empty if refused or unknown."""
        # A case depends on the policy, the date and the client's settings, never on DNS.
        key = (
            self.router.world.today(),
            self.rulesets.fingerprint(),
            self.cases.session_facts(),
            self.router.zone.at_once(),
        )
        memory = self._remembered.get(key)
        if memory is None:
            if len(self._remembered) >= _CAPACITY:
                self._remembered.clear()
            memory = self._remembered[key] = Memory(self.cases.for_creation())
        if self._clock() >= memory.until and memory.case:
            memory.origin, memory.until = self.router.foresee(memory.case)
        return memory.origin

    # --- botocore asks for an endpoint

    def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        """Stands for ``EndpointRulesetResolver.construct_endpoint``."""
        context = {} if request_context is None else request_context
        now = self._clock()
        if now >= self._look_at:
            self._look(now)
        presigned = "is_presign_request" in context
        routes = (self._presigns if presigned else self._calls).get(operation_model.name)
        route: Route | None = None
        if routes is not None and not (presigned and context.get("use_global_endpoint")):
            endpoint = routes.resolver.construct_endpoint(operation_model, call_args, context)
            key = endpoint.url
            if routes.prefix is None:
                key = (key, self.rulesets.prefix(operation_model, call_args or {}))
            route = routes.by_url.get(key)
        if route is None or now >= route.refresh_at:
            endpoint, route = self._settle(operation_model, call_args or {}, context, presigned)
        context[_ROUTE] = route
        if route.signing:
            # The ruleset's own scheme, where it has one, is laid over this by botocore.
            context.setdefault("signing", {}).update(route.signing)
        return endpoint

    def _look(self, now: float) -> None:
        """Notice other proxies in the environment: whatever was decided is then decided anew."""
        self._look_at = now + NOTICED_AFTER
        if now >= self._proxies.look_at:
            self._proxies.look()
        if self._proxies.epoch is not self._proxy_epoch:
            self._proxy_epoch = self._proxies.epoch
            self._calls, self._presigns, self._changed = {}, {}, {}

    def _settle(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        presigned: bool,
    ) -> tuple[Any, Route]:
        # Taken before: what is decided by proxies that have changed meanwhile is not to be kept.
        known = self._presigns if presigned else self._calls
        self.router.zone.wait(self._deadline(context))
        case, endpoints = self.cases.for_call(
            operation_model, call_args, context, presigned=presigned
        )
        settled = self.router.settle(case, deadline=self._deadline(context))
        decision = settled.decision
        about = decision.chosen or decision.refused
        variant = about.resolved.variant if about else self.rulesets.native
        keep = self.cases.given.is_kept
        resolver = self.rulesets.resolver(variant, keep_url=keep)
        endpoint = endpoints.get(variant)
        if endpoint is None:  # nothing was resolved: botocore's own answer, or its error
            endpoint = resolver.construct_endpoint(operation_model, call_args, context)
        bare = origin_of(endpoint.url)
        prefix = self.rulesets.prefix(operation_model, call_args)
        route = Route(
            case,
            settled,
            origin=with_prefix(bare, prefix),
            bare_origin=bare,
            signing=None if keep else self._signing(variant),
            lane=self._lanes.follow(settled.decision),
        )
        labelled = self.rulesets.has_labels(operation_model)
        routes = known.get(operation_model.name)
        if routes is None or routes.resolver is not resolver or len(routes.by_url) >= _CAPACITY:
            routes = known[operation_model.name] = Routes(resolver, None if labelled else prefix)
        routes.by_url[(endpoint.url, prefix) if labelled else endpoint.url] = route
        return endpoint, route

    def _signing(self, variant: Variant) -> dict[str, str] | None:
        """What the signing context must say because the signer's own defaults are another's."""
        name, region = self.rulesets.default_scope(variant)
        if (name, region) == self.rulesets.own_scope:
            return None
        return {"region": region, "signing_name": name}

    def _deadline(self, context: dict[str, Any]) -> float:
        """All attempts of one call wait for DNS under one deadline."""
        deadline: float = context.setdefault(_DEADLINE, self.router.deadline())
        return deadline

    # --- botocore signs

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``: gives the request the host that was decided on.

        :raises EndpointDenied: when the policy forbids it.
        :raises EndpointUnverified: for a presigned URL, which no retry will follow.
        """
        if arguments or options:
            # ``handler`` passes neither; ``generate_presigned_url`` and its kin name the type.
            presigned = _is_presigning(*arguments, **options)
            self._place(request, operation_name, presigned=presigned)
            signer = self._sign.owner()
            self._sign.original(signer, operation_name, request, *arguments, **options)
            if presigned and request.context:  # nothing comes after this: no guard will see it
                self._guard.inspect(request, request.context.get(_ROUTE))
            return None
        route: Route | None = request.context.get(_ROUTE)
        if (
            route is None
            or not route.allowed
            or route.presigned
            or not request.url.startswith(route.origin_slash)
            or self._clock() >= route.expires_at
        ):
            self._place(request, operation_name, presigned=False)
        elif route.target is not route.origin:
            request.url = route.target + request.url[len(route.origin) :]
        return self._sign.original(self._sign.owner(), operation_name, request)

    def _place(self, request: Any, operation_name: str, *, presigned: bool) -> None:
        """Every case but the usual one: a call whose route is at hand, fresh and allowed."""
        context = request.context
        if not context:
            return  # a database's auth token: it names the database's own host
        route: Route | None = context.get(_ROUTE)
        if route is None or route.presigned != presigned or not route.fits(request.url):
            route = self._route_of_url(request, operation_name, presigned)
        elif not route.allowed or self._clock() >= route.expires_at:
            route = self._again(route, context)
        if route.decision.outcome == "denied" or (presigned and not route.allowed):
            raise self._guard.refusal(route.decision)
        context[_ROUTE] = route
        if presigned and route.unrecorded:
            self._guard.record(route)  # somebody else sends it
        # Without proof there is no host: the guard holds the request back, and whoever takes it
        # from here without passing the guard (s3transfer's CRT client) gets nowhere.
        target = route.target if route.allowed else _NOWHERE
        request.url = target + request.url[len(origin_of(request.url)) :]

    def _route_of_url(self, request: Any, operation_name: str, presigned: bool) -> Route:
        """Decide on a host that changed on the way: discovery, nested presign, the call itself."""
        origin = origin_of(request.url)
        # ``client.generate_presigned_url`` marks its context; a presign inside a call does not.
        nested = presigned and "is_presign_request" not in request.context
        key = (operation_name, presigned, nested, origin)
        now = self._clock()
        if now >= self._look_at:  # a client without a ruleset comes here with each call
            self._look(now)
        # Taken once: what was decided for other proxies is not to be kept among what comes after.
        known = self._changed
        route = known.get(key)
        if route is not None and now < route.expires_at:
            return route
        try:
            model = self.rulesets.model.operation_model(operation_name)
        except KeyError:  # OperationNotFoundError: a presigner's own name
            model = None
        deadline = self._deadline(request.context)
        self.router.zone.wait(deadline)
        case = self.cases.for_url(model, request.url, presigned=presigned, nested=nested)
        settled = self.router.settle(case, deadline=deadline)
        lane = self._lanes.follow(settled.decision)
        route = Route(case, settled, origin=origin, bare_origin=origin, lane=lane, of_url=True)
        if len(known) >= _CAPACITY:
            known.clear()
        known[key] = route
        return route

    def _again(self, route: Route, context: dict[str, Any]) -> Route:
        """Decide once more: evidence has run out, or a retry asks again what failed before."""
        retry = context.get("retries", {}).get("attempt", 1) > 1
        if route.decision.outcome == "denied" and self._clock() < route.expires_at:
            return route
        settled = self.router.settle(route.case, deadline=self._deadline(context), retry=retry)
        chosen = settled.decision.chosen
        origins = (route.origin, route.bare_origin)
        if chosen and not route.of_url and chosen.resolved.origin not in origins:
            # The request was made for another variant; the next call will be made for this one.
            changed = settled.decision.overruled(
                "unverified",
                "route.changed",
                f"{chosen.host} became the endpoint of choice while the call was under way.",
                remedy(route.case, "route.changed"),
            )
            settled = replace(settled, decision=changed)
        return Route(
            route.case,
            settled,
            origin=route.origin,
            bare_origin=route.bare_origin,
            signing=route.signing,
            of_url=route.of_url,
            lane=self._lanes.follow(settled.decision),
        )

    # --- botocore sends: :mod:`.guard` has the rest

    def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``Endpoint.create_request``: ties the finished request to its route."""
        place = self._create_request
        prepared = place.original(place.owner(), params, operation_model)
        prepared.endpoint_router = params["context"].get(_ROUTE)
        return prepared

    # --- explain

    def explain(
        self, operation_model: Any, call_args: Mapping[str, Any], *, presigned: bool = False
    ) -> Decision:
        """The decision about a call that is not made. Asks DNS, sends nothing else."""
        context: dict[str, Any] = {"client_config": self.rulesets.config}
        deadline = self._deadline(context)
        self.router.zone.wait(deadline)
        case, _ = self.cases.for_call(operation_model, call_args, context, presigned=presigned)
        return self.router.settle(case, deadline=deadline).decision


def _is_presigning(
    region_name: str | None = None, signing_type: str = "standard", *_: Any, **__: Any
) -> bool:
    """Reads the arguments of ``RequestSigner.sign`` after the request."""
    return signing_type != "standard"
