"""One asynchronous client in report mode: as :mod:`.reporting`, awaited.

A call may be given so many seconds by its application, so it waits for nothing of ours: what DNS
has not told when the response is there is awaited by a task beside it, and when the client closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from ...awaiting import drive
from ...steps import Steps
from ..stand_in import StandIn
from .report_core import Report, ReportCore
from .reporting import ReportingClient, _note, _tied
from .signed_alone import manner

__all__ = ["AsyncReportingClient"]


class AsyncReportingClient(ReportingClient):
    """An asynchronous client whose calls are observed."""

    def __init__(self, report: Report, core: ReportCore | None, parts: Mapping[str, Any]) -> None:
        super().__init__(report, core, parts)
        self._timeout = report.router.loaded.policy.dns.timeout
        self._tasks: set[asyncio.Task[None]] = set()
        self._exit = StandIn(parts["endpoint"].http_session, "__aexit__")

    def wrap(self) -> None:
        super().wrap()
        self._exit.put(self.leave)

    def unwrap(self, client: Any = None) -> None:
        super().unwrap(client)
        self._exit.undo()

    # --- what passes

    async def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        """Stands for ``AioEndpointRulesetResolver.construct_endpoint``."""
        assert self._construct is not None  # it is what this stands for
        endpoint = await self._construct.original(
            self._construct.owner(), operation_model, call_args, request_context
        )
        _note(request_context, operation_model, call_args, endpoint)
        return endpoint

    async def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``AioEndpoint.create_request``: ties the finished request to its call."""
        place = self._create_request
        prepared = await place.original(place.owner(), params, operation_model)
        return _tied(prepared, params, operation_model)

    async def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``AioRequestSigner.sign``."""
        alone, how = not request.context, manner(*arguments, **options)
        signed = await self._sign.original(
            self._sign.owner(), operation_name, request, *arguments, **options
        )
        if alone:
            self._observe_alone(operation_name, request, how)
        else:
            self._observe_signed(request, presigned=bool(arguments or options))
        return signed

    async def send(self, request: Any) -> Any:
        """Stands for ``AioEndpoint._send``."""
        context, operation_model = getattr(request, "endpoint_router", ({}, None))
        if self._core is not None:
            self._core.begin()
        try:
            response = await self._send.call(self._send.owner(), request)
        except Exception:
            self._observe(context, operation_model, request.url, presigned=False)
            raise
        self._observe(context, operation_model, request.url, presigned=False)
        return response

    async def leave(self, *exception: Any) -> Any:
        """Stands for the HTTP session's ``__aexit__``, which ``close()`` calls, too."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._timeout)
        return await self._exit.original(self._exit.owner(), *exception)

    # --- how it is told

    def _tell(self, steps: Steps[None]) -> None:
        """Have *steps* driven as far as they come at once, and beside the call from then on."""
        coroutine = drive(steps, self._router)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio
            _at_once(coroutine)
            return
        task = loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _at_once(coroutine: Coroutine[Any, Any, None]) -> None:
    """What nobody can be given to await is told another time."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
