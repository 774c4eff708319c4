"""Asks about every host that a policy may use for some services: the steps, and what they found.

What may be used, and what becomes of calls, is the router's own decision: each operation's case is
decided by :func:`endpoint_router.routing.decision.decide`. Here it is only made sure that the other
hosts of the case are asked about as well, so that there is something to tell of them. Who drives
the steps, and what they come to together, is :mod:`.probing`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.session import Session
from msgspec import Struct
from msgspec.structs import replace

from ..aws.hosts import port_of
from ..router import Router
from ..routing.answer import Answer, Question
from ..routing.case import Case, Decision
from ..routing.decision import decide, usable
from ..routing.judging import Contender, as_dialled, judge_candidate, verdict_of
from ..sdk import seams, seams_rulesets
from ..sdk.activation.hooks import Clients
from ..sdk.calls.client import RoutedClient
from ..steps import LookUp, Steps
from .clients import silent_client, ways
from .probed import Calls, Host, Use
from .side_by_side import Timed
from .values import LABEL

__all__ = ["Asking", "Subject", "Way"]

#: After so many services what is left of their clients is collected.
_COLLECTED = 40


class Subject(Struct, frozen=True):
    """What is asked about."""

    services: tuple[str, ...]
    regions: tuple[str, ...]
    #: Nobody named services, and the policy wants something of all.
    of_all: bool = False
    #: Service and operation, in the API's spelling, where not all operations are meant.
    only: tuple[tuple[str, str], ...] = ()

    def operations(self, service: str) -> frozenset[str]:
        """Those that are meant of *service*; empty for all."""
        return frozenset(operation for name, operation in self.only if name == service)

    def place(self, service: str, region: str = "") -> tuple[int, int]:
        """By what answers come in order, whichever came first."""
        of_region = self.regions.index(region) if region else 0
        return self.services.index(service), of_region


class Way(Struct, frozen=True):
    """What was found of operations that go the same way."""

    calls: Calls
    hosts: tuple[Host, ...]


class Asking:
    """The steps that ask, for each way of the operations of each service.

    :param session: makes the clients; not routed.
    :param timed: makes the look-ups of *router*.
    :param of_all: as :attr:`Subject.of_all`.
    """

    def __init__(self, router: Router, session: Session, timed: Timed, of_all: bool) -> None:
        self._router, self._session, self._timed = router, session, timed
        self._of_all = of_all
        self._clients = Clients(router)

    def tasks(self, subject: Subject, advance: Callable[[], object]) -> Iterator[Steps[Way]]:
        """One for each way; *advance* is called for each service in each region.

        :raises BotoCoreError: botocore makes no client of a service that somebody named.
        """
        loader = self._session.get_component("data_loader")
        for number, service in enumerate(subject.services, 1):
            for region in subject.regions:
                yield from self._of_service(service, region, subject.operations(service))
                advance()
            # Of all of AWS's they would take hundreds of megabytes.
            seams_rulesets.forget_service(loader, service)
            if number % _COLLECTED == 0:
                gc.collect()

    def _of_service(self, service: str, region: str, only: frozenset[str]) -> Iterator[Steps[Way]]:
        try:
            client = silent_client(self._session, service, region)
        except BotoCoreError:
            if self._of_all:
                return  # nobody wants it there
            raise
        wrapper = self._clients.make(seams.client_parts(client))
        for model, arguments, names in ways(client, self._router.loaded.parsed.selectors):
            if meant := tuple(name for name in names if not only or name in only):
                yield self._way(client, wrapper, model, arguments, (service, region, meant))

    def _way(
        self,
        client: Any,  # held, because the wrapper does not
        wrapper: RoutedClient,
        model: Any,
        arguments: dict[str, Any],
        whose: tuple[str, str, tuple[str, ...]],
    ) -> Steps[Way]:
        case = yield from wrapper.considering(model, arguments)
        contenders = usable(case)
        asked = dict.fromkeys(filter(None, (each.question for each in contenders)))
        asked.update(dict.fromkeys(Question(_name(each)) for each in contenders if _asks(each)))
        answers: dict[Question, Answer] = {}
        result: Decision | None = None
        while result is None:
            missing = tuple(question for question in asked if question not in answers)
            if missing:
                held_by = yield LookUp(missing, self._router.deadline())
                answers.update((question, held.answer) for question, held in held_by.items())
            came = decide(case, answers)
            if isinstance(came, Decision):
                result = came
            else:
                asked = dict.fromkeys(came.questions)
        service, region, names = whose
        hosts = tuple(self._host(case, each, answers, result, service) for each in contenders)
        return Way(Calls(service, region, names, result), hosts)

    def _host(
        self,
        case: Case,
        about: Contender,
        answers: dict[Question, Answer],
        decision: Decision,
        service: str,
    ) -> Host:
        candidate = about.candidate
        name = _name(about)
        answer = answers.get(about.question or Question(name))
        use = _use(case, about, answer, decision)
        about = replace(about, question=about.question or Question(name))
        if answer is not None:
            answer = as_dialled(case, about, answer)
        return Host(
            candidate.host,
            name,
            candidate.origin.partition(":")[0],
            port_of(candidate.origin),
            candidate.proxy,
            candidate.place,
            (service,),
            use,
            None if answer is None else verdict_of(case, about, answer),
            answer,
            None if answer is None else self._timed.seconds.get(name),
            decision.amber if use == "chosen" else (),
            is_missed=not decision.allowed,
            is_guess=self._of_all or name.startswith(f"{LABEL}."),
        )


def _asks(about: Contender) -> bool:
    """Is it this process that asks DNS? Not for what a proxy carries."""
    return not about.candidate.proxy


def _name(about: Contender) -> str:
    """The name whose addresses are dialled."""
    if about.question is not None:
        return about.question.name
    candidate = about.candidate
    return candidate.dials or candidate.probe_name


def _use(case: Case, about: Contender, answer: Answer | None, decision: Decision) -> Use:
    for considered in decision.candidates:
        if considered.candidate == about.candidate:
            if considered.chosen:
                return "chosen"
            if considered.code:
                break
            is_asked = about.question is not None
            judged = judge_candidate(case, about, answer if is_asked else None)
            return "fall-back" if judged.state == "yes" else "unfit"
    return "refused"
