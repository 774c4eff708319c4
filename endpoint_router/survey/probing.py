"""Asks about every host that a policy may use for some services, all side by side.

What may be used, and what becomes of calls, is the router's own decision: each operation's case is
decided by :func:`endpoint_router.routing.decision.decide`. Here it is only made sure that the other
hosts of the case are asked about as well, so that there is something to tell of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.session import Session
from msgspec import Struct
from msgspec.structs import replace

from ..aws.hosts import port_of
from ..policy.loaded import LoadedPolicy
from ..router import Router, World, table_of
from ..routing.answer import Answer, Question
from ..routing.case import Case, Decision
from ..routing.decision import decide, usable
from ..routing.judging import Contender, as_dialled, judge_candidate, verdict_of
from ..sdk import seams
from ..sdk.activation.hooks import Clients
from ..sdk.calls.client import RoutedClient
from ..sdk.connections.proxies import Proxies
from ..sdk.endpoints.botocore_data import data_for
from ..steps import LookUp, Steps
from ..workers import as_done
from . import connecting
from .clients import collecting_rarely, read_quickly, silent_client, ways
from .connected import Connection
from .probed import Calls, Host, Probe, Use, merged
from .selection import Selection
from .side_by_side import AT_ONCE, Timed, open_files_allow, side_by_side
from .values import LABEL

__all__ = ["Prober", "Subject", "addresses_of"]

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


def _nothing() -> None:
    """Nobody wants to know how far it has come."""


class Prober:
    """Asks about the services of one policy, as often as somebody wants to know.

    :param session: makes the clients; not routed.
    :param world: its look-ups are timed, and made at a pace that harms no resolver.
    """

    def __init__(
        self, loaded: LoadedPolicy, session: Session, world: World, at_once: int = AT_ONCE
    ) -> None:
        self._loaded, self._session, self._world = loaded, session, world
        self._at_once = open_files_allow(at_once)
        self._loader = session.get_component("data_loader")
        read_quickly(session)

    def partition(self, region: str) -> str:
        """The partition of *region*; empty where it has none."""
        return data_for(self._loader).partition(region)

    def subject(
        self,
        services: tuple[str, ...],
        regions: tuple[str, ...],
        only: tuple[tuple[str, str], ...] = (),
    ) -> Subject:
        """What to ask about, where *services* may be none: those that the policy is about.

        :param only: as :attr:`Subject.only`.
        """
        if services:
            return Subject(tuple(dict.fromkeys(services)), regions, only=only)
        selection = Selection(self._loaded, table_of(self._loaded.parsed), self._session)
        today = self._world.today()
        if any(selection.wants_of_all(each, self.partition(each), today) for each in regions):
            return Subject(tuple(self._session.get_available_services()), regions, of_all=True)
        known = dict.fromkeys(name for each in regions for name in selection.services(each))
        return Subject(tuple(known), regions)

    def probe(self, subject: Subject, advance: Callable[[], object] = _nothing) -> Probe:
        """What DNS says now; *advance* is called for each service in each region.

        :raises BotoCoreError: botocore makes no client of a service that somebody named.
        """
        timed = Timed(self._world.lookup, self._at_once)
        router = Router(self._loaded, replace(self._world, lookup=timed), workers=self._at_once)
        asking = _Asking(router, self._session, timed, subject.of_all)
        calls: list[Calls] = []
        hosts: list[Host] = []
        with collecting_rarely():
            for way in side_by_side(router, asking.tasks(subject, advance), self._at_once):
                calls.append(way.calls)
                hosts += way.hosts
        return Probe(
            subject.services,
            subject.regions,
            subject.of_all,
            _alike(sorted(calls, key=lambda each: subject.place(each.service, each.region))),
            merged(sorted(hosts, key=lambda each: (subject.place(each.services[0]), each.key))),
        )

    def connect(
        self,
        probe: Probe,
        advance: Callable[[], object] = _nothing,
        timeout: float = connecting.TIMEOUT,
    ) -> Probe:
        """*probe* with what connections to its hosts show; *advance* is called for each.

        :raises OSError: nobody can be trusted: the bundle of certificates cannot be read.
        """
        if not probe.hosts:
            return probe
        client = silent_client(self._session, probe.services[0], probe.regions[0])
        work = partial(
            connecting.connect,
            context=seams.tls_context(seams.http_session_of(client)),
            timeout=timeout,
            dialler=self._world.dialler,
        )
        proxies = Proxies(None, None, self._world.clock)
        targets = [(target, host) for host in probe.hosts for target in _targets(host, proxies)]
        found: dict[Host, list[Connection]] = {}
        for (_, host), connection in as_done(
            lambda pair: work(pair[0]), targets, self._at_once, "endpoint_router-connect"
        ):
            found.setdefault(host, []).append(connection)
            advance()
        hosts = (
            replace(host, connections=_in_order(host, found.get(host, ()))) for host in probe.hosts
        )
        return replace(probe, hosts=tuple(hosts))


def addresses_of(probe: Probe) -> int:
    """How many connections :meth:`Prober.connect` makes."""
    return sum(len(_addresses(host)) for host in probe.hosts)


def _addresses(host: Host) -> tuple[str, ...]:
    return ("",) if host.proxy else host.addresses


def _targets(host: Host, proxies: Proxies) -> Iterator[connecting.Target]:
    origin = f"{host.scheme}://{host.host}:{host.port}"
    proxy = (proxies.proxy_url_for(origin) or host.proxy) if host.proxy else ""
    for address in _addresses(host):
        yield connecting.Target(
            host.host, host.port, address, host.scheme == "https", host.verdict, proxy
        )


def _in_order(host: Host, connections: Iterable[Connection]) -> tuple[Connection, ...]:
    by_address = {connection.address: connection for connection in connections}
    return tuple(by_address[each] for each in _addresses(host) if each in by_address)


class _Way(Struct, frozen=True):
    """What was found of operations that go the same way."""

    calls: Calls
    hosts: tuple[Host, ...]


class _Asking:
    def __init__(self, router: Router, session: Session, timed: Timed, of_all: bool) -> None:
        self._router, self._session, self._timed = router, session, timed
        self._of_all = of_all
        self._clients = Clients(router)

    def tasks(self, subject: Subject, advance: Callable[[], object]) -> Iterator[Steps[_Way]]:
        loader = self._session.get_component("data_loader")
        for number, service in enumerate(subject.services, 1):
            for region in subject.regions:
                yield from self._of_service(service, region, subject.operations(service))
                advance()
            # Of all of AWS's they would take hundreds of megabytes.
            seams.forget_service(loader, service)
            if number % _COLLECTED == 0:
                gc.collect()

    def _of_service(self, service: str, region: str, only: frozenset[str]) -> Iterator[Steps[_Way]]:
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
    ) -> Steps[_Way]:
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
        return _Way(Calls(service, region, names, result), hosts)

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


def _alike(calls: Iterable[Calls]) -> tuple[Calls, ...]:
    """Operations of a service of which the same is true, together."""
    known: dict[object, Calls] = {}
    for each in calls:
        decision = each.decision
        key = (each.service, each.region, decision.code, decision.reason, decision.host)
        earlier = known.get(key)
        names = (*earlier.operations, *each.operations) if earlier else each.operations
        known[key] = replace(each, operations=names)
    return tuple(known.values())
