"""The loop between what is wanted and what is observed.

A :class:`Router` owns one policy and the evidence gathered for it. It asks :mod:`.routing` what it
wants to know, lets :mod:`.probe` find out, and hands the answers back until there is a decision:
as steps, which any driver may take, and with a driver that waits in the caller's thread. It knows
nothing of botocore.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Generator
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from .aws.zone import Zone
from .counters import LIVE, Count, Counters
from .policy.dns_servers import ServerAddress
from .policy.loaded import LoadedPolicy
from .policy.model import Dns
from .policy.parsed import Parsed
from .policy.rules import Demands, speak
from .probe.clock import freeze_aware
from .probe.counted import Counted
from .probe.dialling import Dialler, Reach, SystemDialler, connect_tcp
from .probe.evidence import Evidence, Held
from .probe.listening import Heard, Lookup, due
from .probe.network_files import fingerprint
from .probe.own_zone import OwnZone
from .probe.pacing import paced
from .probe.pilots import WORKERS
from .probe.ttl_and_staleness import Lifetimes
from .process import importing
from .routing.answer import Answer, Question
from .routing.case import Case, Decision
from .routing.decision import decide, intend, questions
from .routing.declared import HostTable
from .routing.gateways import Gateway
from .routing.networks import Trusted, judge
from .routing.presigned import demands_of_url
from .steps import FindZone, LookUp, Steps, Want, run

if TYPE_CHECKING:
    from .caller import Caller
    from .decision_log import DecisionLog
    from .probe.resolver import Resolver

T = TypeVar("T")
#: A decision that rests on no evidence is made anew after this many seconds: rules expire.
_LONGEST = 300.0
#: A refusal that DNS led to is looked into again after so many seconds, in another network perhaps.
_SECOND_THOUGHTS = 1.0
#: One for all: it has to be read before a freeze in order to notice it.
_CLOCK = freeze_aware()


class _WhenAsked:
    """The resolver at *servers*, made when a name is asked for: dnspython costs 25 ms."""

    def __init__(self, servers: tuple[ServerAddress, ...]) -> None:
        self._servers = servers
        self._resolver: Resolver | None = None

    def __call__(self, name: str, timeout: float) -> Answer:
        return due(self.listen(name, timeout))

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        with importing:
            from .probe.resolver import Resolver

        self._resolver = self._resolver or Resolver(self._servers)
        return self._resolver.listen(name, timeout)


def _system_lookup(servers: tuple[ServerAddress, ...]) -> Lookup:
    return paced(_WhenAsked(servers))


def _zone_of_platform(timeout: float) -> Zone:
    with importing:  # http.client: only where a zonal name is declared
        from .probe.metadata import from_metadata

    return from_metadata(timeout)


def _caller_of_process() -> Caller:
    from .caller import caller_of  # only where a line is written

    return caller_of()


class World(Struct, frozen=True):
    """Everything that is read from outside, so that a test or the lab can bring its own."""

    #: Monotonic seconds, those of a freeze included.
    clock: Callable[[], float] = _CLOCK
    today: Callable[[], datetime.date] = lambda: datetime.datetime.now(datetime.timezone.utc).date()
    #: Makes the look-up at a policy's ``dns.servers``.
    lookup: Callable[[tuple[ServerAddress, ...]], Lookup] = _system_lookup
    #: Asks the platform for this process's availability zone, in so many seconds.
    zone: Callable[[float], Zone] = _zone_of_platform
    #: ``None``: the system's, and urllib3's own connections where nothing has to be pinned.
    dialler: Dialler | None = None
    #: Tries whether an address can be connected to; ``None``: by *dialler*.
    reach: Reach | None = None
    #: Who makes the calls of this process, as its log names him.
    caller: Callable[[], Caller] = _caller_of_process
    #: Where calls and look-ups are counted.
    counters: Counters = LIVE


def table_of(parsed: Parsed) -> HostTable:
    """The VPC endpoints that a policy declares, by the hosts that they serve."""
    return HostTable(parsed.interfaces, tuple(map(Gateway.of, parsed.gateways)))


def _log(target: str, loaded: LoadedPolicy, world: World) -> DecisionLog:
    from .decision_log import DecisionLog  # only where the policy wants one

    return DecisionLog(target, loaded, caller=world.caller)


class NotAtHand(Exception):
    """An answer is missing, and nobody waits for it."""


class Settled(Struct, frozen=True):
    """A decision and how long it may be used. Times are those of ``World.clock``."""

    decision: Decision
    expires_at: float
    refresh_at: float


class Router:
    """One policy at work. Thread-safe: what is written here is written once."""

    def __init__(
        self, loaded: LoadedPolicy, world: World | None = None, *, workers: int = WORKERS
    ) -> None:
        """*workers* is how many look-ups may be under way at once."""
        self.loaded = loaded
        self.world = world or World()
        policy, parsed = loaded.policy, loaded.parsed
        self.table = table_of(parsed)
        self.customs = parsed.custom_endpoints
        self.trusted = Trusted(parsed.networks)
        known = policy.network.zone or not self.table.has_zones
        #: This process's availability zone; looked up only where a zonal name is declared.
        self.zone = (
            OwnZone.of(parsed.zone)
            if known
            # Half of what a call may wait for: where nobody answers, DNS still has the other half.
            else OwnZone(self.world.zone, policy.dns.timeout / 2, self.world.clock)
        )
        #: What has been observed so far.
        self.evidence = self._new_evidence(policy.dns, workers)
        target = policy.log.decisions
        #: ``None`` where the policy wants none.
        self.log = _log(target, loaded, self.world) if target else None

    def _new_evidence(self, dns: Dns, workers: int) -> Evidence:
        dialler = self.world.dialler or SystemDialler()
        reach = self.world.reach or partial(connect_tcp, dialler=dialler)
        return Evidence(
            Counted(
                self.world.lookup(self.loaded.parsed.dns_servers),
                self._looked_up,
                self.world.clock,
            ),
            Lifetimes.of(dns),
            renewed=self.world.counters.renewed,
            timeout=dns.timeout,
            workers=workers,
            clock=self.world.clock,
            network=fingerprint if not dns.servers else lambda: None,
            # What is not trusted is no VPC endpoint, whether or not somebody listens there.
            reach=lambda address, port, timeout: (
                address in self.trusted and reach(address, port, timeout)
            ),
        )

    def _looked_up(self, answer: Answer, seconds: float) -> None:
        # As who dials these addresses and no others sees it.
        verdict = judge(answer, self.trusted, pinned=True)
        self.world.counters.looked_up(verdict, seconds)

    def count_of(self, decision: Decision) -> Count:
        """Where calls count that come to *decision*."""
        mode = self.loaded.policy.mode
        return self.world.counters.of_call(decision, "report" if mode == "report" else "enforce")

    def demands(
        self,
        *,
        service: str,
        operation: str,
        region: str,
        partition: str,
        presigned: bool,
        application_fips: bool,
    ) -> Demands:
        """What the policy demands of a call, today."""
        demands = speak(
            self.loaded,
            service=service,
            operation=operation,
            region=region,
            partition=partition,
            today=self.world.today(),
            application_fips=application_fips,
        )
        return demands_of_url(demands) if presigned else demands

    def settling(self, case: Case, *, deadline: float, retry: bool = False) -> Steps[Settled]:
        """Decide *case*, with what DNS says until *deadline* (``World.clock`` seconds).

        :param retry: ask again about names whose last look-up failed.
        :raises NotAtHand: whoever drives the steps does not wait, and an answer is missing.
        """
        answers: dict[Question, Answer] = {}
        expires = refresh = self.world.clock() + _LONGEST
        while True:
            result = decide(case, answers)
            if isinstance(result, Decision):
                if result.evidence and not result.allowed:
                    refresh = min(refresh, self.world.clock() + _SECOND_THOUGHTS)
                return Settled(result, expires, min(refresh, expires))
            held_by = yield LookUp(result.questions, deadline, retry)
            for question, held in held_by.items():
                answers[question] = held.answer
                expires = min(expires, held.expires_at)
                refresh = min(refresh, held.refresh_at)

    def run(self, steps: Steps[T]) -> T:
        """Drive *steps*, waiting in the caller's thread for what they want."""
        return run(steps, self.fulfil)

    def fulfil(self, want: Want) -> Any:
        """What *want* comes to, waiting for it in the caller's thread."""
        if isinstance(want, LookUp):
            return self.evidence.gather(want.questions, deadline=want.deadline, retry=want.retry)
        if isinstance(want, FindZone):
            return self.zone.wait(want.deadline)
        return want.function(*want.arguments)

    def settle_at_once(self, case: Case) -> Settled | None:
        """What :meth:`settling` comes to with what is held by now; ``None`` if that is not enough.

        Never waits; begins the look-ups that are missing.
        """
        try:
            return run(self.settling(case, deadline=-inf), self._at_hand)
        except NotAtHand:
            return None

    def _at_hand(self, want: Want) -> dict[Question, Held]:
        assert isinstance(want, LookUp)  # deciding a case wants nothing else
        self.evidence.start(want.questions)
        held_by = {
            question: held
            for question in want.questions
            if (held := self.evidence.peek(question)) is not None
        }
        if len(held_by) < len(want.questions):
            raise NotAtHand
        return held_by

    def deadline(self, attempt: int = 1) -> float:
        """Until when one attempt of a call may wait for DNS.

        Each waits half as long as the one before it, so all of them together wait for less than
        twice the policy's ``timeout``; meanwhile the look-ups go on.
        """
        return self.world.clock() + self.loaded.policy.dns.timeout * 0.5 ** (attempt - 1)

    def foresee(self, case: Case) -> tuple[str, float]:
        """Begin the look-ups that *case* needs, and tell the origin that it means to use.

        Never waits: what is not known yet counts as what the policy hopes for. The origin is empty
        when the policy refuses the call; with it comes until when it holds, in seconds of
        ``World.clock``.
        """
        asked = questions(case)
        now = self.world.clock()
        until = now + _LONGEST
        answers: dict[Question, Answer] = {}
        self.evidence.start(asked)
        for question in asked:
            held = self.evidence.peek(question)
            if held:
                answers[question] = held.answer
            until = min(until, held.refresh_at if held else now)
        candidate = intend(case, answers)
        return (candidate.origin if candidate else ""), until
