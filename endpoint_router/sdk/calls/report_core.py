"""What a client in report mode does with what it observed: decides as ``enforce`` would have.

From copies of what was observed, so that neither an application's ``before-endpoint-resolution``
handlers nor our own resolutions can change what is sent. Whatever goes wrong costs a line of log,
never a call. As in :mod:`.client_core`, nothing here waits: what does is a step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ...aws.hosts import host_of, origin_of, with_prefix, without_user
from ...counters import Count
from ...recent import Recent
from ...router import Router, Settled
from ...routing.case import Case
from ...routing.decision import questions
from ...steps import Steps
from ...tally import UNCOUNTED, Tally
from .. import seams
from .case_of_call import case_of_call
from .cases import Cases
from .changed_hosts import case_of_url
from .foreseen import case_foreseen
from .signed_alone import Manner, case_of_alone, is_left_alone

logger = logging.getLogger("endpoint_router")

#: Key of ours in botocore's request context.
OBSERVED = "endpoint_router.call"
#: A client has few endpoints, but an S3 client may touch any number of buckets.
_CAPACITY = 4096
#: After a failure of ours, a call's like is left alone for so many seconds.
_AFTER_FAILURE = 300.0


class ObservedCall(Struct, frozen=True):
    """A call whose endpoint botocore has resolved."""

    operation_model: Any
    call_args: Mapping[str, Any]
    #: As the ruleset said, before the operation's host prefix.
    url: str

    def __deepcopy__(self, memo: object) -> ObservedCall:
        """Nested presigns deep-copy the request context, ``_get_cross_region_presigned_url``."""
        return self


class _Known(Struct, frozen=True):
    """What calls came to that are alike."""

    #: From then on it is decided again, ``World.clock`` seconds.
    until: float
    #: What counts the calls until then: of the decision log, and of all.
    tally: Tally
    count: Count
    #: Nobody knows yet of which kind the calls are that *count* counts.
    pending: bool = False


class Report:
    """What the clients of one policy in report mode have in common."""

    def __init__(self, router: Router) -> None:
        self.router = router
        #: Did DNS answer when somebody waited for it last? Otherwise nobody waits again.
        self._answers = True
        self._failed = False

    def settling(self, case: Case, *, wait: bool) -> Steps[Settled | None]:
        """What ``enforce`` would do with *case*; ``None`` while that is not known."""
        settled = self.router.settle_at_once(case)
        if settled is None and wait and self._answers:
            settled = yield from self.router.settling(case, deadline=self.router.deadline())
        if settled is not None and settled.decision.evidence:
            self._answers = all(
                finding.answer.status != "failed" for finding in settled.decision.evidence
            )
        return settled

    def failed(self) -> None:
        """Say once what went wrong; for an ``except``."""
        if not self._failed:
            self._failed = True
            logger.exception("endpoint_router: mode = report cannot tell what enforce would do")


class ReportCore:
    """What one client's calls came to."""

    def __init__(self, report: Report, cases: Cases) -> None:
        self._report, self._cases = report, cases
        self._clock = report.router.world.clock
        self._begun = False
        #: By operation, kind and origin.
        self._known: Recent[tuple[object, ...], _Known] = Recent(_CAPACITY)

    def begin(self) -> None:
        """Start the look-ups of the hosts that any call of this client may need; never waits."""
        if self._begun:
            return
        self._begun = True
        try:
            case = case_foreseen(self._cases)
            if case is not None:
                self._report.router.evidence.start(questions(case))
        # Broad on purpose: see :meth:`observing`.
        except Exception:
            self._report.failed()

    def observing(
        self,
        context: dict[str, Any],
        operation_model: Any,
        url: str,
        *,
        presigned: bool,
        elsewhere: bool = False,
    ) -> Steps[None]:
        """Record what ``enforce`` would have done with what went to *url*. Raises nothing.

        :param elsewhere: somebody else sends it, at once.
        """
        key = _key(operation_model, url, presigned=presigned, elsewhere=elsewhere)

        def make() -> Steps[Case | None]:
            case = yield from self._case(context, operation_model, url, presigned=presigned)
            return self._cases.current(case, sent_elsewhere=True) if case and elsewhere else case

        yield from self._observing(key, make, url)

    def is_known(
        self, operation_model: Any, url: str, *, presigned: bool, elsewhere: bool = False
    ) -> bool:
        """Was the like recorded a moment ago? Then it is counted, and there is nothing to do."""
        key = _key(operation_model, url, presigned=presigned, elsewhere=elsewhere)
        return self._counts(self._known.get(key))

    def _counts(self, known: _Known | None) -> bool:
        if known is None or self._clock() >= known.until:
            return False
        known.tally.calls += 1
        known.count.calls += 1
        return True

    def observing_alone(self, operation: str, url: str, how: Manner) -> Steps[None]:
        """The same of a request to *url* that is no call of botocore's (:mod:`.signed_alone`)."""
        presigned = how.presigned and how.expires

        def make() -> Steps[Case | None]:
            yield from ()  # as the cases of calls, which take steps
            self._look()
            cases = self._cases
            if is_left_alone(cases, operation, url, how):
                return None
            if presigned:
                return case_of_url(cases, None, url, presigned=True)
            return case_of_alone(cases, operation, url)

        yield from self._observing(("alone", operation, presigned, origin_of(url)), make, url)

    def _observing(
        self, key: tuple[object, ...], make: Callable[[], Steps[Case | None]], url: str
    ) -> Steps[None]:
        known = self._known.recall(key)
        if self._counts(known):
            return
        # Meanwhile other threads pass.
        before = known or _Known(0.0, UNCOUNTED, Count(), pending=True)
        self._known.keep(key, replace(before, until=self._clock() + _AFTER_FAILURE))
        try:
            decided = yield from self._decide(make, url, before, wait=known is None)
            self._known.keep(key, decided)
            decided.count.calls += 1
            if before.pending and not decided.pending:
                meanwhile = before.count.calls
                decided.count.calls += meanwhile
                decided.tally.calls += meanwhile
        # Broad on purpose: what is sent must not depend on what would have been decided, and
        # resolving runs the application's own handlers.
        except Exception:
            self._report.failed()

    def _decide(
        self, make: Callable[[], Steps[Case | None]], url: str, before: _Known, *, wait: bool
    ) -> Steps[_Known]:
        """Record what ``enforce`` would do; until when that holds, and what counts such calls.

        :param before: what is known of earlier ones.
        """
        router = self._report.router
        with seams.aside():
            case = yield from make()
        if case is None:
            return _Known(self._clock() + _AFTER_FAILURE, UNCOUNTED, Count())
        settled = yield from self._report.settling(case, wait=wait)
        if settled is None:  # the look-up is over by then
            until = self._clock() + router.loaded.policy.dns.timeout
            return replace(before, until=until, tally=UNCOUNTED)
        decision, tally = settled.decision, UNCOUNTED
        if router.log is not None:
            tally = router.log.record(decision, sent=host_of(without_user(origin_of(url))))
        return _Known(settled.refresh_at, tally, router.count_of(decision))

    def _look(self) -> None:
        self._cases.proxies.watch.look_if_due(self._clock())

    def _case(
        self, context: dict[str, Any], operation_model: Any, url: str, *, presigned: bool
    ) -> Steps[Case | None]:
        cases = self._cases
        self._look()
        # A URL inside a call may be for the call's own region, and AWS follows it all the same.
        nested = presigned and "is_presign_request" not in context
        call: ObservedCall | None = context.get(OBSERVED)
        if call is not None and not nested:
            bare = origin_of(call.url)
            prefix = cases.rulesets.prefix(call.operation_model, call.call_args)
            if origin_of(url) in (bare, with_prefix(bare, prefix)):
                case, _ = yield from case_of_call(
                    cases,
                    call.operation_model,
                    dict(call.call_args),
                    _copied(context),
                    presigned=presigned,
                )
                return case
        return case_of_url(cases, operation_model, url, presigned=presigned, nested=nested)


def _key(
    operation_model: Any, url: str, *, presigned: bool, elsewhere: bool = False
) -> tuple[object, ...]:
    """What calls have in common that are recorded once."""
    name = operation_model.name if operation_model is not None else ""
    return (name, presigned, elsewhere, origin_of(url))


def _copied(context: Mapping[str, Any]) -> dict[str, Any]:
    """*context* for handlers that may write to it, also to its inner dictionaries."""
    return {
        key: dict(value) if isinstance(value, dict) else value
        for key, value in context.items()
        if key != OBSERVED
    }
