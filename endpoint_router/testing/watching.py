"""Clients of a block of tests: routed as any other, and each of their calls is told to a log.

What they do differs in two points. A request whose connections cannot be pinned, because a cassette
or a mock stands where they would be, is handed to that; and what nobody answers ends in
:class:`~endpoint_router.testing.NothingAnswered`, not in botocore's retries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session

from ..errors import EndpointDenied, EndpointUnverified
from ..router import Router
from ..routing.case import Decision
from ..sdk import seams, seams_urllib3
from ..sdk.activation.hooks import Clients
from ..sdk.calls.client import RoutedClient
from ..sdk.calls.guard import Guard
from ..sdk.calls.route import ROUTE, Route
from .calls import CallLog
from .offline import NothingAnswered, about

__all__ = ["WatchedClients", "Watching", "note"]

_SEND = URLLib3Session.send
#: Attribute of a refusal: what it tells.
_DECISION = "_decision"


class Watching(Guard):
    """What guards of both kinds of clients have in common."""

    #: Given by :meth:`WatchedClients.make`.
    calls: CallLog
    offline: bool

    def refusal(self, decision: Decision) -> Exception:
        error = super().refusal(decision)
        vars(error)[_DECISION] = decision
        return error

    def hold_back(self, request: Any) -> None:
        """:raises NothingAnswered: a proxy would be connected to, and that is for real."""
        if self.offline and self._goes_to_proxy(request):
            raise self._about(request)

    def _goes_to_proxy(self, request: Any) -> bool:
        session = self._own_session.now
        proxies = seams.proxy_configuration(session)
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

    def _follow(self, request: Any, route: Route) -> Any:
        if route.lane is not None and not route.lane.is_followed():
            # In the place of its connections is somebody who answers: nothing is dialled.
            return self._send.call(self._send.owner(), request)
        return super()._follow(request, route)


class WatchedClient(RoutedClient):
    """Tells what is decided about its calls."""

    _guards = WatchedGuard
    #: Given by :meth:`WatchedClients.make`.
    calls: CallLog

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

    def __init__(self, router: Router, calls: CallLog, *, offline: bool) -> None:
        super().__init__(router)
        self._calls, self._offline = calls, offline

    def kind_of(self, parts: Mapping[str, Any]) -> type[RoutedClient]:
        if seams.is_asynchronous(parts):
            from .async_watching import AsyncWatchedClient  # asyncio

            watched: type[RoutedClient] = AsyncWatchedClient
            return watched
        return WatchedClient

    def make(self, parts: Mapping[str, Any]) -> RoutedClient:
        wrapper: Any = super().make(parts)
        wrapper.calls = wrapper._guard.calls = self._calls
        wrapper._guard.offline = self._offline
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
