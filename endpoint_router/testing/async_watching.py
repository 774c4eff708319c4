"""As :mod:`.watching`, of clients whose methods are coroutines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import HTTPClientError

from ..errors import EndpointDenied, EndpointUnverified
from ..sdk.calls.async_client import AsyncRoutedClient
from ..sdk.calls.async_guard import AsyncGuard
from ..sdk.calls.route import Route
from ..sdk.connections.lanes import Lanes
from ..sdk.connections.own_session import OwnSession
from .calls import CallLog
from .watching import (
    Decorated,
    LanesIfAny,
    Watching,
    is_answered_otherwise,
    is_offline,
    note,
)

__all__ = ["AsyncWatchedClient"]


class AsyncWatchedGuard(Watching, AsyncGuard):
    """Tells what it refuses."""

    def send(self, request: Any) -> Any:
        return self._sending(request)

    async def _sending(self, request: Any) -> Any:
        try:
            self.hold_back(request)
            return await super().send(request)
        except (EndpointDenied, EndpointUnverified) as refusal:
            note(self.calls, getattr(request, "context", None), refusal)
            raise
        except HTTPClientError as error:
            raise self.unwrapped(error, request) from None

    async def _follow(self, request: Any, route: Route) -> Any:
        if is_answered_otherwise(route, self._connections):
            return await self._send.call(self._send.owner(), request)
        return await super()._follow(request, route)


class AsyncWatchedClient(AsyncRoutedClient):
    """Tells what is decided about its calls."""

    _guards = AsyncWatchedGuard
    #: Given by :meth:`.WatchedClients.make`.
    calls: CallLog

    def _own_session_of(self, endpoint: Any) -> OwnSession:
        own_session = super()._own_session_of(endpoint)
        return Decorated(own_session) if is_offline(self._connections) else own_session

    def _lanes_of(self, own_session: OwnSession) -> Lanes:
        lanes = super()._lanes_of(own_session)
        return LanesIfAny(lanes, own_session) if isinstance(own_session, Decorated) else lanes

    async def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        context = {} if request_context is None else request_context
        endpoint = await super().construct_endpoint(operation_model, call_args, context)
        note(self.calls, context)
        return endpoint

    def sign_with_care(
        self, operation_name: str, request: Any, *arguments: Any, **options: Any
    ) -> Any:
        return self._signed(operation_name, request, *arguments, **options)

    async def _signed(
        self, operation_name: str, request: Any, *arguments: Any, **options: Any
    ) -> Any:
        try:
            signing = super().sign_with_care(operation_name, request, *arguments, **options)
            signed = await signing
        except (EndpointDenied, EndpointUnverified) as refusal:
            note(self.calls, request.context, refusal)
            raise
        note(self.calls, request.context)
        return signed
