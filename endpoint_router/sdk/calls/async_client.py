"""One routed client whose methods are coroutines: the same core, awaited.

The same methods are replaced as on any client (:mod:`.client`), by functions that return what
botocore's would: a coroutine. What is at hand costs no task and no turn of the loop. The first of
many calls that ask the same decides, and the others go the way that it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError

from ...awaiting import drive
from ...routing.case import Decision
from .. import seams_rulesets
from ..connections.async_sessions import equip, lanes_for, own_session_of
from ..connections.lanes import Lanes
from ..connections.own_session import OwnSession
from .async_guard import AsyncGuard
from .client import RoutedClient
from .single_flight import SingleFlight

__all__ = ["AsyncRoutedClient"]

#: How often a call waits for another one to decide, before it decides for itself: whoever was at
#: it may have been cancelled, or found another way.
_TURNS = 2


class AsyncRoutedClient(RoutedClient):
    """An asynchronous client whose calls go where the policy says."""

    _guards = AsyncGuard
    _equipped: Any = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._deciding = SingleFlight()

    def _own_session_of(self, endpoint: Any) -> OwnSession:
        return own_session_of(endpoint)

    def _lanes_of(self, own_session: OwnSession) -> Lanes:
        lanes = lanes_for(own_session.now) or Lanes  # which nobody opens: nothing is pinned
        return lanes(self._connections, own_session)

    def _equip(self, http_session: Any) -> None:
        self._equipped = equip(self._connections, http_session)

    def _unequip(self, http_session: Any) -> None:
        if self._equipped is not None:
            self._equipped.undo()

    # --- what stands in

    async def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        """Stands for ``AioEndpointRulesetResolver.construct_endpoint``."""
        context = {} if request_context is None else request_context
        arguments = call_args or {}
        endpoint = await self._at_hand(operation_model, arguments, context)
        if endpoint is not None:
            return endpoint
        asked = self._asked(operation_model, arguments, context)
        for _ in range(_TURNS):
            async with self._deciding.turn(asked) as mine:
                if mine:
                    return await self._decide(operation_model, arguments, context)
            endpoint = await self._at_hand(operation_model, arguments, context)
            if endpoint is not None:
                return endpoint
        return await self._decide(operation_model, arguments, context)

    def _asked(
        self, operation_model: Any, call_args: Mapping[str, Any], context: dict[str, Any]
    ) -> tuple[object, ...]:
        """What two calls have in common that are most likely to go the same way.

        Where they do not, because of somebody's handler, they only waited for each other.
        """
        assert self._construct is not None  # it is what asks
        asked = seams_rulesets.asked_of_ruleset(self._construct.owner(), operation_model, call_args)
        presigned = "is_presign_request" in context, context.get("use_global_endpoint")
        prefix = self.rulesets.prefix(operation_model, call_args)
        return operation_model.name, presigned, prefix, repr(asked)

    async def _decide(
        self, operation_model: Any, call_args: Mapping[str, Any], context: dict[str, Any]
    ) -> Any:
        return await drive(self._core.resolving(operation_model, call_args, context), self._router)

    async def _at_hand(
        self, operation_model: Any, call_args: Mapping[str, Any], context: dict[str, Any]
    ) -> Any:
        """The endpoint of a call whose route is known and fresh; ``None`` if there is none."""
        core, now = self._core, self._clock()
        routes = core.routes(operation_model.name, context, now)
        if routes is None:
            return None
        try:
            endpoint = await routes.resolver.construct_endpoint(operation_model, call_args, context)
        except BotoCoreError:
            return None  # a handler's answer may not fit this variant, but another
        taken = core.takes(routes, endpoint, operation_model, call_args, context, now)
        return endpoint if taken else None

    def sign_with_care(
        self, operation_name: str, request: Any, *arguments: Any, **options: Any
    ) -> Any:
        """Every case of :meth:`sign` but the usual one; a coroutine."""
        return drive(self._signing(operation_name, request, *arguments, **options), self._router)

    async def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``AioEndpoint.create_request``: the prepared request keeps its context."""
        place = self._create_request
        assert place is not None  # it is what this stands for
        prepared = await place.original(place.owner(), params, operation_model)
        return self._prepared(prepared, params)

    # --- explain

    async def explain(  # type: ignore[override]  # it is awaited
        self, operation_model: Any, call_args: Mapping[str, Any], *, presigned: bool = False
    ) -> Decision:
        """The decision about a call that is not made. Asks DNS, sends nothing else."""
        return await drive(
            self._core.explaining(operation_model, call_args, presigned=presigned), self._router
        )
