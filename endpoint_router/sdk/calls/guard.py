"""The guard: the last step before the wire, where the request's own URL is held to the decision.

Stands for ``URLLib3Session.send``. Lets nothing pass that was not decided on, sends what relies on
a private address through its lane, and puts on record what is sent and what is refused. Decides
nothing.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from ... import codes
from ...aws.hosts import host_of, origin_of, without_user
from ...errors import EndpointDenied
from ...router import Router
from ...routing.case import Decision
from ...routing.judging import binds
from ...routing.remedies import GUARD_CHANGED, remedy
from ..connections.opening import Connections
from ..connections.unconfirmed import Unconfirmed
from ..endpoints.rulesets import Rulesets
from ..stand_in import StandIn
from .route import Route, error_for


class Guard:
    """In the place of one client's ``http_session.send``."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(
        self, router: Router, connections: Connections, rulesets: Rulesets, http_session: Any
    ) -> None:
        self._connections, self._rulesets, self._log = connections, rulesets, router.log
        self._send = StandIn(http_session, "send")
        self._native = not self._send.replaced

    def put(self) -> None:
        """Take the place."""
        self._send.put(self.send)

    def undo(self) -> None:
        """Leave the session as it was found."""
        self._send.undo()

    def send(self, request: Any) -> Any:
        """Stands for ``URLLib3Session.send``: nothing leaves that was not decided on.

        :raises EndpointUnverified: botocore retries it.
        :raises EndpointDenied: when the URL was changed after signing.
        """
        route: Route | None = getattr(request, "endpoint_router", None)
        if route is None or not route.allowed or not request.url.startswith(route.target_slash):
            route = self.inspect(request, route)
        if route is not None and (route.lane is not None or route.unrecorded):
            return self._follow(request, route)
        session: Any = self._send.owner()
        # As ``StandIn.call`` does, without its frame: this is the way of every call.
        method = type(session).send
        if self._native and type(method) is FunctionType:
            return method(session, request)
        return self._send.call(session, request)

    def _follow(self, request: Any, route: Route) -> Any:
        """Send *request* to where the evidence for its route leads, and record that once."""
        lane = route.lane
        try:
            session = lane.session if lane is not None else self._send.owner()
            return self._send.call(session, request)
        except BotoCoreError as error:
            refusal = self.refusal_after(error, route)
            if refusal is None:
                raise
            raise refusal from error
        finally:
            if route.unrecorded:
                self.record(route)

    # --- what does not depend on who waits for the response

    def refusal_after(self, error: BotoCoreError, route: Route) -> Exception | None:
        """The refusal to raise in place of *error*, which sending on *route* ended in, if any."""
        if isinstance(error, HTTPClientError):
            found = error.kwargs.get("error")
            if isinstance(found, Unconfirmed):
                route.expire()
                return self._unconfirmed(route, found)
        if isinstance(error, (EndpointConnectionError, ConnectTimeoutError)) and route.lane:
            route.expire()  # the evidence was renewed: the next attempt decides by it
        return None

    def _unconfirmed(self, route: Route, why: Unconfirmed) -> Exception:
        """The refusal for a connection that could not be pinned to confirmed addresses."""
        way_out = remedy(route.case, why.code, route.decision.chosen)
        return self.refusal(route.decision.overruled(why.code, f"{why.reason}.", way_out))

    def refusal(self, decision: Decision) -> Exception:
        """The error that tells what *decision* says; it is on record when it is raised."""
        if self._log is not None:
            self._log.record(decision)
        return error_for(decision)

    def record(self, route: Route) -> None:
        """Write an allowed decision down, with the peer of its connection."""
        route.unrecorded = False
        if self._log is not None:
            host = host_of(route.target)
            known = route.lane or self._connections
            self._log.record(route.decision, peer=known.peer(host), sent=host)

    def inspect(self, request: Any, route: Route | None) -> Route | None:
        """Every case but the usual one. The route that *request* is on; ``None`` if it left it.

        :raises EndpointUnverified: nothing has proven what the policy demands.
        :raises EndpointDenied: it is about to go where it may not.
        """
        origin = origin_of(request.url)
        if route is not None:
            if not route.allowed:
                raise self.refusal(route.decision)
            if origin == route.target:
                return route
            if not binds(route.case):
                return None  # where nothing is demanded, an application may do as it likes
        shown = without_user(origin)
        decided = without_user(route.target) if route else "nothing"
        reason = f"the request is about to go to {shown}, but {decided} was decided on."
        if route is not None and self._log is not None:
            changed = route.decision.overruled(codes.GUARD_CHANGED, reason, GUARD_CHANGED)
            self._log.record(changed)
        raise EndpointDenied(
            code=codes.GUARD_CHANGED,
            service=self._rulesets.service,
            operation=route.decision.operation if route else "",
            region=self._rulesets.region,
            host=shown.partition("://")[2],
            rule="the guard",
            reason=reason,
            remedy=GUARD_CHANGED,
        )
