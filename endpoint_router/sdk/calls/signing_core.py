"""What a routed client does with a request that is signed, in every case but the usual one.

The usual one is a call whose route is at hand and holds (:meth:`.client.RoutedClient.sign`). Here
are presigned URLs, hosts that changed on the way, requests that are no call's, evidence that has
run out, and refusals. Imported with the first of them. As in :mod:`.client_core`, nothing here
waits: what does is a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ... import codes
from ...aws.hosts import origin_of
from ...process import importing
from ...recent import Recent
from ...routing.case import Case
from ...routing.remedies import remedy
from ...steps import FindZone, Invoke, Steps
from .. import seams_sending
from .client_core import ClientCore, lay_under
from .guard import Guard
from .route import ROUTE, AsResolved, Route
from .signed_alone import case_of_alone, is_left_alone, manner

#: Key of ours in botocore's request context.
_UNPREPARED = "endpoint_router.unprepared"
#: Origins of one client that changed on their way.
_CAPACITY = 4096
#: RFC 2606: no such host will ever be.
_NOWHERE = "https://unverified.invalid"


class SigningCore:
    """The requests of one client that want a closer look when they are signed."""

    def __init__(self, core: ClientCore, guard: Guard) -> None:
        self._core, self._guard = core, guard
        self._router, self._cases, self._rulesets = core.router, core.cases, core.rulesets
        self._clock = core.router.world.clock
        #: Routes of hosts that changed on their way, and the proxies' epoch that they hold for.
        self._changed: tuple[object, Recent[tuple[object, ...], Route]] = (
            core.epoch,
            Recent(_CAPACITY),
        )

    def signing(
        self,
        request: Any,
        operation: str,
        sign: Callable[[], Any],
        arguments: Sequence[Any],
        options: Mapping[str, Any],
        *,
        astray: bool = False,
    ) -> Steps[Any]:
        """Give *request* the host that was decided on, and *sign* it.

        :param arguments: of ``RequestSigner.sign``, after the request; and *options*.
        :param astray: it will not come to the guard, since the client has another endpoint by now.
        :raises EndpointDenied: when the policy forbids it.
        :raises EndpointUnverified: for what no retry of botocore's will follow.
        """
        how = manner(*arguments, **options)
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
        if self._core.may_be_taken and route.lane is not None:
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
            signing = self._core.signing_context(route.decision.variant)
            if signing:
                lay_under(signing, request.context)
        return route

    def _by_url(self, request: Any, make: Callable[[], Case], *kind: object) -> Steps[Route]:
        """The route of requests of this *kind* to the origin of *request*, decided by its URL."""
        origin = origin_of(request.url)
        key = (*kind, origin)
        now = self._clock()
        core = self._core
        if now >= core.look_at:  # a client without a ruleset comes here with each call
            core.look(now)
        # Taken once: what was decided for other proxies is not to be kept among what comes after.
        known = self._routes_by_url()
        route = known.recall(key)
        if route is not None and now < route.expires_at:
            elsewhere = route.case.session.sent_elsewhere
            if self._cases.current(route.case, sent_elsewhere=elsewhere) is route.case:
                return route
        deadline = core.deadline(request.context)
        yield FindZone(deadline)
        case = make()
        decided = yield from self._router.settling(case, deadline=deadline)
        route = core.new_route(case, decided, AsResolved(origin, origin, by_url=True))
        known.keep(key, route)
        return route

    def _routes_by_url(self) -> Recent[tuple[object, ...], Route]:
        now = self._core.epoch  # once: another thread may find other proxies meanwhile
        epoch, routes = self._changed
        if epoch is not now:
            epoch, routes = self._changed = now, Recent(_CAPACITY)
        return routes

    def _again(self, route: Route, case: Case, context: dict[str, Any]) -> Steps[Route]:
        """Decide once more: evidence has run out, or a retry asks again what failed before.

        :param case: of *route*, as it stands by now.
        """
        retry = context.get("retries", {}).get("attempt", 1) > 1
        is_same = case is route.case
        if is_same and route.decision.outcome == "denied" and self._clock() < route.expires_at:
            return route
        deadline = self._core.deadline(context)
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
        return self._core.new_route(case, decided, as_resolved)
