"""The guard: the last step before the wire, where the request's own URL is held to the decision.

Stands for ``Endpoint._send``, which comes after every handler and hands the request to the client's
HTTP session, whichever that is by then: tracing and test libraries replace it, or its ``send``.
Lets nothing pass that was not decided on, sends what relies on a private address through its lane,
and puts on record what is sent and what is refused. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.awsrequest import HeadersDict
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from ... import codes
from ...aws.hosts import canonical, host_of, origin_of, without_user
from ...errors import EndpointDenied
from ...router import Router
from ...routing.case import Decision
from ...routing.judging import requires
from ...routing.remedies import GUARD_CHANGED, MAKE_A_TUNNEL, VERIFY, remedy
from ..connections.opening import Connections
from ..connections.own_session import OwnSession
from ..connections.proxies import Proxies
from ..connections.unconfirmed import Unconfirmed
from ..endpoints.rulesets import Rulesets
from ..seams_sending import ENDPOINT_SEND, would_send_as
from .route import ROUTE, Route, error_for

if TYPE_CHECKING:
    from ..connections.lane import Lane


class Guard:
    """In the place of one client's ``Endpoint._send``."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(
        self,
        router: Router,
        connections: Connections,
        rulesets: Rulesets,
        own_session: OwnSession,
        proxies: Proxies | None,
    ) -> None:
        """*proxies*: what the HTTP session asks for them, where that is ours."""
        self._connections, self._rulesets, self._log = connections, rulesets, router.log
        self._own_session, self._proxies = own_session, proxies
        self._router = router
        #: See :mod:`..seams_sending`. The instance's own: it is asked for each request.
        self._would_send_as = would_send_as
        self._send = own_session.sending
        #: The endpoint, and its class.
        self._owner, self._kind = self._send.owner, type(own_session.endpoint)
        #: Does nobody but botocore stand between here and the session?
        self._native = not self._send.replaced

    def put(self, send: Any) -> None:
        """Take the place, by *send*: the guard's own, which somebody compares."""
        self._send.put(send)

    def undo(self) -> None:
        """Leave the endpoint as it was found."""
        self._send.undo()

    def send(self, request: Any) -> Any:
        """Stands for ``Endpoint._send``: nothing leaves that was not decided on.

        :raises EndpointUnverified: botocore retries it.
        :raises EndpointDenied: when the request was changed after signing, or who is to send it.
        """
        owner = self._owner  # as in :mod:`.client`
        endpoint: Any = owner()
        session = endpoint.http_session
        route: Any = None
        usual = False
        try:
            route = request.context[ROUTE]
            if route.allowed:
                url, target = request.url, route.target_slash
                if url == target or url.startswith(target):  # the first is much cheaper
                    as_decided, host = self._would_send_as, route.host_header
                    usual = not route.bound or as_decided(session, request, self._proxies, host)
        # Somebody's own request, headers or session.
        except (AttributeError, KeyError, TypeError):
            usual = False
        if not usual:
            route = self.inspect(request, route)
        if route is not None:
            if route.lane is not None or route.unrecorded:
                return self._follow(request, route, session)
            if self._log is not None:  # else it counts for nobody
                route.tally.calls += 1
            route.count.calls += 1
        # As ``Endpoint._send`` does, without its frame: this is the way of every call.
        if self._native and self._kind._send is ENDPOINT_SEND:
            return session.send(request)
        return self._send.call(endpoint, request)

    def _follow(self, request: Any, route: Route, session: Any) -> Any:
        """Send *request* to where the evidence for its route leads, and record that once."""
        lane, response, refusal = route.lane, None, None
        if lane is not None:
            if not lane.follows(session):
                raise self._replaced(route)
            session = lane.session
        try:
            if self._native and self._kind._send is ENDPOINT_SEND:
                response = session.send(request)
            else:
                response = self._send.call(self._endpoint_of(lane), request)
            return response
        except BotoCoreError as error:
            refusal = self.refusal_after(error, route)
            if refusal is None:
                raise
            raise refusal from error
        finally:
            if refusal is None:  # which counts for itself
                route.count.calls += 1
            if route.unrecorded:
                if self._log is not None and lane is None:
                    self._connections.notice(response, session, request.url)
                self.record(route)
            else:
                route.tally.calls += 1

    # --- what does not depend on who waits for the response

    def _endpoint_of(self, lane: Lane | None) -> Any:
        """What sends a request: the ``Endpoint`` of its *lane*, or the client's own."""
        return self._send.owner() if lane is None else lane.endpoint

    def _replaced(self, route: Route) -> Exception:
        """The refusal where the session of *route*'s lane was replaced since it was signed."""
        route.expire()
        chosen = route.decision.chosen
        why = f"{chosen}: relies on its address, and the client's HTTP session was replaced"
        return self._unconfirmed(route, Unconfirmed(codes.PRIVATE_UNPINNED, why))

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
        return self._overruled(route, why.code, f"{why.reason}.", way_out)

    def _overruled(self, route: Route, code: str, reason: str, way_out: str) -> Exception:
        return self.refusal(route.decision.overruled(code, reason, way_out))

    def refusal(self, decision: Decision) -> Exception:
        """The error that tells what *decision* says; it is on record when it is raised."""
        self._router.count_of(decision).calls += 1
        if self._log is not None:
            self._log.record(decision)
        return error_for(decision)

    def record(self, route: Route) -> None:
        """Write an allowed decision down, with the peer of its connection, and count from here."""
        route.unrecorded = False
        if self._log is not None:
            host = host_of(route.target)
            known = route.lane or self._connections
            route.tally = self._log.record(route.decision, peer=known.peer(host), sent=host)

    def inspect(self, request: Any, route: Route | None) -> Route | None:
        """Every case but the usual one. The route that *request* is on; ``None`` if it left it.

        :raises EndpointUnverified: nothing has proven what the policy demands.
        :raises EndpointDenied: it is about to go where it may not.
        """
        origin = origin_of(request.url)
        if route is not None:
            if not route.allowed:
                raise self.refusal(route.decision)
            if not route.bound:
                # Where nothing is demanded, an application may do as it likes.
                return route if origin == route.target else None
            if origin == route.target:
                if not route.presigned:
                    self._inspect_sending(request, route)
                return route
        shown = without_user(origin)
        decided = without_user(route.target) if route else "nothing"
        raise self._changed(route, shown, f"is about to go to {shown}, but {decided}")

    def _inspect_sending(self, request: Any, route: Route) -> None:
        """Where the URL is as it was decided: what else makes *request* go elsewhere.

        :raises EndpointDenied: its ``Host`` does, or who sends it ends TLS elsewhere, or nowhere.
        """
        # As it will be prepared: of several, the last one counts.
        named: Any = HeadersDict(request.headers.items()).get("Host")
        if named is not None:
            scheme = route.target.partition("://")[0]
            text = named.decode("latin-1") if isinstance(named, bytes) else str(named)
            shown = canonical(f"{scheme}://{text.strip()}")
            # The host that botocore had in mind is the one that the endpoint serves.
            if shown not in (canonical(route.target), canonical(route.origin)):
                decided = without_user(route.target)
                why = f"names {text!r} as its host, but {decided}"
                raise self._changed(route, shown or "*://*", why)
        required, session = requires(route.case), self._own_session
        if not required or route.case.session.sent_elsewhere:
            return
        if not session.verifies():
            why, way_out = "certificate verification is off", VERIFY
        elif route.lane is None and session.ends_tls_at_proxy(request.url):
            why = "a proxy would end TLS and see the request (proxy_use_forwarding_for_https)"
            way_out = MAKE_A_TUNNEL
        else:
            return
        reason = f"{why}, and {required[0]} = require."
        raise self._overruled(route, codes.TLS_UNVERIFIED, reason, way_out)

    def _changed(self, route: Route | None, shown: str, why: str) -> EndpointDenied:
        """The refusal of a request that is not what was decided on; it is on record."""
        reason = f"the request {why} was decided on."
        counters = self._router.world.counters
        counters.of_refusal(codes.GUARD_CHANGED, self._rulesets.service).calls += 1
        if route is not None and self._log is not None:
            changed = route.decision.overruled(codes.GUARD_CHANGED, reason, GUARD_CHANGED)
            self._log.record(changed)
        return EndpointDenied(
            code=codes.GUARD_CHANGED,
            service=self._rulesets.service,
            operation=route.decision.operation if route else "",
            region=self._rulesets.region,
            host=shown.partition("://")[2],
            rule="the guard",
            reason=reason,
            remedy=GUARD_CHANGED,
        )
