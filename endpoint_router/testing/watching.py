"""Clients of a block of tests: routed as any other, and each of their calls is told to a log.

What they do differs where nothing is connected to. A request whose connections cannot be pinned,
because a cassette or a mock stands where they would be, is decided as if they could, and handed to
that; and what nobody answers ends in :class:`~endpoint_router.testing.NothingAnswered`, not in
botocore's retries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session

from ..errors import EndpointDenied, EndpointUnverified
from ..router import Router
from ..routing.case import Decision
from ..sdk import seams, seams_sending, seams_urllib3
from ..sdk.activation.hooks import Clients
from ..sdk.calls.client import RoutedClient
from ..sdk.calls.guard import Guard
from ..sdk.calls.route import ROUTE, Route
from ..sdk.connections.lanes import Lanes
from ..sdk.connections.opening import Connections
from ..sdk.connections.own_session import OwnSession
from .calls import CallLog
from .offline import NothingAnswered, Offline, about

__all__ = ["WatchedClients", "Watching", "note"]

_SEND = URLLib3Session.send
#: Attribute of a refusal: what it tells.
_DECISION = "_decision"


def is_offline(connections: Connections) -> bool:
    """Is nothing connected to?"""
    return isinstance(connections.dialler, Offline)


class Decorated(OwnSession):
    """A session that counts as botocore's own, whatever a test has put in its place.

    What is decided is then what production would decide, where nobody has.
    """

    def __init__(self, own_session: OwnSession) -> None:
        vars(self).update(vars(own_session))

    def can_pin(self) -> bool:
        return True

    def could_pin(self) -> bool:
        """Could it, as it is?"""
        return super().can_pin()


class LanesIfAny(Lanes):
    """The lanes of a client whose session may not be able to have any."""

    def __init__(self, lanes: Lanes, own_session: Decorated) -> None:
        self._of_client, self._decorated = lanes, own_session

    def follow(self, decision: Decision) -> Any:
        return self._of_client.follow(decision) if self._decorated.could_pin() else None

    def undo(self) -> None:
        self._of_client.undo()


class Watching(Guard):
    """What guards of both kinds of clients have in common."""

    #: Given by :meth:`WatchedClients.make`.
    calls: CallLog

    def refusal(self, decision: Decision) -> Exception:
        error = super().refusal(decision)
        vars(error)[_DECISION] = decision
        return error

    def hold_back(self, request: Any) -> None:
        """:raises NothingAnswered: a proxy would be connected to, and that is for real."""
        if is_offline(self._connections) and self._goes_to_proxy(request):
            raise self._about(request)

    def _goes_to_proxy(self, request: Any) -> bool:
        session = self._own_session.now
        proxies = seams_sending.proxy_configuration(session)
        is_mocked = getattr(type(session), "send", None) is not _SEND
        if proxies is None or is_mocked or not seams_urllib3.can_have_direct_session(session):
            return False
        return bool(proxies.proxy_url_for(request.url))

    def unwrapped(self, error: HTTPClientError, request: Any) -> Exception:
        """What *error* stands for."""
        is_ours = isinstance(error.kwargs.get("error"), NothingAnswered)
        return self._about(request) if is_ours else error

    def _about(self, request: Any) -> NothingAnswered:
        route: Route | None = request.context.get(ROUTE)
        return about(self._rulesets.service, route.decision.operation if route else "", request.url)


def is_answered_otherwise(route: Route, connections: Connections, session: Any) -> bool:
    """Has somebody come into the place of pinned connections, where nothing is dialled anyway?"""
    lane = route.lane
    return lane is not None and is_offline(connections) and not lane.follows(session)


class WatchedGuard(Watching):
    """Tells what it refuses."""

    def send(self, request: Any) -> Any:
        try:
            self.hold_back(request)
            return super().send(request)
        except (EndpointDenied, EndpointUnverified) as refusal:
            note(self.calls, getattr(request, "context", None), refusal)
            raise
        except HTTPClientError as error:
            raise self.unwrapped(error, request) from None

    def _follow(self, request: Any, route: Route, session: Any) -> Any:
        if is_answered_otherwise(route, self._connections, session):
            return self._send.call(self._send.owner(), request)
        return super()._follow(request, route, session)


class WatchedCalls(RoutedClient):
    """What watched clients of both kinds have in common."""

    #: Given by :meth:`WatchedClients.make`.
    calls: CallLog

    def _own_session_of(self, endpoint: Any) -> OwnSession:
        own_session = super()._own_session_of(endpoint)
        return Decorated(own_session) if is_offline(self._connections) else own_session

    def _lanes_of(self, own_session: OwnSession) -> Lanes:
        lanes = super()._lanes_of(own_session)
        return LanesIfAny(lanes, own_session) if isinstance(own_session, Decorated) else lanes


class WatchedClient(WatchedCalls):
    """Tells what is decided about its calls."""

    _guards = WatchedGuard

    def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        context = {} if request_context is None else request_context
        endpoint = super().construct_endpoint(operation_model, call_args, context)
        note(self.calls, context)
        return endpoint

    def sign_with_care(
        self, operation_name: str, request: Any, *arguments: Any, **options: Any
    ) -> Any:
        try:
            signed = super().sign_with_care(operation_name, request, *arguments, **options)
        except (EndpointDenied, EndpointUnverified) as refusal:
            note(self.calls, request.context, refusal)
            raise
        note(self.calls, request.context)
        return signed


class WatchedClients(Clients):
    """The clients of a block."""

    def __init__(self, router: Router, calls: CallLog) -> None:
        super().__init__(router)
        self._calls = calls

    def kind_of(self, parts: Mapping[str, Any]) -> type[RoutedClient]:
        if seams.is_asynchronous(parts):
            from .async_watching import AsyncWatchedClient  # asyncio

            watched: type[RoutedClient] = AsyncWatchedClient
            return watched
        return WatchedClient

    def make(self, parts: Mapping[str, Any]) -> RoutedClient:
        wrapper: Any = super().make(parts)
        wrapper.calls = wrapper._guard.calls = self._calls
        made: RoutedClient = wrapper
        return made


def note(
    calls: CallLog,
    context: dict[str, Any] | None,
    refusal: EndpointDenied | EndpointUnverified | None = None,
) -> None:
    """Tell *calls* what was decided about the request with this *context*, where anything was."""
    route: Route | None = (context or {}).get(ROUTE)
    decision = getattr(refusal, _DECISION, None) or (route and route.decision)
    if decision:
        calls.note({} if context is None else context, decision, refusal)
