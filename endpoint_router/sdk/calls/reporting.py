"""One client in report mode: sends what botocore sends, and records what ``enforce`` would do.

Methods of botocore's objects are replaced on this client's instances only, to look at what passes;
each calls the original with what it was given and returns what that returns. The deciding, which is
in :mod:`.report_core`, comes when the response is there (or the failure, or the presigned URL).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...router import Router
from ...steps import Steps
from .. import seams, seams_sending
from ..connections.opening import Connections
from ..connections.own_session import OwnSession
from ..endpoints.rulesets import Rulesets
from ..stand_in import StandIn
from .cases import Cases
from .report_core import OBSERVED, ObservedCall, Report, ReportCore
from .signed_alone import Manner, manner


class Reports:
    """Makes the clients of one policy in report mode."""

    def __init__(self, router: Router) -> None:
        self._report = Report(router)
        #: Names the proxies that ``enforce`` would use.
        self._connections = Connections(router)
        router.zone.start()

    def make(self, parts: Mapping[str, Any]) -> ReportingClient:
        """For the client with these constructor arguments, not yet in place."""
        if seams.is_asynchronous(parts):
            # asyncio: only for who has such clients
            from ..connections.async_sessions import own_session_of
            from .async_reporting import AsyncReportingClient

            return AsyncReportingClient(self._report, self._core(parts, own_session_of), parts)
        return ReportingClient(self._report, self._core(parts, OwnSession), parts)

    def _core(
        self, parts: Mapping[str, Any], own_session_of: Callable[[Any], OwnSession]
    ) -> ReportCore | None:
        """``None`` where a client is none that we understand: it works without us."""
        try:
            proxies = self._connections.proxies_of(parts)
            own_session = own_session_of(parts["endpoint"])
            cases = Cases(self._report.router, Rulesets(parts), own_session, proxies)
        # Broad on purpose, as in :meth:`.report_core.ReportCore.observing`.
        except Exception:
            self._report.failed()
            return None
        return ReportCore(self._report, cases)


class ReportingClient:
    """A client whose calls are observed."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(self, report: Report, core: ReportCore | None, parts: Mapping[str, Any]) -> None:
        self._router, self._core = report.router, core
        endpoint, resolver = parts["endpoint"], parts["endpoint_ruleset_resolver"]
        self._sign = StandIn(parts["request_signer"], "sign")
        self._create_request = StandIn(endpoint, "create_request")
        self._send = StandIn(endpoint, "_send")
        self._construct = None if resolver is None else StandIn(resolver, "construct_endpoint")

    def wrap(self) -> None:
        """Begin to observe."""
        self._sign.put(self.sign)
        self._create_request.put(self.create_request)
        self._send.put(self.send)
        if self._construct is not None:
            self._construct.put(self.construct_endpoint)

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        for stand_in in (self._sign, self._create_request, self._send, self._construct):
            if stand_in is not None:
                stand_in.undo()

    # --- what passes

    def construct_endpoint(
        self,
        operation_model: Any,
        call_args: Mapping[str, Any] | None,
        request_context: dict[str, Any] | None,
    ) -> Any:
        """Stands for ``EndpointRulesetResolver.construct_endpoint``."""
        assert self._construct is not None  # it is what this stands for
        endpoint = self._construct.original(
            self._construct.owner(), operation_model, call_args, request_context
        )
        _note(request_context, operation_model, call_args, endpoint)
        return endpoint

    def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``Endpoint.create_request``: ties the finished request to its call."""
        place = self._create_request
        prepared = place.original(place.owner(), params, operation_model)
        return _tied(prepared, params, operation_model)

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``: what somebody else sends comes no further."""
        alone, how = not request.context, manner(*arguments, **options)
        signed = self._sign.original(
            self._sign.owner(), operation_name, request, *arguments, **options
        )
        if alone:
            self._observe_alone(operation_name, request, how)
        else:
            self._observe_signed(request, presigned=bool(arguments or options))
        return signed

    def send(self, request: Any) -> Any:
        """Stands for ``Endpoint._send``."""
        context, operation_model = getattr(request, "endpoint_router", ({}, None))
        if self._core is not None:
            self._core.begin()
        try:
            response = self._send.call(self._send.owner(), request)
        except Exception:
            self._observe(context, operation_model, request.url, presigned=False)
            raise
        self._observe(context, operation_model, request.url, presigned=False)
        return response

    # --- how it is told

    def _observe_alone(self, operation_name: str, request: Any, how: Manner) -> None:
        """A request that was signed by itself."""
        if self._core is not None:
            self._tell(self._core.observing_alone(operation_name, request.url, how))

    def _observe_signed(self, request: Any, *, presigned: bool) -> None:
        """A request that was signed; here only if it will not come to :meth:`send`.

        :param presigned: ``handler``, which signs the others, passes no arguments.
        """
        if presigned or seams_sending.is_taken(request):
            call: ObservedCall | None = request.context.get(OBSERVED)
            model = call.operation_model if call else None
            self._observe(
                request.context, model, request.url, presigned=presigned, elsewhere=not presigned
            )

    def _observe(
        self,
        context: dict[str, Any],
        operation_model: Any,
        url: str,
        *,
        presigned: bool,
        elsewhere: bool = False,
    ) -> None:
        core, how = self._core, {"presigned": presigned, "elsewhere": elsewhere}
        if core is not None and not core.is_known(operation_model, url, **how):
            self._tell(core.observing(context, operation_model, url, **how))

    def _tell(self, steps: Steps[None]) -> None:
        """Drive *steps* to their end."""
        self._router.run(steps)


def _note(
    context: dict[str, Any] | None,
    operation_model: Any,
    call_args: Mapping[str, Any] | None,
    endpoint: Any,
) -> None:
    """*endpoint* was resolved for the call with this *context*."""
    if context is not None:
        context[OBSERVED] = ObservedCall(operation_model, call_args or {}, endpoint.url)


def _tied(prepared: Any, params: Mapping[str, Any], operation_model: Any) -> Any:
    """The request that was made of *params*, which knows its call."""
    prepared.endpoint_router = (params["context"], operation_model)
    return prepared
