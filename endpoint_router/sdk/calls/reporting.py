"""One client in report mode: sends what botocore sends, and records what ``enforce`` would do.

Methods of botocore's objects are replaced on this client's instances only, to look at what passes;
each calls the original with what it was given and returns what that returns. The deciding comes
when the response is there (or the failure, or the presigned URL), from copies of what was observed,
so that neither an application's ``before-endpoint-resolution`` handlers nor our own resolutions can
change what is sent. Whatever goes wrong in it costs a line of log, never a call.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...aws.hosts import host_of, origin_of, with_prefix, without_user
from ...decision_log import DecisionLog
from ...router import Router, Settled
from ...routing.case import Case
from ...routing.decision import questions
from .. import seams
from ..connections.opening import Connections
from ..endpoints.rulesets import Rulesets
from ..stand_in import StandIn
from .cases import Cases

logger = logging.getLogger("endpoint_router")

#: Key of ours in botocore's request context.
_CALL = "endpoint_router.call"
#: A client has few endpoints, but an S3 client may touch any number of buckets.
_CAPACITY = 4096
#: After a failure of ours, a call's like is left alone for so many seconds.
_AFTER_FAILURE = 300.0


class Reports:
    """What the clients of one policy in report mode have in common."""

    def __init__(self, router: Router, log: DecisionLog) -> None:
        self.router = router
        self.log = log
        #: Did DNS answer when somebody waited for it last? Otherwise nobody waits again.
        self.answers = True
        self._failed = False
        #: Names the proxies that ``enforce`` would use.
        self.connections = Connections(router)
        router.zone.start()

    def make(self, parts: Mapping[str, Any]) -> ReportingClient:
        """For the client with these constructor arguments, not yet in place."""
        return ReportingClient(self, parts)

    def settle(self, case: Case, *, wait: bool) -> Settled | None:
        """What ``enforce`` would do with *case*; ``None`` while that is not known."""
        settled = self.router.settle_at_once(case)
        if settled is None and wait and self.answers:
            settled = self.router.settle(case, deadline=self.router.deadline())
        if settled is not None and settled.decision.evidence:
            found = settled.decision.evidence
            self.answers = all(one.answer.status != "failed" for one in found)
        return settled

    def failed(self) -> None:
        """Say once what went wrong; for an ``except``."""
        if not self._failed:
            self._failed = True
            logger.exception("endpoint_router: mode = report cannot tell what enforce would do")


class _Call(NamedTuple):
    """A call whose endpoint botocore has resolved."""

    operation_model: Any
    call_args: Mapping[str, Any]
    #: As the ruleset said, before the operation's host prefix.
    url: str

    def __deepcopy__(self, memo: object) -> _Call:
        """Nested presigns deep-copy the request context, ``_get_cross_region_presigned_url``."""
        return self


class ReportingClient:
    """A client whose calls are observed."""

    #: See :func:`.stand_in.is_ours`.
    stands_in = True

    def __init__(self, reports: Reports, parts: Mapping[str, Any]) -> None:
        self._reports = reports
        self._clock = reports.router.world.clock
        endpoint, resolver = parts["endpoint"], parts["endpoint_ruleset_resolver"]
        self._sign = StandIn(parts["request_signer"], "sign")
        self._create_request = StandIn(endpoint, "create_request")
        self._send = StandIn(endpoint.http_session, "send")
        self._construct = None if resolver is None else StandIn(resolver, "construct_endpoint")
        self._cases = self._make_cases(parts)
        self._begun = False
        #: By operation, kind and origin: from when on it is decided again, ``World.clock`` seconds.
        self._due: dict[tuple[str, bool, str], float] = {}

    def _make_cases(self, parts: Mapping[str, Any]) -> Cases | None:
        endpoint = parts["endpoint"]
        try:
            proxies = self._reports.connections.proxies_of(parts)
            return Cases(self._reports.router, Rulesets(parts), endpoint.http_session, proxies)
        # Broad on purpose, as below: the client works without us.
        except Exception:
            self._reports.failed()
            return None

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
        if request_context is not None:
            request_context[_CALL] = _Call(operation_model, call_args or {}, endpoint.url)
        return endpoint

    def create_request(self, params: dict[str, Any], operation_model: Any = None) -> Any:
        """Stands for ``Endpoint.create_request``: ties the finished request to its call."""
        place = self._create_request
        prepared = place.original(place.owner(), params, operation_model)
        prepared.endpoint_router = (params["context"], operation_model)
        return prepared

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``. A presigned URL is sent by somebody else, if ever."""
        signed = self._sign.original(
            self._sign.owner(), operation_name, request, *arguments, **options
        )
        # ``handler`` passes neither; without a context it is a database's auth token.
        if (arguments or options) and request.context:
            call: _Call | None = request.context.get(_CALL)
            model = call.operation_model if call else None
            self._observe(request.context, model, request.url, presigned=True)
        return signed

    def send(self, request: Any) -> Any:
        """Stands for ``URLLib3Session.send``."""
        context, operation_model = getattr(request, "endpoint_router", ({}, None))
        if not self._begun:
            self._begin()
        try:
            response = self._send.call(self._send.owner(), request)
        except Exception:
            self._observe(context, operation_model, request.url, presigned=False)
            raise
        self._observe(context, operation_model, request.url, presigned=False)
        return response

    # --- what enforce would do

    def _begin(self) -> None:
        """Start the look-ups of the hosts that any call of this client may need; never waits."""
        self._begun = True
        try:
            case = self._cases.for_creation() if self._cases else None
            if case is not None:
                self._reports.router.evidence.start(questions(case))
        # Broad on purpose: see :meth:`_observe`.
        except Exception:
            self._reports.failed()

    def _observe(
        self, context: dict[str, Any], operation_model: Any, url: str, *, presigned: bool
    ) -> None:
        name = operation_model.name if operation_model is not None else ""
        key = (name, presigned, origin_of(url))
        due = self._due.get(key)
        if due is not None and self._clock() < due:
            return
        if len(self._due) >= _CAPACITY:
            self._due.clear()
        self._due[key] = self._clock() + _AFTER_FAILURE  # meanwhile other threads pass
        try:
            self._due[key] = self._decide(
                context, operation_model, url, presigned=presigned, wait=due is None
            )
        # Broad on purpose: what is sent must not depend on what would have been decided, and
        # resolving runs the application's own handlers.
        except Exception:
            self._reports.failed()

    def _decide(
        self,
        context: dict[str, Any],
        operation_model: Any,
        url: str,
        *,
        presigned: bool,
        wait: bool,
    ) -> float:
        """Record what ``enforce`` would do, and tell until when that holds."""
        with seams.aside():
            case = self._case(context, operation_model, url, presigned=presigned)
        settled = None if case is None else self._reports.settle(case, wait=wait)
        if settled is None:  # the look-up is over by then
            return self._clock() + self._reports.router.loaded.policy.dns.timeout
        sent = host_of(without_user(origin_of(url)))
        self._reports.log.record(settled.decision, sent=sent)
        return settled.refresh_at

    def _case(
        self, context: dict[str, Any], operation_model: Any, url: str, *, presigned: bool
    ) -> Case | None:
        if self._cases is None:
            return None
        if self._clock() >= self._cases.proxies.look_at:
            self._cases.proxies.look()
        # A URL inside a call may be for the call's own region, and AWS follows it all the same.
        nested = presigned and "is_presign_request" not in context
        call: _Call | None = context.get(_CALL)
        if call is not None and not nested:
            bare = origin_of(call.url)
            prefix = self._cases.rulesets.prefix(call.operation_model, call.call_args)
            if origin_of(url) in (bare, with_prefix(bare, prefix)):
                case, _ = self._cases.for_call(
                    call.operation_model,
                    dict(call.call_args),
                    _copied(context),
                    presigned=presigned,
                )
                return case
        return self._cases.for_url(operation_model, url, presigned=presigned, nested=nested)


def _copied(context: Mapping[str, Any]) -> dict[str, Any]:
    """*context* for handlers that may write to it, also to its inner dictionaries."""
    return {
        key: dict(value) if isinstance(value, dict) else value
        for key, value in context.items()
        if key != _CALL
    }
