"""One routed client: stands where botocore asks for an endpoint, signs, and sends.

Three methods of botocore's objects are replaced, on this client's instances only, and one session
event is used:

* ``EndpointRulesetResolver.construct_endpoint``: the variant (calls, presigns, S3 redirects);
* ``before-sign``: the host becomes the VPC endpoint's, and definite refusals are raised;
* ``Endpoint.create_request``: the finished request is tied to its route;
* ``URLLib3Session.send``: the guard, the last step before the wire.

Refusals come at ``before-sign``: never retried, and after ``before-call``, so ``Stubber`` keeps
working. What a retry may cure comes at ``send``, where botocore tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import EndpointDenied, EndpointUnverified, PolicyError
from ..router import Router
from ..routing.candidates import Variant
from ..routing.case import Case, Decision
from ..routing.hosts import origin_of
from . import seams
from .cases import Cases
from .connections import Connections
from .rulesets import Rulesets

#: Keys of ours in botocore's request context, and the attribute on its objects.
_ROUTE = "endpoint_router"
_DEADLINE = "endpoint_router.deadline"
ATTRIBUTE = "_endpoint_router"

#: A client's routes are few, but an S3 client may touch any number of buckets.
_CAPACITY = 4096


class Route:
    """What was decided for requests of one operation to one origin."""

    __slots__ = (
        "bare_origin", "case", "decision", "expires_at", "origin", "presigned", "refresh_at",
        "signing", "target",
    )  # fmt: skip

    def __init__(
        self,
        case: Case,
        decision: Decision,
        *,
        origin: str,
        bare_origin: str,
        expires_at: float,
        refresh_at: float,
        signing: dict[str, str] | None = None,
    ) -> None:
        self.case = case
        self.decision = decision
        #: Where botocore sends the request, with and without the operation's host prefix.
        self.origin = origin
        self.bare_origin = bare_origin
        #: Where it goes instead.
        self.target = decision.chosen.origin if decision.chosen else origin
        self.signing = signing
        self.presigned = case.presigned
        self.expires_at = expires_at
        self.refresh_at = refresh_at

    def __deepcopy__(self, memo: object) -> Route:
        """Nested presigns deep-copy the request context, ``_get_cross_region_presigned_url``."""
        return self


class RefusingClient:
    """A client whose policy cannot be used: every call is refused with the reason."""

    def __init__(self, error: PolicyError, parts: Mapping[str, Any]) -> None:
        self._error = error
        self._parts = parts

    def wrap(self) -> None:
        """Put the refusals in place."""
        setattr(self._parts["request_signer"], ATTRIBUTE, self)
        self._parts["endpoint"].http_session.send = self.send

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        self._parts["request_signer"].__dict__.pop(ATTRIBUTE, None)
        self._parts["endpoint"].http_session.__dict__.pop("send", None)

    def before_sign(self, request: Any, operation_name: str, signature_version: object) -> None:
        """Refuse."""
        if request.context:
            raise self._error

    def send(self, request: Any) -> Any:
        """Refuse."""
        raise self._error


class RoutedClient:
    """A client whose calls go where the policy says."""

    def __init__(
        self,
        router: Router,
        connections: Connections,
        remembered: dict[object, Case | None],
        parts: Mapping[str, Any],
    ) -> None:
        """*remembered* is shared by all clients of *router*: what they have in common."""
        self.router = router
        self._remembered = remembered
        self.rulesets = Rulesets(parts)
        self._endpoint = parts["endpoint"]
        self._resolver = parts["endpoint_ruleset_resolver"]
        self._http_session = self._endpoint.http_session
        self._connections = connections
        self._clock = router.world.clock
        self._original_host: str = self._endpoint.host
        self.cases = Cases(router, self.rulesets, self._http_session)
        self._variants: dict[tuple[str, bool], Any] = {}
        self._routes: dict[tuple[str, bool, str, str], Route] = {}

    # --- putting it in place

    def wrap(self) -> None:
        """Replace the methods on this client's objects, and begin the look-ups of its hosts."""
        self._send = self._http_session.send
        self._create_request = self._endpoint.create_request
        setattr(self.rulesets.signer, ATTRIBUTE, self)
        self._http_session.send = self.send
        self._endpoint.create_request = self.create_request
        self._connections.apply(self._http_session)
        if self._resolver is not None:
            self._resolver.construct_endpoint = self.construct_endpoint
            # Becomes ``client.meta.endpoint_url`` when the base initialiser runs.
            self._endpoint.host = self.foreseen() or self._original_host

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        self.rulesets.signer.__dict__.pop(ATTRIBUTE, None)
        self._http_session.__dict__.pop("send", None)
        self._endpoint.__dict__.pop("create_request", None)
        self._connections.unapply(self._http_session)
        if self._resolver is not None:
            self._resolver.__dict__.pop("construct_endpoint", None)
        self._endpoint.host = self._original_host
        if client is not None:
            seams.set_endpoint_url(client, self._original_host)

    @property
    def shown_host(self) -> str:
        """What ``client.meta.endpoint_url`` shows."""
        host: str = self._endpoint.host
        return host

    def foreseen(self) -> str:
        """The origin that a call without particulars would go to; empty if refused or unknown."""
        # Depends on the policy, the date and the client's settings, never on DNS.
        key = (
            self.router.world.today(),
            self.rulesets.fingerprint(),
            self.cases.session_facts(),
        )
        if key not in self._remembered:
            if len(self._remembered) >= _CAPACITY:
                self._remembered.clear()
            self._remembered[key] = self.cases.for_creation()
        case = self._remembered[key]
        return self.router.foresee(case) if case else ""

    # --- botocore asks for an endpoint

    def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        """Stands for ``EndpointRulesetResolver.construct_endpoint``."""
        context = {} if request_context is None else request_context
        presigned = "is_presign_request" in context
        name = operation_model.name
        resolver = self._variants.get((name, presigned))
        if resolver is not None and not context.get("use_global_endpoint"):
            endpoint = resolver.construct_endpoint(operation_model, call_args, context)
            prefix = self.rulesets.prefix(operation_model, call_args or {})
            route = self._routes.get((name, presigned, origin_of(endpoint.url), prefix))
            if route is not None and self._clock() < route.refresh_at:
                self._attach(route, context)
                return endpoint
        return self._settle(operation_model, call_args or {}, context, presigned)

    def _settle(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any],
        context: dict[str, Any],
        presigned: bool,
    ) -> Any:
        case, endpoints = self.cases.for_call(
            operation_model, call_args, context, presigned=presigned
        )
        settled = self.router.settle(case, deadline=self._deadline(context))
        decision = settled.decision
        about = decision.chosen or decision.refused
        variant = about.resolved.variant if about else self.rulesets.native
        keep = self.cases.keeps_url
        resolver = self.rulesets.resolver(variant, keep_url=keep)
        endpoint = endpoints.get(variant)
        if (
            endpoint is None
        ):  # refused before anything was resolved: botocore's own answer, or error
            endpoint = resolver.construct_endpoint(operation_model, call_args, context)
        bare = origin_of(endpoint.url)
        prefix = self.rulesets.prefix(operation_model, call_args)
        scheme, _, netloc = bare.partition("://")
        route = Route(
            case,
            decision,
            origin=f"{scheme}://{prefix}{netloc}",
            bare_origin=bare,
            expires_at=settled.expires_at,
            refresh_at=settled.refresh_at,
            signing=None if keep else self._signing(variant),
        )
        if len(self._routes) >= _CAPACITY:
            self._routes = {}
        self._routes[(operation_model.name, presigned, bare, prefix)] = route
        self._variants[(operation_model.name, presigned)] = resolver
        self._attach(route, context)
        return endpoint

    def _signing(self, variant: Variant) -> dict[str, str] | None:
        """What the signing context must say because the signer's own defaults are another's."""
        signer = self.rulesets.signer
        name, region = self.rulesets.default_scope(variant)
        if (name, region) == (signer.signing_name, signer.region_name):
            return None
        return {"region": region, "signing_name": name}

    def _attach(self, route: Route, context: dict[str, Any]) -> None:
        context[_ROUTE] = route
        if route.signing:
            # The ruleset's own scheme, where it has one, is laid over this by botocore.
            context.setdefault("signing", {}).update(route.signing)

    def _deadline(self, context: dict[str, Any]) -> float:
        """All attempts of one call wait for DNS under one deadline."""
        deadline: float = context.setdefault(_DEADLINE, self.router.deadline())
        return deadline

    # --- botocore signs

    def before_sign(self, request: Any, operation_name: str, signature_version: object) -> None:
        """Give the request the host that was decided on.

        :raises EndpointDenied: when the policy forbids it.
        :raises EndpointUnverified: for a presigned URL, which no retry will follow.
        """
        context = request.context
        if not context:
            return  # a database's auth token names the database's host: nothing of AWS's to route
        origin = origin_of(request.url)
        presigned = type(signature_version) is str and signature_version.endswith(
            ("-query", "-presign-post")
        )
        route: Route | None = context.get(_ROUTE)
        if (
            route is None
            or route.presigned != presigned
            or (origin != route.origin and origin != route.bare_origin)
        ):
            route = self._route_of_url(request, origin, operation_name, presigned)
        elif not route.decision.allowed or self._clock() >= route.expires_at:
            route = self._again(route, context)
        decision = route.decision
        if decision.outcome == "denied" or (presigned and not decision.allowed):
            raise error_for(decision)
        context[_ROUTE] = route
        if route.target != origin:
            request.url = route.target + request.url[len(origin) :]

    def _route_of_url(
        self, request: Any, origin: str, operation_name: str, presigned: bool
    ) -> Route:
        """Decide on a host that changed on the way: discovery, nested presign, the call itself."""
        key = (operation_name, presigned, origin, "")
        route = self._routes.get(key)
        if route is not None and self._clock() < route.expires_at:
            return route
        try:
            model = self.rulesets.model.operation_model(operation_name)
        except KeyError:  # OperationNotFoundError: a presigner's own name
            model = None
        case = self.cases.for_url(model, request.url, presigned=presigned)
        settled = self.router.settle(case, deadline=self._deadline(request.context))
        route = Route(
            case,
            settled.decision,
            origin=origin,
            bare_origin=origin,
            expires_at=settled.expires_at,
            refresh_at=settled.refresh_at,
        )
        if len(self._routes) >= _CAPACITY:
            self._routes = {}
        self._routes[key] = route
        return route

    def _again(self, route: Route, context: dict[str, Any]) -> Route:
        """Decide once more: evidence has run out, or a retry asks again what failed before."""
        retry = context.get("retries", {}).get("attempt", 1) > 1
        if route.decision.outcome == "denied" and self._clock() < route.expires_at:
            return route
        settled = self.router.settle(route.case, deadline=self._deadline(context), retry=retry)
        chosen = settled.decision.chosen
        if chosen and chosen.resolved.origin not in (route.origin, route.bare_origin):
            # Another variant now: the request was made for this one, the next call will take it.
            return route
        return Route(
            route.case,
            settled.decision,
            origin=route.origin,
            bare_origin=route.bare_origin,
            expires_at=settled.expires_at,
            refresh_at=settled.refresh_at,
            signing=route.signing,
        )

    # --- botocore sends

    def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``Endpoint.create_request``: ties the finished request to its route."""
        prepared = self._create_request(params, operation_model)
        prepared.endpoint_router = params["context"].get(_ROUTE)
        return prepared

    def send(self, request: Any) -> Any:
        """Stands for ``URLLib3Session.send``: nothing leaves that was not decided on.

        :raises EndpointUnverified: botocore retries it.
        :raises EndpointDenied: when the URL was changed after signing.
        """
        route: Route | None = getattr(request, "endpoint_router", None)
        if route is None or origin_of(request.url) != route.target or not route.decision.allowed:
            raise self._stopped(request, route)
        return self._send(request)

    def _stopped(self, request: Any, route: Route | None) -> Exception:
        if route is not None and not route.decision.allowed:
            return error_for(route.decision)
        origin = origin_of(request.url)
        decided = route.target if route else "nothing"
        return EndpointDenied(
            code="guard.changed",
            service=self.rulesets.service,
            operation=route.decision.operation if route else "",
            region=self.rulesets.region,
            host=origin.partition("://")[2],
            rule="the guard",
            reason=f"the request is about to go to {origin}, but {decided} was decided on.",
            remedy="Something changed the request after it was signed: remove that handler.",
        )

    # --- explain

    def explain(
        self, operation_model: Any, call_args: Mapping[str, Any], *, presigned: bool = False
    ) -> Decision:
        """The decision about a call that is not made. Asks DNS, sends nothing else."""
        context: dict[str, Any] = {"client_config": self.rulesets.config}
        case, _ = self.cases.for_call(operation_model, call_args, context, presigned=presigned)
        return self.router.settle(case).decision


def error_for(decision: Decision) -> EndpointDenied | EndpointUnverified:
    """The error that tells what *decision* says."""
    kind = EndpointUnverified if decision.outcome == "unverified" else EndpointDenied
    return kind(
        code=decision.code,
        service=decision.service,
        operation=decision.operation or "client",
        region=decision.region,
        host=decision.host,
        rule=decision.rule,
        reason=decision.reason,
        remedy=decision.remedy,
    )
