"""As :mod:`.watching`, of clients whose methods are coroutines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import HTTPClientError

from ..errors import EndpointDenied, EndpointUnverified
from ..sdk.calls.async_client import AsyncRoutedClient
from ..sdk.calls.async_guard import AsyncGuard
from ..sdk.calls.route import Route
from .watching import (
    WatchedCalls,
    Watching,
    is_answered_otherwise,
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

    async def _follow(self, request: Any, route: Route, session: Any) -> Any:
        if is_answered_otherwise(route, self._connections, session):
            return await self._send.call(self._send.owner(), request)
        return await super()._follow(request, route, session)


class AsyncWatchedClient(WatchedCalls, AsyncRoutedClient):
    """Tells what is decided about its calls."""

    _guards = AsyncWatchedGuard

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
