"""One routed client: stands where botocore asks for an endpoint, signs, and sends.

Three methods of botocore's objects are replaced, on this client's instances only:

* ``EndpointRulesetResolver.construct_endpoint``: the variant (calls, presigns, S3 redirects);
* ``RequestSigner.sign``: the host becomes the VPC endpoint's; definite refusals are raised;
* ``Endpoint._send``: the guard, the last step before the HTTP session (:mod:`.guard`).

A request finds its route in the context of its call. Where botocore's prepared requests have none
(before late 1.43), a fourth one, ``Endpoint.create_request``, gives it to them.

Handlers of ``before-endpoint-resolution`` and ``before-sign`` would do for the first two, but cost
more than 1% of a call, and an application's more specific handlers would run before them.

Refusals come when the request is signed: never retried, and after ``before-call``, so ``Stubber``
keeps working. What a retry may cure comes when it is sent, where botocore tries again.

Whoever has a request signed by himself, or sends by another endpoint than the client was made with,
does not come to the guard: for him everything is decided when it is signed.

What each call passes through (:meth:`RoutedClient.construct_endpoint`, :meth:`RoutedClient.sign`,
``Guard.send``) takes what it finds on an object into a variable before it is called: CPython 3.11
looks a method up on the class first, which costs as much as ten other steps.

Here is only how what stands in is put in place, and the waiting, in the caller's thread. What to do
is decided in :mod:`.client_core` and :mod:`.signing_core`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from ...process import importing
from ...recent import Recent
from ...router import Router
from ...routing.case import Case, Decision
from ...steps import Steps
from .. import seams, seams_sending
from ..connections.lanes import Lanes
from ..connections.opening import Connections
from ..connections.own_session import OwnSession
from ..connections.urllib_lanes import UrllibLanes
from ..endpoints.rulesets import Rulesets
from ..seams_sending import session_behind
from ..stand_in import StandIn
from .cases import Cases
from .client_core import ClientCore
from .foreseen import Memory, origin_foreseen
from .guard import Guard
from .route import ROUTE, Route

if TYPE_CHECKING:
    from .label import Label
    from .signing_core import SigningCore


def _nobody() -> None:
    """A reference to a client that is still being made."""


class RoutedClient:
    """A client whose calls go where the policy says."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True
    _guards: type[Guard] = Guard
    #: Where it is needed.
    _create_request: StandIn | None = None
    _signing_core: SigningCore | None = None

    def __init__(
        self,
        router: Router,
        connections: Connections,
        memory: Recent[object, Memory],
        parts: Mapping[str, Any],
        label: Label | None = None,
    ) -> None:
        """*memory* is shared by all clients of *router*: what they have in common."""
        endpoint, resolver = parts["endpoint"], parts["endpoint_ruleset_resolver"]
        http_session = endpoint.http_session
        self.rulesets = Rulesets(parts)
        self._router, self._connections = router, connections
        self._clock = router.world.clock
        #: What the client would show and, without a ruleset, use.
        host: str = endpoint.host
        self.shown_host = self._original_host = host
        self._proxies = connections.proxies_of(parts)
        self._native_proxies = seams_sending.proxy_configuration(http_session)
        self._own_session = own_session = self._own_session_of(endpoint)
        self._cases = Cases(router, self.rulesets, own_session, self._proxies)
        self._memory = memory
        self._lanes = self._lanes_of(own_session)
        proxies = self._proxies if self._native_proxies is not None else None
        self._guard = self._guards(router, connections, self.rulesets, own_session, proxies)
        self._core = ClientCore(router, self._cases, self._lanes)
        self._client: Callable[[], Any] = _nobody
        self._label = label
        #: What the client hands its requests to: compared by identity, hence kept.
        self._send = self._guard.send
        self._sign = StandIn(parts["request_signer"], "sign")
        self._original_sign, self._signer = self._sign.original, self._sign.owner
        if self._core.may_be_taken or not seams_sending.REQUESTS_HAVE_CONTEXT:
            self._create_request = StandIn(endpoint, "create_request")
        self._construct = StandIn(resolver, "construct_endpoint") if self.rulesets.exist else None

    # What differs where responses are awaited, and then is another client's: :mod:`.async_client`.

    def _own_session_of(self, endpoint: Any) -> OwnSession:
        return OwnSession(endpoint)

    def _lanes_of(self, own_session: OwnSession) -> Lanes:
        return UrllibLanes(self._connections, own_session)

    def _equip(self, http_session: Any) -> None:
        self._connections.apply(http_session)

    def _unequip(self, http_session: Any) -> None:
        self._connections.unapply(http_session)

    # --- putting it in place

    def wrap(self) -> None:
        """Replace the methods on this client's objects, and begin the look-ups of its hosts."""
        self._sign.put(self.sign_with_care if self._core.may_be_taken else self.sign)
        self._guard.put(self._send)
        if self._create_request is not None:
            self._create_request.put(self.create_request)
        http_session = self._own_session.made()
        self._equip(http_session)
        if self._native_proxies is not None:
            seams_sending.set_proxy_configuration(http_session, self._proxies)
        if self._construct is not None:
            self._construct.put(self.construct_endpoint)
            # Becomes ``client.meta.endpoint_url`` when the base initialiser runs.
            self.shown_host = origin_foreseen(self._cases, self._memory) or self._original_host
            self._own_session.endpoint.host = self.shown_host

    def watch(self, client: Any) -> None:
        """It is *client* whose calls these are: notice when it sends them by something else."""
        self._client = weakref.ref(client)
        if self._label is not None and not self._label.put(client):
            self._label = None

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        for stand_in in (self._sign, self._create_request, self._guard, self._construct):
            if stand_in is not None:
                stand_in.undo()
        endpoint, http_session = self._own_session.endpoint, self._own_session.made()
        self._lanes.undo()
        if http_session is not None:
            self._unequip(http_session)
            if self._native_proxies is not None:
                seams_sending.set_proxy_configuration(http_session, self._native_proxies)
        if endpoint is not None:
            endpoint.host = self._original_host
        if client is not None:
            seams.set_endpoint_url(client, self._original_host)
            if self._label is not None:
                self._label.cut(client)

    # --- what stands in; the guard stands for ``Endpoint._send``

    def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        """Stands for ``EndpointRulesetResolver.construct_endpoint``."""
        context = {} if request_context is None else request_context
        clock, core = self._clock, self._core
        now = clock()
        # Of the usual call what ``routes`` and ``takes`` say of every call, without their frames.
        if now >= core.look_at or "is_presign_request" in context:
            routes = core.routes(operation_model.name, context, now)
        else:
            routes = core.calls.get(operation_model.name)
        if routes is not None:
            try:
                endpoint = routes.resolver.construct_endpoint(operation_model, call_args, context)
            except BotoCoreError:
                pass  # a handler's answer may not fit this variant, but another
            else:
                route = routes.latest
                if (
                    route is not None
                    and endpoint.url is route.url
                    and endpoint.properties is route.properties
                    and now < route.refresh_at
                ):
                    context[ROUTE] = route
                    return endpoint
                if core.takes(routes, endpoint, operation_model, call_args, context, now):
                    return endpoint
        return self._router.run(core.resolving(operation_model, call_args or {}, context))

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``: gives the request the host that was decided on.

        :raises EndpointDenied: when the policy forbids it.
        :raises EndpointUnverified: for a presigned URL, which no retry will follow.
        """
        known = self._client
        try:
            session = session_behind(known(), self._send)
            route: Route = request.context[ROUTE]
        except (AttributeError, KeyError):  # also where no client is yet, or none any more
            session = None
        # ``handler`` passes neither; ``generate_presigned_url`` and its kin name the type.
        if session is not None and not arguments and not options and route.is_for_signing:
            clock, lane, url = self._clock, route.lane, request.url
            whole = url == route.origin_slash  # much cheaper than how it begins
            if (
                (whole or url.startswith(route.origin_slash))
                and clock() < route.expires_at
                and (lane is None or lane.follows(session))
            ):
                if whole:
                    request.url = route.target_slash
                elif route.target is not route.origin:
                    request.url = route.target + url[len(route.origin) :]
                original, signer = self._original_sign, self._signer
                return original(signer(), operation_name, request)
        return self.sign_with_care(operation_name, request, *arguments, **options)

    def sign_with_care(
        self, operation_name: str, request: Any, *arguments: Any, **options: Any
    ) -> Any:
        """Every case of :meth:`sign` but the usual one."""
        return self._router.run(self._signing(operation_name, request, *arguments, **options))

    def _signing(
        self, operation_name: str, request: Any, *arguments: Any, **options: Any
    ) -> Steps[Any]:
        signer, client = self._sign.owner(), self._client()
        astray = client is not None and not seams_sending.sends_by(client, self._send)
        sign = partial(self._sign.original, signer, operation_name, request, *arguments, **options)
        return self._with_care().signing(
            request, operation_name, sign, arguments, options, astray=astray
        )

    def _with_care(self) -> SigningCore:
        if self._signing_core is None:  # two threads may both make one
            with importing:  # many clients have no need of it
                from .signing_core import SigningCore

            self._signing_core = SigningCore(self._core, self._guard)
        return self._signing_core

    def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``Endpoint.create_request``: the prepared request keeps its context."""
        place = self._create_request
        assert place is not None  # it is what this stands for
        prepared = place.original(place.owner(), params, operation_model)
        return self._prepared(prepared, params)

    def _prepared(self, prepared: Any, params: dict[str, Any]) -> Any:
        prepared.context = params["context"]
        if self._core.may_be_taken:
            self._with_care().withhold(params["context"])
        return prepared

    # --- explain

    def explain(
        self, operation_model: Any, call_args: Mapping[str, Any], *, presigned: bool = False
    ) -> Decision:
        """The decision about a call that is not made. Asks DNS, sends nothing else."""
        return self._router.run(
            self._core.explaining(operation_model, call_args, presigned=presigned)
        )

    def considering(self, operation_model: Any, call_args: Mapping[str, Any]) -> Steps[Case]:
        """The case of a call that is not made; asks nobody."""
        return self._core.considering(operation_model, call_args)
